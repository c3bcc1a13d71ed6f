import { expect, test, vi } from "vitest";
import { type Pve, startPve } from "./client.ts";
import { SMALL_SEED } from "./small-seed.ts";

const WAITING = {
  scsihw: "virtio-scsi-single",
  scsi0: "local-lvm:vm-100-disk-0,aio=threads,discard=on,iothread=1",
};

async function withWaitingChange(): Promise<Pve> {
  const pve = await startPve(SMALL_SEED);
  await pve.set(100, WAITING);
  expect(Object.keys((await pve.vm(100)).pending).sort()).toEqual(["scsi0", "scsihw"]);
  return pve;
}

function expectApplied(vm: Awaited<ReturnType<Pve["vm"]>>): void {
  expect(vm.pending).toEqual({});
  expect(vm.config.scsihw).toBe("virtio-scsi-single");
  expect(vm.config.scsi0).toBe("local-lvm:vm-100-disk-0,aio=threads,discard=on,iothread=1,size=32G");
}

test("the default view shows what waits, current=1 shows what was started, and both have one digest", async () => {
  const pve = await withWaitingChange();
  const merged = await pve.config(100);
  const current = await pve.config(100, true);
  expect(merged.scsihw).toBe("virtio-scsi-single");
  expect(current.scsihw).toBe("virtio-scsi-pci");
  expect(merged.digest).toBe(current.digest);
  expect(merged.digest).toMatch(/^[0-9a-f]{40}$/);
});

test("GET pending lists values, changes, new keys, removals and the digest", async () => {
  const pve = await withWaitingChange();
  await pve.set(100, { cores: 8, vga: "std", delete: "sata0" });
  const rows = await pve.list("/nodes/pve/qemu/100/pending");
  const row = (key: string) => rows.find((candidate) => candidate.key === key);
  expect(row("cores")).toEqual({ key: "cores", value: 4, pending: 8 });
  expect(row("vga")).toEqual({ key: "vga", pending: "std" });
  expect(row("sata0")).toEqual({ key: "sata0", value: "local-lvm:vm-100-disk-2,size=8G", delete: 1 });
  expect(row("name")).toEqual({ key: "name", value: "vm100" });
  expect(row("digest")?.value).toBe((await pve.config(100)).digest);
});

test("integers and booleans are numbers, memory and drives are text", async () => {
  const pve = await startPve(SMALL_SEED);
  const config = await pve.config(100);
  expect(config).toMatchObject({ cores: 4, onboot: 1, memory: "4096", agent: "1" });
});

test("stop and start make what waits true", async () => {
  const pve = await withWaitingChange();
  expect(await pve.power(100, "stop")).toBe("OK");
  expectApplied(await pve.vm(100));
  expect(await pve.power(100, "start")).toBe("OK");
  const { running } = await pve.vm(100);
  expect(running?.controller).toBe("virtio-scsi-single");
  expect(running?.drives.scsi0).toMatchObject({ iothread: true, options: { aio: "threads" } });
});

test("a shutdown applies what waits", async () => {
  const pve = await withWaitingChange();
  expect(await pve.power(100, "shutdown")).toBe("OK");
  expectApplied(await pve.vm(100));
});

test("an API reboot ends with the VM down, and a start of its own follows", async () => {
  const pve = await withWaitingChange();
  expect(await pve.power(100, "reboot")).toBe("OK");
  expect((await pve.vm(100)).status).toBe("stopped");
  await vi.waitUntil(async () => (await pve.vm(100)).status === "running");
  expectApplied(await pve.vm(100));
  const tasks = await pve.list("/nodes/pve/tasks?vmid=100");
  expect(tasks.map((task) => [task.type, task.user, task.tokenid])).toEqual([
    ["qmstart", "root@pam", undefined],
    ["qmreboot", "fleet@pve", "deploy"],
  ]);
});

test("a guest reboot and a reset change nothing: the same process goes on", async () => {
  const pve = await withWaitingChange();
  const before = await pve.vm(100);
  await pve.control("POST", "/vms/100/guest-reboot");
  expect(await pve.power(100, "reset")).toBe("OK");
  expect(await pve.vm(100)).toEqual(before);
});

test("a guest that turns itself off leaves everything waiting until the next start", async () => {
  const pve = await withWaitingChange();
  await pve.control("POST", "/vms/100/guest-poweroff");
  const off = await pve.vm(100);
  expect(off.status).toBe("stopped");
  expect(Object.keys(off.pending).sort()).toEqual(["scsi0", "scsihw"]);
  await pve.power(100, "start");
  expectApplied(await pve.vm(100));
});

test("with reboot=0 a guest reboot ends the process", async () => {
  const pve = await startPve(SMALL_SEED);
  await pve.set(100, { reboot: 0 });
  await pve.power(100, "stop");
  await pve.power(100, "start");
  await pve.control("POST", "/vms/100/guest-reboot");
  expect((await pve.vm(100)).status).toBe("stopped");
});

test("writing the current value takes back what waits", async () => {
  const pve = await startPve(SMALL_SEED);
  await pve.set(100, { cores: 8 });
  await pve.set(100, { cores: 4 });
  expect((await pve.vm(100)).pending).toEqual({});
});

test("revert takes back a change, a removal and a new key", async () => {
  const pve = await startPve(SMALL_SEED);
  await pve.set(100, { cores: 8, vga: "std", sata1: "local-lvm:1", delete: "sata0" });
  await pve.set(100, { revert: "cores,vga,sata0,sata1" });
  const vm = await pve.vm(100);
  expect(vm.pending).toEqual({});
  expect(vm.pendingDelete).toEqual([]);
  expect(vm.config.unused0).toBe("local-lvm:vm-100-disk-3");
});

test("a stopped VM takes every change at once", async () => {
  const pve = await startPve(SMALL_SEED);
  await pve.set(101, { scsihw: "virtio-scsi-single", cores: 2, delete: "sata0" });
  const vm = await pve.vm(101);
  expect(vm.config).toMatchObject({ scsihw: "virtio-scsi-single", cores: "2" });
  expect(vm.config).not.toHaveProperty("sata0");
  expect(vm.pending).toEqual({});
});

test("a wrong digest is refused with 500 before anything changes, the right one is accepted", async () => {
  const pve = await startPve(SMALL_SEED);
  const before = await pve.config(100);
  const refused = await pve.put(100, { name: "other", digest: "0".repeat(40) });
  expect(refused.status).toBe(500);
  expect(refused.reason).toBe("checksum mismatch (file change by other user?)");
  expect(await pve.config(100)).toEqual(before);
  await pve.set(100, { name: "other", digest: String(before.digest) });
  expect((await pve.config(100)).name).toBe("other");
});

test("the digest covers what waits and what a hand edits", async () => {
  const pve = await startPve(SMALL_SEED);
  const first = (await pve.config(100)).digest;
  await pve.set(100, { cores: 8 });
  const second = (await pve.config(100)).digest;
  await pve.control("POST", "/vms/100/edit", { tags: "x" });
  const third = (await pve.config(100)).digest;
  expect(new Set([first, second, third]).size).toBe(3);
});

test("a description keeps its lines and loses the white space at its end", async () => {
  const pve = await startPve(SMALL_SEED);
  await pve.set(100, { description: "one\ntwo" });
  expect((await pve.config(100)).description).toBe("one\ntwo");
  await pve.set(100, { description: "one\ntwo\n\n" });
  expect((await pve.vm(100)).pending).toEqual({});
  expect((await pve.config(100)).description).toBe("one\ntwo");
});

test("a snapshot's values can be read, but not together with current", async () => {
  const [vm, ...others] = SMALL_SEED.vms;
  const pve = await startPve({
    ...SMALL_SEED,
    vms: [{ ...vm, snapshots: { before: { cores: 2 } } }, ...others],
  });
  expect(await pve.object("/nodes/pve/qemu/100/config?snapshot=before")).toMatchObject({ cores: 2 });
  const clash = await pve.call("GET", "/nodes/pve/qemu/100/config?snapshot=before&current=1");
  expect(clash.status).toBe(400);
  const missing = await pve.call("GET", "/nodes/pve/qemu/100/config?snapshot=none");
  expect(missing.message).toBe("snapshot 'none' does not exist\n");
});

test("POST config answers a task, or null once it is done in time", async () => {
  const pve = await startPve(SMALL_SEED);
  expect(await pve.task("POST", "/nodes/pve/qemu/100/config", { name: "other" })).toBe("OK");
  const waited = await pve.call("POST", "/nodes/pve/qemu/100/config", {
    form: { name: "x", background_delay: 5 },
  });
  expect(waited.data).toBeNull();
  const failed = await pve.call("POST", "/nodes/pve/qemu/100/config", {
    form: { boot: "order=scsi9", background_delay: 5 },
  });
  expect(failed.status).toBe(500);
  expect(failed.message).toBe("failed to update VM 100: invalid bootorder: device 'scsi9' does not exist'\n");
});
