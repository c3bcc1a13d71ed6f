import { expect, test } from "vitest";
import { startPve } from "./client.ts";
import { SMALL_SEED } from "./small-seed.ts";

const SCSI0 = "local-lvm:vm-100-disk-0";
const STORED = `${SCSI0},discard=on,mbps_rd=60,mbps_wr=60,size=32G,ssd=1`;
const CAPPED = STORED.replace("mbps_wr=60", "mbps_wr=70");

test("a boot order that is refused leaves every other key of the request waiting, and the next write of anybody's makes some of them true", async () => {
  const pve = await startPve(SMALL_SEED);
  const answer = await pve.put(100, {
    boot: "order=scsi7",
    name: "late",
    onboot: 1,
    cores: 8,
    scsi0: CAPPED,
  });
  expect(answer.status).toBe(500);
  expect(answer.message).toBe("invalid bootorder: device 'scsi7' does not exist'\n");
  const after = await pve.vm(100);
  expect(after.pending).toEqual({ name: "late", onboot: "1", cores: "8", scsi0: CAPPED });
  expect(after.config.scsi0).toBe(STORED);

  await pve.set(100, { description: "somebody else" });
  const next = await pve.vm(100);
  expect(next.config).toMatchObject({ name: "late", onboot: "1", scsi0: STORED });
  expect(next.pending).toEqual({ cores: "8", scsi0: CAPPED });
  expect(next.throttleCalls).toEqual({});
});

test("a QEMU that does not answer leaves a limit waiting with 400; what needs no command is done", async () => {
  const pve = await startPve(SMALL_SEED);
  await pve.control("POST", "/vms/100/qmp", { status: "silent" });
  const answer = await pve.put(100, { name: "late", scsi0: CAPPED });
  expect(answer.status).toBe(400);
  expect(answer.errors).toEqual({
    scsi0: "hotplug problem - VM 100 qmp command 'block_set_io_throttle' failed - got timeout\n",
  });
  const after = await pve.vm(100);
  expect(after.config).toMatchObject({ name: "late", scsi0: STORED });
  expect(after.pending).toEqual({ scsi0: CAPPED });

  await pve.control("POST", "/vms/100/qmp", { status: "running" });
  await pve.set(100, { scsi0: CAPPED });
  expect((await pve.vm(100)).running?.drives.scsi0?.throttle).toEqual({ mbps_rd: 60, mbps_wr: 70 });
});

test("a fault lets QEMU take the first commands of one request, and no other", async () => {
  const pve = await startPve(SMALL_SEED);
  await pve.set(100, { scsi3: "local-lvm:2" });
  const path = "/nodes/pve/qemu/100/config";
  const fault = { method: "PUT", path, action: "qmp-fail", message: "no memory", after: 1, times: 1 };
  await pve.control("POST", "/faults", fault);
  const scsi3 = String((await pve.config(100)).scsi3);
  const answer = await pve.put(100, { scsi0: CAPPED, scsi3: `${scsi3},mbps_rd=5` });
  expect(answer.errors).toEqual({
    scsi3: "hotplug problem - VM 100 qmp command 'block_set_io_throttle' failed - no memory\n",
  });
  const after = await pve.vm(100);
  expect(after.config).toMatchObject({ scsi0: CAPPED, scsi3 });
  expect(Object.keys(after.pending)).toEqual(["scsi3"]);
  await pve.set(100, { scsi3: `${scsi3},mbps_rd=5` });
  expect((await pve.vm(100)).pending).toEqual({});
});
