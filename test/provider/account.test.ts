import { afterEach, beforeEach, expect, test } from "vitest";
import type { VmConfigInputs } from "../../provider/vm-config-inputs.ts";
import { inputsFrom } from "../../provider/vm-config-inputs.ts";
import { estateOf, firstVmid } from "../faults/estate.ts";
import { ProviderRig } from "./rig.ts";

/** What an error says of a request that failed midway, beside what the VM has then. */

const vmid = firstVmid;
const path = `/nodes/pve/qemu/${vmid}/config`;
const scsi0 = `local-lvm:vm-${vmid}-disk-0,mbps_rd=60,mbps_wr=60,size=32G`;
const capped = scsi0.replace("mbps_wr=60", "mbps_wr=70");
const heading =
  "left pending, not in effect (what QEMU has no part in becomes so with the next write by anybody, the rest at a cold stop and start; to have it before, run again):";

let rig: ProviderRig;

beforeEach(async () => {
  rig = await ProviderRig.start(estateOf(1));
});
afterEach(() => rig.stop());

async function errorOf(inputs: VmConfigInputs): Promise<string[]> {
  const failure: unknown = await rig.resource.create(inputs, false, rig.say).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(Error);
  return (failure as Error).message.split("\n");
}

/** Another hand's write. */
async function byHand(set: Record<string, string>): Promise<void> {
  const rows = await rig.api.pending("pve", vmid);
  await rig.api.setConfig("pve", vmid, set, String(rows.find(({ key }) => key === "digest")?.value));
  await rig.control.forget();
}

const late = inputsFrom({
  vmid,
  options: { boot: "order=scsi0;scsi1", name: "late", onboot: true, cores: 8 },
  drives: { scsi0: { mbps_wr: 70 } },
});

test("after a boot order that Proxmox refuses late, each other key is said to wait or to be pending, and is", async () => {
  const setConfig = rig.api.setConfig.bind(rig.api);
  // As if a device of the order had gone between our read and Proxmox's own look.
  rig.api.setConfig = (node, id, set, digest) => setConfig(node, id, { ...set, boot: "order=scsi7" }, digest);
  const lines = await errorOf(late);
  expect(lines[0]).toContain("invalid bootorder: device 'scsi7' does not exist'");
  expect(lines.slice(1)).toEqual([
    "written:",
    "  options.cores: 4 => 8  [cold: waits for a stop and start]",
    heading,
    "  options.name: vm0 => late  [live]",
    "  options.onboot: (absent) => 1  [live]",
    "  drives.scsi0.mbps_wr: 60 => 70  [live]",
    "not written:",
    "  options.boot.order: scsi0 => scsi0;scsi1  [cold: waits for a stop and start]",
  ]);
  const { config, pending } = await rig.control.vm(vmid);
  expect(config).toMatchObject({ name: "vm0", scsi0 });
  expect(pending).toEqual({ name: "late", onboot: "1", cores: "8", scsi0: capped });

  rig.api.setConfig = setConfig;
  await rig.resource.create(
    inputsFrom({ ...late, options: { name: "late", onboot: true, cores: 8 } }),
    false,
    rig.say,
  );
  const after = await rig.control.vm(vmid);
  expect(after.config).toMatchObject({ name: "late", onboot: "1", scsi0: capped });
  expect(after.pending).toEqual({ cores: "8" });
  expect(after.throttleCalls).toEqual({ scsi0: 1 });
});

test("a frozen QEMU leaves a cap pending, and the error says so; the next run makes it live", async () => {
  await rig.control.act(vmid, "qmp", { status: "silent" });
  const inputs = inputsFrom({ vmid, options: { name: "late" }, drives: { scsi0: { mbps_wr: 70 } } });
  for (const already of [false, true]) {
    const lines = await errorOf(inputs);
    expect(lines[0]).toContain("block_set_io_throttle' failed - got timeout");
    expect(lines.slice(1)).toEqual([
      ...(already ? [] : ["written:", "  options.name: vm0 => late  [live]"]),
      heading,
      "  drives.scsi0.mbps_wr: 60 => 70  [live]",
    ]);
    expect(await rig.control.vm(vmid)).toMatchObject({ pending: { scsi0: capped }, throttleCalls: {} });
  }
  await rig.control.act(vmid, "qmp", { status: "running" });
  await rig.resource.create(inputs, false, rig.say);
  expect(await rig.control.vm(vmid)).toMatchObject({
    config: { scsi0: capped },
    pending: {},
    throttleCalls: { scsi0: 1 },
  });
});

test("a frozen QEMU costs another hand nothing of what it has left pending", async () => {
  const theirs = scsi0.replace("mbps_rd", "cache=writeback,mbps_rd");
  await byHand({ scsi0: theirs });
  await rig.control.act(vmid, "qmp", { status: "silent" });
  await rig.resource.create(inputsFrom({ vmid, drives: { scsi0: { mbps_wr: 70 } } }), false, rig.say);
  const { config, pending } = await rig.control.vm(vmid);
  expect(config.scsi0).toBe(scsi0);
  expect(pending).toEqual({ scsi0: theirs.replace("mbps_wr=60", "mbps_wr=70") });
});

test("of several drives that QEMU is told of, those before the failure are written and those after it pending", async () => {
  await byHand({ scsi2: "local-lvm:4", scsi3: "local-lvm:4" });
  await rig.control.fault({ method: "PUT", path, action: "qmp-fail", message: "no", after: 1, times: 1 });
  const cap = { mbps_rd: 5 };
  const lines = await errorOf(inputsFrom({ vmid, drives: { scsi2: cap, scsi3: cap } }));
  expect(lines.slice(1)).toEqual([
    "written:",
    "  drives.scsi2.mbps_rd: (absent) => 5  [live]",
    heading,
    "  drives.scsi3.mbps_rd: (absent) => 5  [live]",
  ]);
});

test("what waited as declared, and was written over for a live cap, is not written any more when the rest fails", async () => {
  const inputs = inputsFrom({ vmid, drives: { scsi0: { aio: "threads", mbps_wr: 60 } } });
  await rig.resource.create(inputs, false, rig.say);
  const setConfig = rig.api.setConfig.bind(rig.api);
  let writes = 0;
  rig.api.setConfig = async (...write) => {
    writes += 1;
    if (writes === 2) await rig.control.fault({ path: "/**", action: "fail", status: 403, message: "no" });
    return setConfig(...write);
  };
  const lines = await errorOf(inputsFrom({ vmid, drives: { scsi0: { aio: "threads", mbps_wr: 70 } } }));
  expect(lines.slice(1)).toEqual([
    "written:",
    "  drives.scsi0.mbps_wr: 60 => 70  [live]",
    "not written:",
    "  drives.scsi0.aio: (absent) => threads  [cold: waits for a stop and start]",
  ]);
});

test("a failure that nobody could look after leaves in doubt what was sent", async () => {
  const setConfig = rig.api.setConfig.bind(rig.api);
  rig.api.setConfig = async (...write) => {
    await rig.control.act(vmid, "qmp", { status: "silent" });
    try {
      await setConfig(...write);
    } finally {
      await rig.control.fault({ path: "/**", action: "fail", status: 500, message: "unable to open file" });
    }
  };
  const lines = await errorOf(inputsFrom({ vmid, drives: { scsi0: { mbps_wr: 70 } } }));
  expect(lines.slice(1)).toEqual([
    "sent, and not known whether it took effect:",
    "  drives.scsi0.mbps_wr: 60 => 70  [live]",
  ]);
});
