import { expect, test } from "vitest";
import type { Seed } from "../../emulator/seed.ts";
import { startPve } from "./client.ts";
import { SMALL_SEED } from "./small-seed.ts";

const monitor = (command: string) => ({ form: { command } });
const V = "/nodes/pve/qemu/100/monitor";

test("the monitor answers what info says, with QEMU's line ends", async () => {
  const pve = await startPve(SMALL_SEED);
  expect((await pve.call("POST", V, monitor("info status"))).data).toBe("VM status: running\r\n");
  const block = String((await pve.call("POST", V, monitor("info block"))).data);
  expect(block).toContain("drive-scsi0: local-lvm:vm-100-disk-0 (raw)\r\n");
  expect(block).toContain(
    "    I/O throttling:   bps=0 bps_rd=62914560 bps_wr=62914560 group=drive-scsi0\r\n",
  );
  const statistics = String((await pve.call("POST", V, monitor("info blockstats"))).data);
  expect(statistics).toMatch(
    /^drive-scsi0: rd_bytes=\d+ wr_bytes=\d+ rd_operations=\d+ wr_operations=\d+\r$/m,
  );
});

test("a VM that does not run is a text that begins with ERROR, and no refusal", async () => {
  const pve = await startPve(SMALL_SEED);
  const answer = await pve.call("POST", "/nodes/pve/qemu/101/monitor", monitor("info status"));
  expect([answer.status, answer.data]).toEqual([200, "ERROR: VM 101 not running\n"]);
});

test("the monitor needs Sys.Audit or Sys.Modify on the VM", async () => {
  const pve = await startPve(SMALL_SEED);
  const headers = { authorization: "PVEAPIToken=narrow@pve!memory=s" };
  const answer = await pve.call("POST", V, { ...monitor("info status"), headers });
  expect([answer.status, answer.message]).toEqual([
    403,
    "Permission check failed (/vms/100, Sys.Audit|Sys.Modify)\n",
  ]);
});

test("a command that the emulated monitor does not have is 501", async () => {
  const pve = await startPve(SMALL_SEED);
  expect((await pve.call("POST", V, monitor("info mice"))).status).toBe(501);
  expect((await pve.call("POST", V, monitor("quit"))).status).toBe(501);
});

test("the node's log is in the node's time, from where it is asked for", async () => {
  const [node, other] = SMALL_SEED.nodes;
  if (node === undefined || other === undefined) throw new Error("the seed has two nodes");
  const log = [
    { at: "2026-01-01T08:00:00Z", text: "pvedaemon[1]: early" },
    { at: "2026-01-01T11:30:00Z", text: "pvedaemon[1]: late" },
    { at: "2026-01-01T13:00:00Z", text: "pvedaemon[1]: not yet" },
  ];
  const seed: Seed = { ...SMALL_SEED, nodes: [{ ...node, timezone: "Europe/Sofia", log }, other] };
  const pve = await startPve(seed);
  const time = await pve.object("/nodes/pve/time");
  expect(time.timezone).toBe("Europe/Sofia");
  expect(Number(time.localtime) - Number(time.time)).toBe(2 * 3600);
  expect(await pve.list("/nodes/pve/syslog?since=2026-01-01%2011:00:00&limit=10")).toEqual([
    { n: 1, t: "Jan 01 13:30:00 pve pvedaemon[1]: late" },
  ]);
  expect(await pve.list("/nodes/pve/syslog")).toHaveLength(2);
});

test("a seed can give a VM the id of a real process", async () => {
  const vms = SMALL_SEED.vms.map((vm) => (vm.vmid === 100 ? { ...vm, pid: 4242 } : vm));
  const pve = await startPve({ ...SMALL_SEED, vms });
  expect((await pve.object("/nodes/pve/qemu/100/status/current")).pid).toBe(4242);
});
