import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { VmConfigInputs } from "../../provider/vm-config-inputs.ts";
import { inputsFrom } from "../../provider/vm-config-inputs.ts";
import { ProviderRig } from "./rig.ts";

const seed: unknown = JSON.parse(
  readFileSync(resolve(import.meta.dirname, "../../emulator/seeds/incident.json"), "utf8"),
);
const csi = "local-lvm:vm-9999-pvc-between,backup=0,iothread=1,size=1G,wwn=0x5056432d000000aa";

let rig: ProviderRig;

beforeEach(async () => {
  rig = await ProviderRig.start(seed);
});
afterEach(() => rig.stop());

/** VM 202 with its write cap set to 130 MiB/s; 120 in the estate. */
const capped: VmConfigInputs = inputsFrom({ vmid: 202, drives: { scsi0: { mbps_wr: 130 } } });
const cappedText = "local-lvm:vm-202-disk-0,discard=on,mbps_rd=150,mbps_wr=130,size=256G,ssd=1";

test("a disk attached between our read and our write costs a second try and stays as its driver wrote it", async () => {
  let attached = false;
  rig.api.beforeWrite = async () => {
    if (attached) return;
    attached = true;
    await rig.control.attach(202, "scsi20", csi);
  };
  await rig.resource.create(capped, false, rig.say);
  const writes = await rig.control.writes();
  expect(writes.map(({ status }) => status)).toEqual([500, 200]);
  const { config } = await rig.control.vm(202);
  expect(config.scsi20).toBe(csi);
  expect(config.scsi0).toBe(cappedText);
});

test("a hand that writes before each of our writes is an error after six tries, and nothing was forced", async () => {
  let edits = 0;
  rig.api.beforeWrite = async () => {
    edits += 1;
    await rig.control.act(202, "edit", { description: `edit ${edits}` });
  };
  await expect(rig.resource.create(capped, false, rig.say)).rejects.toThrow(
    "VM 202: the configuration changed between our read and our write 6 times in a row",
  );
  expect((await rig.control.writes()).map(({ status }) => status)).toEqual([500, 500, 500, 500, 500, 500]);
  expect((await rig.control.vm(202)).config.scsi0).toContain("mbps_wr=120");
  expect(rig.said).toEqual([]);
});

test("a value that is not kept once it was written is told with what was sent and what is stored, after one write", async () => {
  const stored = cappedText.replace("mbps_wr=130", "mbps_wr=125");
  rig.api.afterWrite = async () => void (await rig.control.act(202, "edit", { scsi0: stored }));
  await expect(rig.resource.create(capped, false, rig.say)).rejects.toThrow(
    `VM 202: Proxmox took a change and does not keep it (got sent scsi0: ${cappedText}, Proxmox stores ${stored}); allowed is a value that Proxmox stores as it is sent; declare what it stores; if another hand writes the same keys, find who, then run again`,
  );
  expect((await rig.control.writes()).map(({ status }) => status)).toEqual([200]);
});

test("a preview says key by key what would be written, with live or cold, and only reads", async () => {
  const inputs = inputsFrom({
    vmid: 102,
    options: { scsihw: "virtio-scsi-single", description: "the incident's VM" },
    drives: { scsi0: { aio: "threads", mbps_rd: 70 } },
  });
  const outputs = await rig.resource.create(inputs, true, rig.say);
  expect(rig.said).toEqual([
    [
      "info: would write 4 changes:",
      "  options.scsihw: (absent) => virtio-scsi-single  [cold: waits for a stop and start]",
      "  options.description: (absent) => the incident's VM  [live]",
      "  drives.scsi0.aio: (absent) => threads  [cold: waits for a stop and start]",
      "  drives.scsi0.mbps_rd: 60 => 70  [live]",
    ].join("\n"),
    "info: drives.scsi0 is local-lvm:vm-102-disk-0",
  ]);
  expect(outputs.waiting.map(({ path }) => path)).toEqual(["options.scsihw", "drives.scsi0.aio"]);
  expect(await rig.control.writes()).toEqual([]);
});

const waiting = cappedText
  .replace("mbps_wr=130", "mbps_wr=120")
  .replace("discard", "cache=writeback,discard");
const held =
  "warning: drives.scsi0: what is live otherwise waits too, since another hand's change is pending in the same text (got cache: (absent) => writeback) and Proxmox takes a text as a whole; stop and start the VM, or to have it at once, take that change back with qm set 202 --revert scsi0 and run again";

test("beside what somebody else left pending in the same drive a cap waits, and every run says why and the way out", async () => {
  await rig.api.setConfig("pve", 202, { scsi0: waiting }, await digestOf(202));
  await rig.control.forget();
  await rig.resource.create(capped, true, rig.say);
  expect(rig.said).toEqual([
    "info: would write 1 change:\n  drives.scsi0.mbps_wr: 120 => 130  [cold: waits for a stop and start]",
    "info: drives.scsi0 is local-lvm:vm-202-disk-0",
    held,
  ]);

  rig.said = [];
  const outputs = await rig.resource.create(capped, false, rig.say);
  const { config, pending } = await rig.control.vm(202);
  expect(config.scsi0).toBe(cappedText.replace("130", "120"));
  expect(pending.scsi0).toBe(waiting.replace("mbps_wr=120", "mbps_wr=130"));
  expect(await rig.control.writes()).toHaveLength(1);
  expect(outputs.waiting).toEqual([{ path: "drives.scsi0.mbps_wr", from: "120", to: "130" }]);
  expect(rig.said.at(-1)).toBe(held);

  rig.said = [];
  expect((await rig.resource.read(capped, outputs, rig.say))?.inputs).toEqual(capped);
  expect(rig.said.at(-1)).toBe(held);
});

test("once the other hand's change is taken back as the message says, the cap is live with the next run", async () => {
  await rig.api.setConfig("pve", 202, { scsi0: waiting }, await digestOf(202));
  await rig.resource.create(capped, false, rig.say);
  await rig.client.put("/nodes/pve/qemu/202/config", { revert: "scsi0" });
  expect((await rig.control.vm(202)).pending).toEqual({});
  rig.said = [];
  expect((await rig.resource.create(capped, false, rig.say)).waiting).toEqual([]);
  expect(await rig.control.vm(202)).toMatchObject({ config: { scsi0: cappedText }, pending: {} });
  expect(rig.said).toEqual(["info: wrote 1 change:\n  drives.scsi0.mbps_wr: 120 => 130  [live]"]);
});

test("when others keep coming before our write, what they had left pending is pending still", async () => {
  await rig.api.setConfig("pve", 202, { scsi0: waiting }, await digestOf(202));
  let writes = 0;
  rig.api.beforeWrite = async () => {
    writes += 1;
    await rig.control.act(202, "edit", { description: `edit ${writes}` });
  };
  await expect(rig.resource.create(capped, false, rig.say)).rejects.toThrow(
    /6 times in a row.*\nnothing was written/,
  );
  expect((await rig.control.vm(202)).pending).toEqual({ scsi0: waiting });
});

test("a read without drift returns the inputs exactly, and one with drift the value found", async () => {
  const inputs = inputsFrom({
    vmid: 202,
    options: { cores: 8 },
    drives: { scsi0: { mbps_rd: 150, mbps_wr: 120 } },
  });
  const outputs = await rig.resource.create(inputs, false, rig.say);
  expect((await rig.resource.read(inputs, outputs, rig.say))?.inputs).toEqual(inputs);

  await rig.control.act(202, "edit", {
    scsi0: cappedText.replace("mbps_wr=130", "mbps_wr=500.0"),
    cores: "4",
  });
  expect((await rig.resource.read(inputs, outputs, rig.say))?.inputs).toEqual({
    ...inputs,
    options: { cores: 4 },
    drives: { scsi0: { mbps_rd: 150, mbps_wr: 500 } },
  });
});

test("a VM that is gone reads as gone", async () => {
  expect(await rig.resource.read(inputsFrom({ vmid: 777 }), undefined, rig.say)).toBeUndefined();
});

test("a drive grows through resize alone, live, and shrinking is refused before anything is sent", async () => {
  const grown = inputsFrom({ vmid: 202, drives: { scsi0: { size: "300G" } } });
  await rig.resource.create(grown, false, rig.say);
  expect((await rig.control.writes()).map(({ path, body }) => [path, body?.disk, body?.size])).toEqual([
    ["/nodes/pve/qemu/202/resize", "scsi0", "300G"],
  ]);
  expect((await rig.control.vm(202)).config.scsi0).toContain("size=300G");

  await rig.control.forget();
  const shrunk = inputsFrom({ vmid: 202, drives: { scsi0: { size: "100G" } } });
  await expect(rig.resource.create(shrunk, false, rig.say)).rejects.toThrow(
    /VM 202: nothing was written, because\n {2}drives\.scsi0\.size: .*shrink/,
  );
  expect(await rig.control.writes()).toEqual([]);
});

test("a new drive is allocated in an empty slot only, and never where a disk already is", async () => {
  const extra = inputsFrom({
    vmid: 220,
    drives: { scsi1: { datastore: "local-lvm", size: "8G", mbps_rd: 40 } },
  });
  await rig.resource.create(extra, false, rig.say);
  const first = (await rig.control.vm(220)).config.scsi1;
  expect(first).toBe("local-lvm:vm-220-disk-1,mbps_rd=40,size=8G");
  await rig.control.forget();
  await rig.resource.create(extra, false, rig.say);
  expect(await rig.control.writes()).toEqual([]);

  const occupied = inputsFrom({
    vmid: 202,
    drives: { scsi1: { datastore: "local-lvm", size: "20G", mbps_rd: 40 } },
  });
  await expect(rig.resource.create(occupied, false, rig.say)).rejects.toThrow(
    /drives\.scsi1: the volume in the slot is not of VM 202/,
  );
  expect(await rig.control.writes()).toEqual([]);
});

test("a VM on another node than declared is found, configured where it is, and said", async () => {
  await rig.resource.create({ ...capped, node: "pve9" }, false, rig.say);
  expect(rig.said).toContain("warning: declared on node pve9, found on pve; it is configured where it is");
  expect((await rig.control.vm(202)).config.scsi0).toBe(cappedText);
});

async function digestOf(vmid: number): Promise<string> {
  const rows = await rig.api.pending("pve", vmid);
  return String(rows.find(({ key }) => key === "digest")?.value);
}

test("where nothing may be written, what would be is an error before it is sent, and what need not be is fine", async () => {
  const careful = rig.resourceWith({ readOnly: true });
  const reading = rig.clientWith({ readOnly: true });
  await expect(careful.create(capped, false, rig.say)).rejects.toThrow(
    /^VM 202: PUT \/nodes\/pve\/qemu\/202\/config: not sent, since PROXMOX_FLEET_READ_ONLY lets nothing be written \(got 1\); .+\nnothing was written\n/,
  );
  await careful.create({ ...capped, drives: { scsi0: { mbps_wr: 120 } } }, false, rig.say);
  expect(rig.said).toEqual(["info: already as declared: nothing was written"]);
  await expect(reading.post("/nodes/pve/qemu/202/status/stop")).rejects.toThrow(
    /^POST \/nodes\/pve\/qemu\/202\/status\/stop: not sent/,
  );
  expect(new Set((await rig.control.requests()).map(({ method }) => method))).toEqual(new Set(["GET"]));
});
