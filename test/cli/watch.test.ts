import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ProxmoxClient } from "../../proxmox/api/client.ts";
import { connectionOf } from "../connection-of.ts";
import { promtool, unlessInstalled } from "../prometheus-tools.ts";
import { busyEstate, type ClockedEstate, wedge } from "./estate-clock.ts";
import { fleet } from "./fleet-run.ts";

let estate: ClockedEstate;
beforeEach(async () => {
  estate = await busyEstate();
});
afterEach(() => estate.emulator.close());

type Get = (path: string, method?: string) => Promise<{ status: number; text: string; type: string }>;

/** Runs the exporter; the script is called once a second of the estate's time, and ends it with true. */
async function watched(
  script: (second: number, get: Get) => Promise<boolean | undefined>,
  over: { readonly cwd?: string } = {},
) {
  const ended = new AbortController();
  let stderr = "";
  let second = 0;
  const get: Get = async (path, method = "GET") => {
    const url = /serves (http\S+)\/metrics/.exec(stderr)?.[1];
    const response = await fetch(`${url}${path}`, { method });
    const type = response.headers.get("content-type") ?? "";
    return { status: response.status, text: await response.text(), type };
  };
  estate.onPause = async () => {
    second += 1;
    if (await script(second, get)) ended.abort();
  };
  const run = await fleet(["watch", "--listen", "127.0.0.1:0"], {
    ...estate.over,
    ...over,
    signal: ended.signal,
    stderr: (text) => {
      stderr += text;
    },
  });
  return { ...run, stderr };
}

/** The metrics after the first poll. */
async function firstScrape(): Promise<string> {
  let scraped = "";
  await watched(async (_, get) => {
    scraped = (await get("/metrics")).text;
    return true;
  });
  return scraped;
}

/** Samples of a metric whose labels hold the text. */
const samples = (text: string, metric: string, labels = "") =>
  text
    .split("\n")
    .filter((line) => line.startsWith(metric) && line.includes(labels) && !line.startsWith("#"));

describe("fleet watch", () => {
  test("exposes each VM's state, versions, caps, drift and what waits", async () => {
    const text = await firstScrape();
    expect(samples(text, "proxmox_fleet_vm_running{", 'vmid="102"')).toEqual([
      'proxmox_fleet_vm_running{vmid="102",vm="devvm"} 1',
    ]);
    expect(samples(text, "proxmox_fleet_vm_running{")).toHaveLength(13);
    expect(samples(text, "proxmox_fleet_vm_qemu_info{", 'vmid="102"')).toEqual([
      'proxmox_fleet_vm_qemu_info{vmid="102",vm="devvm",version="10.1.2"} 1',
    ]);
    expect(samples(text, "proxmox_fleet_drive_cap_bytes_per_second{", 'vmid="102"')).toEqual([
      'proxmox_fleet_drive_cap_bytes_per_second{vmid="102",vm="devvm",slot="scsi0",direction="read"} 62914560',
      'proxmox_fleet_drive_cap_bytes_per_second{vmid="102",vm="devvm",slot="scsi0",direction="write"} 62914560',
    ]);
    expect(samples(text, "proxmox_fleet_vm_drifted_keys{", 'vmid="102"')).toEqual([
      'proxmox_fleet_vm_drifted_keys{vmid="102",vm="devvm"} 3',
    ]);
    expect(samples(text, "proxmox_fleet_drive_uncapped{").filter((line) => line.endsWith(" 1"))).toEqual([
      'proxmox_fleet_drive_uncapped{vmid="205",vm="k8s-node5",slot="scsi0"} 1',
    ]);
    expect(samples(text, "proxmox_fleet_drive_stalled{").filter((line) => line.endsWith(" 1"))).toEqual([]);
    expect(samples(text, "proxmox_fleet_poll_success")).toEqual(["proxmox_fleet_poll_success 1"]);
    expect(await estate.control.writes()).toEqual([]);
    expect(await estate.control.unknown()).toEqual([]);
  });

  test.skipIf(unlessInstalled(promtool) !== "")(
    `is taken by promtool check metrics without a remark${unlessInstalled(promtool)}`,
    async () => {
      const text = await firstScrape();
      const { status, stdout, stderr } = spawnSync(promtool, ["check", "metrics"], {
        input: text,
        encoding: "utf8",
      });
      expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: "", stderr: "" });
    },
  );

  test("counts on with the drive's own counters, and calls the stall within two and a half minutes", async () => {
    const seen: Record<number, string> = {};
    await watched(async (second, get) => {
      if ([1, 16, 120, 190].includes(second)) seen[second] = (await get("/metrics")).text;
      if (second === 45) await wedge(estate);
      return second === 190;
    });
    const writes = (second: number) =>
      Number(
        samples(
          seen[second] ?? "",
          "proxmox_fleet_drive_operations_total{",
          'vmid="102",vm="devvm",slot="scsi0",direction="write"',
        )[0]?.split(" ")[1],
      );
    expect(writes(16) - writes(1)).toBe(Math.trunc((15 * 96_000) / 4096));
    const labels = '{vmid="102",vm="devvm",slot="scsi0"}';
    expect(samples(seen[120] ?? "", "proxmox_fleet_drive_stalled", labels)).toEqual([
      `proxmox_fleet_drive_stalled${labels} 0`,
    ]);
    expect(samples(seen[190] ?? "", "proxmox_fleet_drive_stalled", labels)).toEqual([
      `proxmox_fleet_drive_stalled${labels} 1`,
    ]);
    expect(samples(seen[190] ?? "", "proxmox_fleet_drive_standstill", labels)).toEqual([
      `proxmox_fleet_drive_standstill_seconds${labels} 135`,
    ]);
    expect(samples(seen[190] ?? "", "proxmox_fleet_drive_last_write", labels)).toEqual([
      `proxmox_fleet_drive_last_write_age_seconds${labels} 135`,
    ]);
  });

  test("says nothing of VMs while Proxmox is away, tells it once, and goes on when it is back", async () => {
    const seen: Record<number, string> = {};
    const { stderr } = await watched(async (second, get) => {
      seen[second] = (await get("/metrics")).text;
      if (second === 2)
        await estate.control.fault({ path: "/**", action: "fail", status: 500, message: "down", times: 2 });
      return second === 50;
    });
    const errors = "proxmox_fleet_poll_errors_total";
    expect(samples(seen[15] ?? "", "proxmox_fleet_vm_running{")).toHaveLength(13);
    expect(samples(seen[16] ?? "", "proxmox_fleet_").map((line) => line.split(" ")[0])).toEqual([
      "proxmox_fleet_poll_success",
      "proxmox_fleet_last_successful_poll_timestamp_seconds",
      "proxmox_fleet_poll_duration_seconds",
      "proxmox_fleet_unread_vms",
      errors,
    ]);
    expect(samples(seen[16] ?? "", "proxmox_fleet_poll_success")).toEqual(["proxmox_fleet_poll_success 0"]);
    expect(samples(seen[31] ?? "", errors)).toEqual([`${errors} 2`]);
    expect(samples(seen[46] ?? "", "proxmox_fleet_vm_running{")).toHaveLength(13);
    expect(stderr.split("\n").slice(1)).toEqual([
      "fleet watch: GET /cluster/resources: Proxmox answers 500: down",
      "fleet watch: all is read again",
      "",
    ]);
  });

  test("a stack file that is broken for the moment is told, and judged by as it was", async () => {
    const cwd = mkdtempSync(join(tmpdir(), "fleet-watch-"));
    const file = join(cwd, "Pulumi.prod.yaml");
    const declaring = (memory: number) =>
      writeFileSync(
        file,
        `config: { "proxmox-fleet:fleet": { vms: { dev: { vmid: 102, memoryMiB: ${memory} } } } }\n`,
      );
    declaring(24_576);
    const seen: Record<number, string> = {};
    const { stderr } = await watched(
      async (second, get) => {
        seen[second] = (await get("/metrics")).text;
        if (second === 1) declaring(1);
        if (second === 16) declaring(1024);
        return second === 31;
      },
      { cwd },
    );
    rmSync(cwd, { recursive: true });
    const drift = (second: number) => samples(seen[second] ?? "", "proxmox_fleet_vm_drifted_keys{");
    expect([1, 16, 31].map(drift)).toEqual([
      ['proxmox_fleet_vm_drifted_keys{vmid="102",vm="dev"} 0'],
      ['proxmox_fleet_vm_drifted_keys{vmid="102",vm="dev"} 0'],
      ['proxmox_fleet_vm_drifted_keys{vmid="102",vm="dev"} 1'],
    ]);
    expect(samples(seen[16] ?? "", "proxmox_fleet_poll_errors_total")).toEqual([
      "proxmox_fleet_poll_errors_total 1",
    ]);
    expect(stderr).toContain("fleet watch: Pulumi.prod.yaml: config.proxmox-fleet:fleet.vms.dev.memoryMiB: ");
    expect(stderr).toContain("fleet watch: all is read again\n");
  });

  test("what it read last is not served for ever, when a poll does not end", async () => {
    const seen: string[] = [];
    await watched(async (_, get) => {
      seen.push((await get("/metrics")).text);
      estate.advance(61);
      seen.push((await get("/metrics")).text);
      return true;
    });
    expect(seen.map((text) => samples(text, "proxmox_fleet_vm_running{").length)).toEqual([13, 0]);
    expect(samples(seen[1] ?? "", "proxmox_fleet_poll_success")).toEqual(["proxmox_fleet_poll_success 0"]);
  });

  test("one VM that cannot be read is counted, and is missing alone", async () => {
    await estate.control.fault({
      path: "/nodes/*/qemu/200/pending",
      action: "fail",
      status: 500,
      message: "broken",
    });
    const text = await firstScrape();
    expect(samples(text, "proxmox_fleet_vm_running{")).toHaveLength(12);
    expect(samples(text, "proxmox_fleet_unread_vms")).toEqual(["proxmox_fleet_unread_vms 1"]);
    expect(samples(text, "proxmox_fleet_poll_success")).toEqual(["proxmox_fleet_poll_success 1"]);
  });

  test("a drive that is gone is gone from the metrics, and a change that waits is counted", async () => {
    const seen: Record<number, string> = {};
    await watched(async (second, get) => {
      if (second === 1 || second === 16) seen[second] = (await get("/metrics")).text;
      if (second === 2) {
        await estate.control.act(202, "detach", { slot: "scsi3" });
        await putConfig(estate, 102, { scsihw: "virtio-scsi-single" });
      }
      return second === 16;
    });
    const disks = (second: number) =>
      samples(seen[second] ?? "", "proxmox_fleet_drive_standstill_seconds{", 'vmid="202"');
    expect(disks(1).length - disks(16).length).toBe(1);
    const waiting = (second: number) =>
      samples(seen[second] ?? "", "proxmox_fleet_vm_pending_changes{", 'vmid="102"');
    expect(waiting(1)).toEqual(['proxmox_fleet_vm_pending_changes{vmid="102",vm="devvm"} 0']);
    expect(waiting(16)).toEqual(['proxmox_fleet_vm_pending_changes{vmid="102",vm="devvm"} 1']);
  });

  test("serves /metrics and /healthz alone, and only to readers", async () => {
    const answers: [string, number][] = [];
    const { code, stdout } = await watched(async (_, get) => {
      for (const [path, method] of [
        ["/metrics"],
        ["/healthz"],
        ["/"],
        ["/metrics/x"],
        ["/metrics", "POST"],
      ] as const) {
        answers.push([`${method ?? "GET"} ${path}`, (await get(path, method)).status]);
      }
      expect((await get("/metrics")).type).toBe("text/plain; version=0.0.4; charset=utf-8");
      return true;
    });
    expect(answers).toEqual([
      ["GET /metrics", 200],
      ["GET /healthz", 200],
      ["GET /", 404],
      ["GET /metrics/x", 404],
      ["POST /metrics", 405],
    ]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "" });
  });

  test("a port that is taken is one clear error", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => other.once("listening", resolve));
    const { port } = other.address() as AddressInfo;
    const { code, stderr } = await fleet(["watch", "--listen", `127.0.0.1:${port}`], estate.over);
    other.close();
    expect(code).toBe(1);
    expect(stderr).toContain(`fleet watch: cannot listen (got EADDRINUSE on 127.0.0.1, port ${port})`);
  });
});

/** Somebody else's write, with a token that may. */
async function putConfig(
  { emulator }: ClockedEstate,
  vmid: number,
  set: Record<string, string>,
): Promise<void> {
  const client = new ProxmoxClient(connectionOf(emulator));
  await client.put(`/nodes/pve/qemu/${vmid}/config`, set);
  client.close();
}
