import { X509Certificate } from "node:crypto";
import { chmodSync, lstatSync, readFileSync, renameSync, statSync, symlinkSync } from "node:fs";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { join, resolve } from "node:path";
import { generate } from "selfsigned";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { AdoptReport } from "../../../cli/adopt/report.ts";
import type { Surroundings } from "../../../cli/surroundings.ts";
import { Control } from "../../../demo/control.ts";
import type { Seed } from "../../../emulator/seed.ts";
import { type Emulator, startEmulator } from "../../../emulator/start.ts";
import { Pve } from "../../emulator/client.ts";
import { SMALL_SEED } from "../../emulator/small-seed.ts";
import { checkout, type FleetRun, fleet, readOnly } from "../fleet-run.ts";
import { emptyFleet, StackFolder } from "./folder.ts";

const seed: Seed = {
  ...SMALL_SEED,
  tokens: [
    { id: "narrow@pve!one", secret: "s", acl: { "/vms/100": ["VM.Audit"] } },
    { id: "narrow@pve!none", secret: "s", acl: { "/storage": ["Datastore.Audit"] } },
  ],
  vms: [
    ...SMALL_SEED.vms,
    { vmid: 110, node: "pve2", config: { name: "twin", memory: 2048 } },
    { vmid: 111, config: { name: "twin", memory: 2048 } },
    { vmid: 112, config: { name: "2048", memory: 2048 } },
    {
      vmid: 113,
      config: {
        name: "on",
        memory: 2048,
        virtio0: "local-lvm:vm-113-disk-0,cache=writeback,size=4G",
        boot: "order=virtio0;net0",
        hostpci0: "mapping=gpu,pcie=1",
      },
    },
  ],
};

let emulator: Emulator;
let control: Control;
let folder: StackFolder;
beforeEach(async () => {
  emulator = await startEmulator({ seed });
  control = new Control(emulator.controlUrl);
  folder = new StackFolder(emptyFleet);
});
afterEach(async () => {
  expect(await control.unknown()).toEqual([]);
  await emulator.close();
  folder[Symbol.dispose]();
});

function adopt(argv: readonly string[], over: Partial<Surroundings> = {}): Promise<FleetRun> {
  return fleet(["adopt", ...argv], { cwd: folder.path, env: readOnly(emulator), ...over });
}

async function adopted(...argv: string[]): Promise<AdoptReport> {
  const { code, stdout, stderr } = await adopt([...argv, "--yes", "--no-prove", "--json"]);
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout) as AdoptReport;
}

describe("what it writes", () => {
  test("entries behind those that are there, and not a byte of the rest changes", async () => {
    const production = readFileSync(resolve(checkout, "Pulumi.prod.yaml"), "utf8");
    folder.write(production);
    const report = await adopted("100", "on");
    const text = folder.read();
    expect(text.startsWith(production.trimEnd())).toBe(true);
    expect(text.slice(production.length)).toBe(`      vm100:
        vmid: 100
        controller: virtio-scsi-pci
        cpu: {cores: 4}
        memoryMiB: 4096
        drives:
          scsi0:
            discard: true
            ssd: true
            caps: {readMiBps: 60, writeMiBps: 60}
        foreignSlots: scsi2-29
        nics:
          net0: {bridge: vmbr0, vlan: 10, model: virtio, mac: "BC:24:11:00:00:00"}
        boot: [scsi0, ide2, net0]
        onboot: true
        agent: {enabled: true}
      "on":
        vmid: 113
        memoryMiB: 2048
        drives:
          virtio0: {cache: writeback}
        boot: [virtio0, net0]
        onboot: false
        passthrough:
          hostpci0: {mapping: gpu, pcie: true}
`);
    expect(report).toMatchObject({ stackFile: "Pulumi.prod.yaml", written: true, templates: [] });
  });

  test("all that is no template; a name that is taken or looks like a vmid gives way to vm-VMID", async () => {
    const { adopted: vms, templates } = await adopted("--all");
    expect(vms.map(({ vmid, key }) => [vmid, key])).toEqual([
      [100, "vm100"],
      [101, "vm101"],
      [110, "twin"],
      [111, "vm-111"],
      [112, "vm-112"],
      [113, "on"],
    ]);
    expect(templates.map(({ vmid }) => vmid)).toEqual([900]);
  });

  test("a node is written only where it is not the fleet's", async () => {
    const { adopted: vms } = await adopted("110", "111");
    expect(vms.map(({ spec }) => spec.node)).toEqual(["pve2", undefined]);
  });

  test("a template that is named is adopted", async () => {
    const { adopted: vms } = await adopted("900");
    expect(vms).toMatchObject([
      { vmid: 900, key: "golden", notes: ["is a template"], spec: { onboot: false } },
    ]);
  });

  test("the file keeps its mode, and a link to it stays a link", async () => {
    const real = join(folder.path, "elsewhere.yaml");
    renameSync(folder.file, real);
    symlinkSync(real, folder.file);
    chmodSync(real, 0o640);
    await adopted("101");
    expect(lstatSync(folder.file).isSymbolicLink()).toBe(true);
    expect(statSync(real).mode & 0o777).toBe(0o640);
    expect(readFileSync(real, "utf8")).toContain("vm101:");
    expect(folder.names()).toEqual(["Pulumi.prod.yaml", "elsewhere.yaml"]);
  });

  test("once everything is declared there is nothing left to do", async () => {
    await adopted("--all");
    const before = folder.read();
    expect(await adopt(["--all"])).toMatchObject({
      code: 0,
      stdout: "nothing to adopt: Pulumi.prod.yaml declares every VM that is no template\n",
    });
    expect(folder.read()).toBe(before);
  });

  test("a locked VM is adopted, and told", async () => {
    await control.act(101, "edit", { lock: "backup" });
    const { adopted: vms } = await adopted("101");
    expect(vms[0]?.notes).toEqual(["is locked (backup): an up that had to write would wait for its end"]);
  });
});

describe("before it writes", () => {
  test("without a terminal and without --yes it shows the diff, writes nothing and says what to give", async () => {
    const { code, stdout, stderr } = await adopt(["111"]);
    expect(code).toBe(1);
    expect(stdout).toBe(`--- Pulumi.prod.yaml
+++ Pulumi.prod.yaml
@@ -1,4 +1,8 @@
 config:
   proxmox-fleet:fleet:
     node: pve
-    vms: {}
+    vms:
+      twin:
+        vmid: 111
+        memoryMiB: 2048
+        onboot: false

nothing was written; 1 VM would be adopted into Pulumi.prod.yaml
`);
    expect(stderr).toContain(
      "fleet adopt: nobody to ask (got no terminal): Write these entries into Pulumi.prod.yaml? Give --yes to confirm\n",
    );
    expect(folder.read()).toBe(emptyFleet);
  });

  test("a no writes nothing, a yes writes", async () => {
    const questions: string[] = [];
    const answering = (answer: boolean) => ({
      ask: async (question: string) => {
        questions.push(question);
        return answer;
      },
    });
    expect((await adopt(["111", "--no-prove"], answering(false))).code).toBe(1);
    expect(folder.read()).toBe(emptyFleet);
    expect((await adopt(["111", "--no-prove"], answering(true))).code).toBe(0);
    expect(folder.read()).toContain("vmid: 111");
    expect(questions).toEqual(Array(2).fill("Write these entries into Pulumi.prod.yaml?"));
  });

  test("a file that changed meanwhile, such as by the engine's salt, is not overwritten", async () => {
    const salted = `${emptyFleet}encryptionsalt: v1:abc\n`;
    const ask = async () => {
      folder.write(salted);
      return true;
    };
    const { code, stderr } = await adopt(["111", "--no-prove"], { ask });
    expect(code).toBe(1);
    expect(stderr).toContain("Pulumi.prod.yaml: somebody else wrote it meanwhile, and nothing was written");
    expect(folder.read()).toBe(salted);
    expect(folder.names()).toEqual(["Pulumi.prod.yaml"]);
  });

  test("it has at most 8 requests under way, and all of them read", async () => {
    await control.hold("GET", "/nodes/**");
    const run = adopt(["--all", "--yes", "--no-prove"]);
    // Six VMs would have twelve.
    const held = await fetch(`${emulator.controlUrl}/barriers?held=8`);
    expect(await held.json()).toHaveLength(8);
    await control.endHolds();
    expect((await run).code).toBe(0);
    const requests = await control.requests();
    expect(new Set(requests.map(({ method }) => method))).toEqual(new Set(["GET"]));
    expect(requests).toHaveLength(1 + 2 * 6);
  });
});

describe("bad input is one line, exit code 1, and the file stays as it is", () => {
  const token = (id: string) => ({ ...readOnly(emulator), PROXMOX_VE_API_TOKEN: `${id}=s` });
  const moved = async (act: () => Promise<void>): Promise<FleetRun> => {
    await control.hold("GET", "/nodes/pve/qemu/101/pending");
    const run = adopt(["101", "--yes", "--no-prove"]);
    await control.whenHeld();
    await act();
    await control.endHolds();
    return run;
  };
  const server = async (
    answer: string,
  ): Promise<{ env: Record<string, string>; close: () => Promise<void> }> => {
    const pem = await generate([{ name: "commonName", value: "pve.example.org" }]);
    const listening: Server = createServer({ key: pem.private, cert: pem.cert }, (_, response) =>
      response.end(answer),
    );
    await new Promise<void>((done) => listening.listen(0, "127.0.0.1", done));
    const endpoint = `https://127.0.0.1:${(listening.address() as AddressInfo).port}`;
    const env = {
      PROXMOX_VE_ENDPOINT: endpoint,
      PROXMOX_VE_API_TOKEN: "a@pve!b=c",
      PROXMOX_VE_FINGERPRINT: new X509Certificate(pem.cert).fingerprint256,
    };
    return { env, close: () => new Promise((done) => listening.close(() => done())) };
  };

  const cases: [what: string, run: () => Promise<FleetRun>, line: RegExp][] = [
    ["neither names nor --all", () => adopt(["--yes"]), /^fleet adopt: does not know which VMs \(got neither names nor --all\); .+; name VMs: fleet adopt VM\.\.\., or give --all$/],
    ["names and --all", () => adopt(["100", "--all", "--yes"]), /^fleet adopt: does not know which VMs \(got --all and names\)/],
    ["a stack without a file", () => adopt(["100", "--stack", "test", "--yes"]), /^Pulumi\.test\.yaml: there is no such stack file \(got no file\); .+; run pulumi stack init test, or name another with --stack$/],
    ["a vmid that no VM has", () => adopt(["4711", "--yes"]), /^4711: no such VM \(got vmid 4711\); .+VM\.Audit\); correct it$/],
    ["the name of two VMs", () => adopt(["twin", "--yes"]), /^twin: the name of several VMs \(got 110, 111\); allowed is one VM; name it by its vmid$/],
    ["a token that may not read a VM", () => adopt(["101", "--yes"], { env: token("narrow@pve!one") }), /^101: no such VM .+VM\.Audit/],
    ["a token that sees nothing", () => adopt(["--all", "--yes"], { env: token("narrow@pve!none") }), /the token sees no VM \(got none\); .+VM\.Audit/],
    ["a token that does not exist", () => adopt(["--all", "--yes"], { env: token("no@pve!body") }), /Proxmox rejects the API token \(got 401\)/],
    ["a certificate that nobody vouches for", () => adopt(["--all", "--yes"], { env: { ...readOnly(emulator), PROXMOX_VE_CA_FILE: "" } }), /the certificate is not trusted \(got .+\); .+PROXMOX_VE_CA_FILE .+PROXMOX_VE_FINGERPRINT$/],
    ["a node that does not answer", async () => {
      await control.fault({ path: "/nodes/pve2/**", action: "fail", status: 595, message: "No route to host" });
      return adopt(["110", "--yes"]);
    }, /^GET \/nodes\/pve2\/qemu\/110\/(?:pending|status\/current): Proxmox answers 595: No route to host$/],
    ["a read that is refused half way", async () => {
      await control.fault({ path: "/nodes/pve/qemu/101/pending", action: "fail", status: 403, message: "Permission check failed (/vms/101, VM.Audit)" });
      return adopt(["--all", "--yes"]);
    }, /^GET \/nodes\/pve\/qemu\/101\/pending: Proxmox does not allow it \(got 403\); allowed is a token that has VM\.Audit on \/vms\/101;/],
    ["a VM that vanishes", () => moved(async () => {
      await new Pve(emulator).task("DELETE", "/nodes/pve/qemu/101");
    }), /^vm101 \(101\): vanished while it was read \(got no node that has it\); .+; find out who removed it, then run again$/],
    ["a VM that moves", () => moved(async () => {
      await control.act(101, "move", { node: "pve2" });
    }), /^vm101 \(101\): is being migrated \(got pve2, listed on pve\); .+; wait until its migration has ended, then run again$/],
    ["a VM that is about to move", async () => {
      await control.act(101, "edit", { lock: "migrate" });
      return adopt(["101", "--yes"]);
    }, /^vm101 \(101\): is being migrated \(got lock migrate on pve\)/],
    ["an endpoint that is not Proxmox", async () => {
      const web = await server("<html>hello</html>");
      try {
        return await adopt(["--all", "--yes"], { env: web.env });
      } finally {
        await web.close();
      }
    }, /^GET \/cluster\/resources: the answer is not Proxmox's \(got ".+"\); .+; check that the endpoint is a Proxmox VE node$/],
  ]; // biome-ignore format: a table

  test.each(cases)("%s", async (_, run, line) => {
    const { code, stdout, stderr } = await run();
    const lines = stderr
      .split("\n")
      .filter((text) => text !== "" && !/^fleet adopt: (?:reads|runs) /.test(text));
    expect(lines).toEqual([expect.stringMatching(line)]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(folder.read()).toBe(emptyFleet);
    expect(folder.names()).toEqual(["Pulumi.prod.yaml"]);
  });

  test("a VM that has an entry", async () => {
    await adopted("100");
    const before = folder.read();
    const { code, stderr } = await adopt(["vm100", "101", "--yes"]);
    expect(code).toBe(1);
    expect(stderr).toBe(
      "fleet adopt: declared already (got vm100 (100)); allowed are VMs without an entry; leave these out, or edit their entries\n",
    );
    expect(folder.read()).toBe(before);
  });

  test("a stack file that has mistakes already", async () => {
    const broken = "config:\n  proxmox-fleet:fleet:\n    vms:\n      a: { vmid: 7 }\n";
    folder.write(broken);
    const { code, stderr } = await adopt(["100", "--yes"]);
    expect(code).toBe(1);
    expect(stderr).toContain("Pulumi.prod.yaml: config.proxmox-fleet:fleet.vms.a.vmid: is too small (got 7)");
    expect(folder.read()).toBe(broken);
  });
});
