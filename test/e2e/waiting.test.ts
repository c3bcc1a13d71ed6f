import { afterAll, beforeAll, expect, test } from "vitest";
import { Sandbox } from "../../demo/sandbox.ts";
import { waitingStack, waits } from "./waiting-stack.ts";

/** VM 102 from the emulated LSI controller to virtio-scsi-single, and what is said until QEMU really runs it. */
let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await Sandbox.open({ stackFile: waitingStack() });
});
afterAll(async () => {
  expect(await sandbox.control.unknown()).toEqual([]);
  await sandbox[Symbol.asyncDispose]();
});

async function saidToWait(): Promise<unknown> {
  const { stdout } = await sandbox.pulumi(["stack", "output", "waiting", "--json"]);
  return JSON.parse(stdout);
}

test("caps go live in a first PUT, controller, iothread and aio wait in a second, and up says so", async () => {
  const up = await sandbox.pulumi(["up", "--yes", "--skip-preview"]);
  expect(up.code, up.output).toBe(0);
  for (const wait of waits) expect(up.output).toContain(wait);
  expect(up.output).toMatch(
    /pulumi:pulumi:Stack \(proxmox-fleet-prod\):\n {4}warning: 3 changes wait for .*\n {6}npx fleet restart devvm\n/,
  );

  const writes = (await sandbox.control.writes()).filter(({ path }) => path.includes("/102/"));
  expect(writes.map(({ body }) => ({ ...body, digest: "" }))).toEqual([
    { scsi0: "local-lvm:vm-102-disk-0,discard=on,mbps_rd=60,mbps_wr=80,size=100G,ssd=1", digest: "" },
    {
      scsihw: "virtio-scsi-single",
      scsi0:
        "local-lvm:vm-102-disk-0,aio=threads,discard=on,iothread=1,mbps_rd=60,mbps_wr=80,size=100G,ssd=1",
      digest: "",
    },
  ]);
  const vm = await sandbox.control.vm(102);
  expect(vm.config.scsi0).toContain("mbps_wr=80");
  expect(vm.throttleCalls.scsi0).toBe(1);
  expect(Object.keys(vm.pending).sort()).toEqual(["scsi0", "scsihw"]);
});

test("the drift check stays clean, and outputs and the end of up keep saying that it waits", async () => {
  const check = await sandbox.pulumi(["preview", "--refresh", "--expect-no-changes"]);
  expect(check.code, check.output).toBe(0);
  const up = await sandbox.pulumi(["up", "--yes", "--skip-preview"]);
  for (const wait of waits) expect(up.output).toContain(wait);
  expect(await saidToWait()).toEqual({ devvm: waits });
  const { stdout } = await sandbox.pulumi(["stack", "output", "restart", "--json"]);
  expect(JSON.parse(stdout)).toEqual(["npx fleet restart devvm"]);
});

test("a reboot from inside the guest changes nothing of that", async () => {
  await sandbox.control.act(102, "guest-reboot");
  expect((await sandbox.pulumi(["up", "--yes", "--skip-preview"])).code).toBe(0);
  expect(await saidToWait()).toEqual({ devvm: waits });
});

test("a stop and start makes it true, and nothing waits any more", async () => {
  await sandbox.request("POST", "/nodes/pve/qemu/102/status/stop");
  await sandbox.request("POST", "/nodes/pve/qemu/102/status/start");
  await sandbox.control.forget();
  const up = await sandbox.pulumi(["up", "--yes", "--skip-preview", "--expect-no-changes"]);
  expect(up.code, up.output).toBe(0);
  expect(await sandbox.control.writes()).toEqual([]);
  expect(await saidToWait()).toEqual({});
  const { config, pending } = await sandbox.control.vm(102);
  expect(pending).toEqual({});
  expect(config).toMatchObject({
    scsihw: "virtio-scsi-single",
    scsi0: "local-lvm:vm-102-disk-0,aio=threads,discard=on,iothread=1,mbps_rd=60,mbps_wr=80,size=100G,ssd=1",
  });
});
