import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import type { Exemption } from "../../policy/exemption.ts";
import { parseExemptions, readExemptions } from "../../policy/exemptions-file.ts";
import { judgedFromLive } from "../../policy/from-live.ts";
import { judgeFleet } from "../../policy/judge-fleet.ts";
import type { JudgedVm } from "../../policy/judged-vm.ts";
import { defaultSettings } from "../../policy/settings.ts";
import { sound, withDrive } from "./vms.ts";

const uncapped: JudgedVm = withDrive({ mbps_rd: undefined });
const exemption: Exemption = {
  rule: "drive-has-caps",
  vm: "sound",
  reason: "on purpose",
  owner: "infrastructure",
  expires: "2026-06-11",
};

function verdict(vms: readonly JudgedVm[], exemptions: readonly Exemption[], today = "2026-06-11") {
  return judgeFleet(vms, defaultSettings, exemptions, today);
}

describe("judging with exemptions", () => {
  test("an exempted violation stays visible with its reason, to the end of its last day", () => {
    expect(verdict([uncapped], [exemption])).toEqual({
      findings: [
        {
          rule: "drive-has-caps",
          level: "mandatory",
          vm: "sound",
          vmid: 400,
          exemptAs: ["sound", "400"],
          slot: "scsi0",
          message: "reads and writes of sound scsi0 must be capped (got mbps_rd absent)",
          remediation:
            "Declare `caps: { readMiBps, writeMiBps }`, or `totalMiBps`, on every data drive of the VM.",
          exempted: { reason: "on purpose", owner: "infrastructure", expires: "2026-06-11" },
        },
      ],
      unjudged: [],
      unused: [],
    });
  });

  test("an expired exemption is a violation that says when it expired", () => {
    const { findings } = verdict([uncapped], [exemption], "2026-06-12");
    expect(findings.map(({ message, exempted }) => [message, exempted])).toEqual([
      [
        "reads and writes of sound scsi0 must be capped (got mbps_rd absent); its exemption expired on 2026-06-11 (owner infrastructure, reason: on purpose)",
        undefined,
      ],
    ]);
  });

  test("an exemption of one slot exempts no other", () => {
    const { findings, unused } = verdict([uncapped], [{ ...exemption, slot: "scsi1" }]);
    expect(findings.map(({ exempted }) => exempted)).toEqual([undefined]);
    expect(unused.map(({ message }) => message)).toEqual([
      "exemption of drive-has-caps for sound scsi1 must match a finding (got the rule finds nothing there)",
    ]);
  });

  test("an exemption that matches nothing is reported, but not where only a part of the VM is known", () => {
    const elsewhere = { ...exemption, vm: "gone" };
    expect(verdict([sound], [exemption, elsewhere]).unused.map(({ message }) => message)).toEqual([
      "exemption of drive-has-caps for sound must match a finding (got the rule finds nothing there)",
      "exemption of drive-has-caps for gone must match a finding (got no VM of this name was judged)",
    ]);
    expect(verdict([{ ...sound, complete: false }], [exemption]).unused).toEqual([]);
  });

  const live = (vmid: number, name: string, key?: string): JudgedVm =>
    judgedFromLive({
      vmid,
      ...(key !== undefined && { key }),
      status: "running",
      config: {
        name,
        scsihw: "virtio-scsi-single",
        scsi0: `local-lvm:vm-${vmid}-disk-0,aio=threads,iothread=1`,
      },
    });
  const capless = ({ findings }: ReturnType<typeof verdict>) =>
    findings
      .filter(({ rule }) => rule === "drive-has-caps")
      .map(({ vmid, exempted }) => [vmid, exempted?.owner]);

  test("a VM that takes the name of an exempted one is not exempted by it", () => {
    const vms = [live(101, "sound", "sound"), live(666, "sound")];
    expect(capless(verdict(vms, [exemption]))).toEqual([
      [101, "infrastructure"],
      [666, undefined],
    ]);
  });

  test("a declared VM keeps its exemption under any name that it has on the node", () => {
    expect(capless(verdict([live(101, "renamed", "sound")], [exemption]))).toEqual([[101, "infrastructure"]]);
  });

  test("a VM that nobody declares is exempted by its vmid, and the preview does not call that exemption unused", () => {
    const byVmid = { ...exemption, vm: "666" };
    const audited = verdict([live(666, "sound")], [byVmid]);
    expect([capless(audited), audited.unused]).toEqual([[[666, "infrastructure"]], []]);
    expect(verdict([sound], [byVmid]).unused).toEqual([]);
    expect(verdict([live(101, "other")], [byVmid]).unused).toMatchObject([
      { why: "no VM of this name was judged" },
    ]);
  });

  test("a resource of another program is exempted by its name or its vmid", () => {
    expect(verdict([uncapped], [{ ...exemption, vm: "400" }]).findings).toMatchObject([
      { exempted: { owner: "infrastructure" } },
    ]);
  });

  test("an exemption by the wrong one of key and vmid says which is right", () => {
    const declared = verdict([live(101, "sound", "firewall")], [{ ...exemption, vm: "101" }, exemption]);
    expect(declared.unused.map(({ why }) => why)).toEqual([
      "VM 101 is declared, so that its key firewall names it",
      "VM 101 of this name is declared as firewall, so that firewall names it",
    ]);
    expect(verdict([live(666, "sound")], [exemption]).unused.map(({ why }) => why)).toEqual([
      "VM 666 of this name is not declared, so that 666 names it",
    ]);
  });

  test("a disabled rule is not judged, and another level is the finding's", () => {
    const at = (level: "advisory" | "disabled") =>
      judgeFleet([uncapped], { ...defaultSettings, levels: { "drive-has-caps": level } }, [], "2026-06-11");
    expect(at("disabled").findings).toEqual([]);
    expect(at("advisory").findings.map(({ level }) => level)).toEqual(["advisory"]);
  });
});

describe("the file of exemptions", () => {
  const good = `
exemptions:
  - rule: drive-has-caps
    vms: [pfsense, Windows10]
    slot: scsi0
    reason: on purpose
    owner: infrastructure
    expires: 2026-12-31
`;

  test("it is read into one exemption per VM", () => {
    const same = { rule: "drive-has-caps", slot: "scsi0", reason: "on purpose", owner: "infrastructure" };
    expect(parseExemptions(good, "exemptions.yaml")).toEqual([
      { ...same, expires: "2026-12-31", vm: "pfsense" },
      { ...same, expires: "2026-12-31", vm: "Windows10" },
    ]);
  });

  test.each<[title: string, from: string, to: string, message: string]>([
    [
      "a missing owner",
      "    owner: infrastructure\n",
      "",
      "x.yaml:3: exemptions[0].owner: is missing (got nothing); a text; add it",
    ],
    [
      "an empty reason",
      "reason: on purpose",
      'reason: " "',
      'x.yaml:6: exemptions[0].reason: is empty (got " "); a text; say it, so that the exemption can be judged later',
    ],
    [
      "a day that no calendar has",
      "2026-12-31",
      "2026-02-30",
      'x.yaml:8: exemptions[0].expires: is no day (got "2026-02-30"); a day of the calendar as 2026-12-31; write the last day on which the exemption holds',
    ],
    [
      "a key with a typo",
      "owner:",
      "ower:",
      'x.yaml:7: exemptions[0].ower: is an unknown key (got "infrastructure"); known keys are rule, vms, slot, reason, owner, expires; correct the spelling or remove it',
    ],
    [
      "a slot that is none",
      "slot: scsi0",
      "slot: disk0",
      'x.yaml:5: exemptions[0].slot: is no drive slot (got "disk0"); a slot such as scsi0; correct it',
    ],
    ["text that is no YAML", "[pfsense, Windows10]", "[pfsense", "x.yaml:5: is no YAML"],
  ])("%s is named with its line", (_title, from, to, message) => {
    expect(() => parseExemptions(good.replace(from, to), "x.yaml")).toThrow(message);
  });

  test("a rule with a typo is named with the rules that there are", () => {
    expect(() => parseExemptions(good.replace("drive-has-caps", "drive-has-cap"), "x.yaml")).toThrow(
      /^x\.yaml:3: exemptions\[0\]\.rule: is not a known value \(got "drive-has-cap"\); no-lsi-controller, .*; write one of these$/,
    );
  });

  test("a VM by its vmid may be written as a number", () => {
    const numbered = good.replace("pfsense, Windows10", "205, pfsense");
    expect(parseExemptions(numbered, "exemptions.yaml").map(({ vm }) => vm)).toEqual(["205", "pfsense"]);
  });

  test("a file that is not there fails", () => {
    expect(() => readExemptions("/nowhere/exemptions.yaml")).toThrow(
      "/nowhere/exemptions.yaml: cannot be read",
    );
  });

  test("the project's own can be read", () => {
    const own = readExemptions(resolve(import.meta.dirname, "../../policy/exemptions.yaml"));
    expect(own.filter(({ rule }) => rule === "drive-has-caps").map(({ vm }) => vm)).toEqual([
      "pfsense",
      "Windows10",
      "pbs",
      "k8s-node6",
    ]);
  });
});
