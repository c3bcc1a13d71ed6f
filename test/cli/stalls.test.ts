import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { StallReport } from "../../cli/stalls/report.ts";
import { busyEstate, type ClockedEstate, wedge } from "./estate-clock.ts";
import { fleet } from "./fleet-run.ts";

let estate: ClockedEstate;
beforeEach(async () => {
  estate = await busyEstate();
});
afterEach(() => estate.emulator.close());

const run = (...argv: string[]) => fleet(["stalls", ...argv], estate.over);
const report = async (...argv: string[]) => {
  const { code, stdout } = await run("--json", ...argv);
  return { code, report: JSON.parse(stdout) as StallReport };
};

describe("fleet stalls", () => {
  test("finds nothing on an estate in which nothing is wrong, and sends GET requests only", async () => {
    const { code, stdout, stderr } = await run();
    expect(stderr).toBe("fleet stalls: looks at 13 VMs twice, 15 seconds apart\n");
    expect(code).toBe(0);
    expect(stdout).toContain("102 devvm            1 moving");
    expect(stdout).toContain("105 pbs              stopped");
    expect(stdout).toMatch(/at 2026-06-11 15:21:15 UTC: 13 VMs, 0 drives stalled, 0 suspected\n$/);
    expect(await estate.control.writes()).toEqual([]);
    expect(await estate.control.unknown()).toEqual([]);
  });

  test("calls the wedged drive, says since when and why, and names the capture first", async () => {
    await wedge(estate);
    estate.advance(5 * 60);
    const { code, stdout } = await run();
    expect(code).toBe(2);
    expect(stdout).toContain(
      [
        "102 devvm",
        "  scsi0: stalled: stands still since 2026-06-11 15:22:00 UTC (CPU 11 % => 30 %, network out 380 kB/s => 7 kB/s)",
        "  first: npx fleet autopsy devvm  (a kill destroys the evidence)",
      ].join("\n"),
    );
  });

  test("reports the same as JSON, with the rule that it judged by", async () => {
    await wedge(estate);
    estate.advance(70 * 60);
    const { code, report: found } = await report("devvm");
    expect(code).toBe(2);
    expect(found).toMatchObject({
      at: "2026-06-11T16:31:15.000Z",
      rule: { looks: 3, standstill: 120, votes: 2 },
      vms: [
        {
          vmid: 102,
          name: "devvm",
          node: "pve",
          qmpstatus: "running",
          finding: true,
          capture: "npx fleet autopsy devvm",
          drives: [
            {
              slot: "scsi0",
              state: "stalled",
              since: "2026-06-11T15:22:00.000Z",
              lastMoved: "2026-06-11T15:21:00.000Z",
              calledAt: "2026-06-11T15:24:00.000Z",
              votes: [{ signal: "cpu" }, { signal: "network", before: 380_000, now: 7_000 }],
            },
          ],
        },
      ],
      unread: [],
    });
  });

  test("one CSI disk that is wedged among others is not to be seen in the host's rates", async () => {
    await estate.control.act(202, "stall", { slot: "scsi1", on: true });
    await estate.control.act(202, "load", { cpu: 0.5, netout: 0 });
    estate.advance(10 * 60);
    const { code, report: found } = await report("202");
    expect(code).toBe(0);
    expect(found.vms[0]?.drives.find(({ slot }) => slot === "scsi1")).toMatchObject({
      state: "quiet",
      votes: [],
    });
  });

  test("says QEMU's stop on an I/O error as such, and as a finding", async () => {
    await estate.control.act(102, "qmp", { status: "io-error" });
    const { code, stdout } = await run("102");
    expect(code).toBe(2);
    expect(stdout).toContain("io-error: QEMU stopped the guest because of an error of a drive");
    expect(stdout).toContain("first: npx fleet autopsy devvm");
  });

  test.each([
    ["paused", "QEMU says paused"],
    ["silent", "QMP does not answer, so that nothing is known of its drives"],
  ])("a VM of status %s is no finding", async (status, text) => {
    await wedge(estate);
    await estate.control.act(102, "qmp", { status });
    estate.advance(5 * 60);
    const { code, stdout } = await run("102");
    expect(code).toBe(0);
    expect(stdout).toContain(text);
  });

  test("rates of a node whose clock is another are left out, and said", async () => {
    await wedge(estate);
    estate.advance(10 * 60);
    const now = () => new Date(estate.now() - 3_600_000);
    const { code, stderr } = await fleet(["stalls", "102"], { ...estate.over, now });
    expect(code).toBe(0);
    expect(stderr).toContain(
      "devvm (102): the node's rates of the last day are left out (got a newest one of 2026-06-11T15:31:00.000Z)",
    );
  });

  test("asks agents only when told to, and a token that may not ask leaves the vote out", async () => {
    await run("102");
    const asked = (await estate.control.requests()).filter(({ path }) => path.includes("/agent/"));
    expect(asked).toEqual([]);
    const { code } = await run("102", "--agent");
    expect(code).toBe(0);
    const now = (await estate.control.requests()).filter(({ path }) => path.includes("/agent/"));
    expect(now.map(({ method, path }) => [method, path])).toEqual([
      ["GET", "/nodes/pve/qemu/102/agent/info"],
      ["GET", "/nodes/pve/qemu/102/agent/info"],
    ]);
  });

  test.each([
    [["nosuch"], 'nosuch: no such VM (got "nosuch")'],
    [
      ["--interval", "0"],
      'fleet stalls: --interval is out of bounds (got "0"); allowed is a whole number of seconds from 1 to 3600',
    ],
    [["--interval", "soon"], 'fleet stalls: --interval is out of bounds (got "soon")'],
  ])("refuses %j", async (argv, message) => {
    const { code, stderr } = await run(...argv);
    expect(code).toBe(1);
    expect(stderr).toContain(message);
  });
});

describe("fleet stalls --watch", () => {
  /** Watches VM 102; the script is called once a second of the estate's time, and ends the watch with true. */
  async function watched(script: (second: number) => Promise<boolean | undefined>, ...argv: string[]) {
    const ended = new AbortController();
    let second = 0;
    estate.onPause = async () => {
      second += 1;
      if (await script(second)) ended.abort();
    };
    return fleet(["stalls", "102", "--watch", ...argv], { ...estate.over, signal: ended.signal });
  }

  test("prints a stall when it is called and when it ends, each with its time", async () => {
    const { code, stdout } = await watched(async (second) => {
      if (second === 60) await wedge(estate);
      if (second === 300) await estate.control.act(102, "stall", { slot: "scsi0", on: false });
      return second === 320;
    });
    expect(code).toBe(0);
    expect(stdout.trimEnd().split("\n")).toEqual([
      "2026-06-11 15:24:00 UTC devvm (102) scsi0: stalled: stands still since 2026-06-11 15:22:15 UTC (CPU 12 % => 30 %, network out 380 kB/s => 7 kB/s); first: npx fleet autopsy devvm",
      "2026-06-11 15:26:15 UTC devvm (102) scsi0: no longer stalled: completes operations",
    ]);
  });

  test("goes on while Proxmox is away, and ends with the finding's exit code", async () => {
    const { code, stdout, stderr } = await watched(async (second) => {
      if (second === 30) await wedge(estate);
      if (second === 60)
        await estate.control.fault({ path: "/**", action: "fail", status: 500, message: "down", times: 2 });
      return second === 200;
    }, "--json");
    expect(code).toBe(2);
    expect(stderr).toContain("fleet stalls: GET /cluster/resources: Proxmox answers 500: down\n");
    expect(JSON.parse(stdout)).toMatchObject({ vmid: 102, slot: "scsi0", state: "stalled" });
  });

  test("what cannot be done at all ends it at once", async () => {
    await estate.control.fault({ path: "/**", action: "fail", status: 401, message: "no ticket" });
    const { code, stderr } = await watched(async () => true);
    expect(code).toBe(1);
    expect(stderr).toContain("Proxmox rejects the API token");
  });
});
