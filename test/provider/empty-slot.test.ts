import { afterEach, beforeEach, expect, test } from "vitest";
import { inputsFrom, outputsFrom, type VmConfigOutputs } from "../../provider/vm-config-inputs.ts";
import { ProviderRig } from "./rig.ts";

const scsi1 = "local-lvm:vm-300-disk-1,mbps_rd=40,size=8G";
const config = {
  boot: "order=scsi0",
  cores: 1,
  memory: 512,
  scsihw: "virtio-scsi-single",
  scsi0: "local-lvm:vm-300-disk-0,size=10G",
  scsi1,
};
const seed = {
  nodes: [{ name: "pve", cores: 16, memoryGiB: 64, bridges: ["vmbr0"] }],
  storages: [{ name: "local-lvm", type: "lvmthin", content: ["images"], totalGiB: 900 }],
  vms: [{ vmid: 300, node: "pve", running: true, config }],
  tokens: [{ id: "few@pve!looks", secret: "s", acl: { "/": ["VM.Audit"] } }],
};
/** The data disk, declared with all that a new one would need. */
const declared = inputsFrom({
  vmid: 300,
  node: "pve",
  drives: { scsi1: { datastore: "local-lvm", size: "8G", mbps_rd: 40 } },
});
const refusal = "VM 300: nothing was written, because\n  drives.scsi1: the slot is empty";

let rig: ProviderRig;

beforeEach(async () => {
  rig = await ProviderRig.start(seed);
});
afterEach(() => rig.stop());

async function set(body: Readonly<Record<string, string>>): Promise<void> {
  await rig.client.put("/nodes/pve/qemu/300/config", body);
}

async function volumes(): Promise<string[]> {
  const rows = (await rig.client.get("/nodes/pve/storage/local-lvm/content")) as { volid: string }[];
  return rows.map(({ volid }) => volid).sort();
}

/** What a preview and an up say of the empty slot; neither may send anything that writes. */
async function refused(old?: VmConfigOutputs): Promise<string> {
  await rig.control.forget();
  const texts: string[] = [];
  for (const preview of [true, false]) {
    const run = old
      ? rig.resource.update(old, declared, preview, rig.say)
      : rig.resource.create(declared, preview, rig.say);
    texts.push(
      await run.then(
        () => "nothing",
        (error: Error) => error.message,
      ),
    );
  }
  expect(await rig.control.writes()).toEqual([]);
  expect(texts[1]).toBe(texts[0]);
  expect(texts[0]).toContain(refusal);
  return texts[0] ?? "";
}

const got = (text: string) => /\(got (.*?)\); allowed/.exec(text)?.[1];

test("a disk that was detached by hand is not replaced by an empty one", async () => {
  await set({ delete: "scsi1" });
  expect((await rig.control.vm(300)).config.unused0).toBe("local-lvm:vm-300-disk-1");
  const text = await refused();
  expect(got(text)).toBe("unused0 is local-lvm:vm-300-disk-1");
  expect(text).toContain("qm set 300 --scsi1 local-lvm:vm-300-disk-1");
});

test("a line that Proxmox does not read any more is not replaced by an empty disk", async () => {
  await rig.control.act(300, "edit", { boot: "order=scsi0;scsi1", scsi1: scsi1.replace("=40", "=40MB") });
  // What such a line is in every answer: not there, while QEMU goes on with the drive.
  expect(await rig.client.get("/nodes/pve/qemu/300/config")).not.toHaveProperty("scsi1");
  const text = await refused();
  expect(got(text)).toBe(
    "QEMU runs a drive there; the boot order names it; local-lvm:vm-300-disk-1 is VM 300's and in no line of its config",
  );
  expect(text).toContain("look into /etc/pve/qemu-server/300.conf");
  // Corrected in the file, as the message says.
  await rig.control.act(300, "edit", { scsi1 });
  await rig.resource.create(declared, false, rig.say);
  expect(rig.said.at(-1)).toBe("info: already as declared: nothing was written");
});

test("what was seen in the slot before is remembered over refreshes, also where nothing else speaks for it", async () => {
  const old = await rig.resource.create(declared, false, rig.say);
  expect(old.volumes).toEqual({ scsi1: "local-lvm:vm-300-disk-1" });
  await rig.client.post("/nodes/pve/qemu/300/status/stop");
  await expect.poll(async () => (await rig.control.vm(300)).status).toBe("stopped");
  await rig.control.act(300, "edit", { scsi1: null });
  const first = await rig.resource.read(declared, outputsFrom({ ...old }), rig.say);
  expect(first?.inputs.drives).toEqual({});
  const read = await rig.resource.read(
    inputsFrom({ ...first?.inputs }),
    outputsFrom({ ...first?.outputs }),
    rig.say,
  );
  expect(read?.outputs.volumes).toEqual(old.volumes);
  expect(got(await refused(read?.outputs))).toBe(
    "it held local-lvm:vm-300-disk-1 when it was last looked at",
  );

  const blind = rig.resourceWith({ apiToken: "few@pve!looks=s" });
  await expect(blind.update(outputsFrom({ ...read?.outputs }), declared, true, rig.say)).rejects.toThrow(
    refusal,
  );
});

test("a state of a version before, which remembers no volumes, works on", async () => {
  const { volumes: _volumes, ...before } = await rig.resource.create(declared, false, rig.say);
  await rig.control.forget();
  await rig.resource.update(outputsFrom(before), declared, false, rig.say);
  expect(await rig.control.writes()).toEqual([]);
});

test("a slot that is declared no more is forgotten", async () => {
  const old = await rig.resource.create(declared, false, rig.say);
  const less = inputsFrom({ vmid: 300, node: "pve", drives: { scsi0: { mbps_rd: 10 } } });
  const next = await rig.resource.update(old, less, false, rig.say);
  expect(next.volumes).toEqual({ scsi0: "local-lvm:vm-300-disk-0" });
});

test("attached again as the message says, the disk gets its declared keys and nothing is allocated", async () => {
  await set({ delete: "scsi1" });
  await refused();
  await set({ scsi1: "local-lvm:vm-300-disk-1" });
  await rig.resource.create(declared, false, rig.say);
  expect((await rig.control.vm(300)).config.scsi1).toBe(scsi1);
  expect(await volumes()).toEqual(["local-lvm:vm-300-disk-0", "local-lvm:vm-300-disk-1"]);
});

test("made by hand as the message says, the new disk is taken over, and the old one stays", async () => {
  const old = await rig.resource.create(declared, false, rig.say);
  await set({ delete: "scsi1" });
  const text = await refused(old);
  // The engine looks before every up, the one that was refused included.
  const seen = await rig.resource.read(declared, old, rig.say);
  const [, slot = "", made = ""] = /yourself with qm set 300 --(\w+) (\S+);/.exec(text) ?? [];
  await set({ [slot]: made });
  const next = await rig.resource.read(declared, outputsFrom({ ...seen?.outputs }), rig.say);
  await rig.resource.update(outputsFrom({ ...next?.outputs }), declared, false, rig.say);
  const { config: now } = await rig.control.vm(300);
  expect([now.scsi1, now.unused0]).toEqual([
    "local-lvm:vm-300-disk-2,mbps_rd=40,size=8G",
    "local-lvm:vm-300-disk-1",
  ]);
});

test("once the old disk is destroyed nothing speaks for it, and the new one is called new and empty", async () => {
  const old = await rig.resource.create(declared, false, rig.say);
  await set({ delete: "scsi1" });
  await set({ delete: "unused0" });
  rig.said = [];
  const lines = [
    "  drives.scsi1: (absent) => a new, empty disk of 8G on local-lvm  [live]",
    "  drives.scsi1.mbps_rd: (absent) => 40  [live]",
  ].join("\n");
  await rig.resource.update(old, declared, true, rig.say);
  await rig.resource.update(old, declared, false, rig.say);
  expect(rig.said).toEqual([`info: would write 2 changes:\n${lines}`, `info: wrote 2 changes:\n${lines}`]);
  expect((await rig.control.vm(300)).config.scsi1).toBe("local-lvm:vm-300-disk-1,mbps_rd=40,size=8G");
});

test("a storage is asked only where a drive is made or grown", async () => {
  await rig.control.forget();
  await rig.resource.create(declared, true, rig.say);
  await rig.resource.create(declared, false, rig.say);
  const paths = (await rig.control.requests()).map(({ path }) => path);
  expect(paths.filter((path) => path.includes("/storage/"))).toEqual([]);
});

test("what no drive can be does not speak for one: saved memory, cloud-init, other VMs' volumes, a moved disk", async () => {
  const old = await rig.resource.create(declared, false, rig.say);
  await set({ delete: "scsi1" });
  await set({ scsi2: "local-lvm:vm-300-disk-1" });
  await rig.control.act(300, "attach", {
    slot: "scsi5",
    volume: "local-lvm:vm-300-state-before",
    size: "1G",
  });
  await rig.control.act(300, "edit", { scsi5: null });
  await rig.client.put("/nodes/pve/qemu/300/config", { scsi6: "local-lvm:1" });
  await rig.resource.update(
    old,
    inputsFrom({ ...declared, drives: { scsi1: { datastore: "local-lvm", size: "9G" } } }),
    true,
    rig.say,
  );
  expect(rig.said.at(-1)).toContain("a new, empty disk of 9G on local-lvm");
});

test("a disk that is taken out of the slot between two answers is not taken for a lost one: preview and up look again", async () => {
  const scsi5 = { datastore: "local-lvm", size: "2G" };
  const wanted = inputsFrom({ vmid: 300, node: "pve", drives: { scsi5 } });
  for (const preview of [true, false]) {
    await rig.control.act(300, "attach", { slot: "scsi5", volume: "local-lvm:vm-9999-pvc-1", size: "1G" });
    await rig.control.forget();
    await rig.control.hold("GET", "/nodes/pve/qemu/300/pending");
    const run = rig.resource.create(wanted, preview, rig.say);
    await rig.control.whenHeld();
    // QEMU still has the drive in the one answer, the config no longer in the other.
    await expect
      .poll(() => rig.control.requests())
      .toContainEqual(expect.objectContaining({ path: "/nodes/pve/qemu/300/status/current", status: 200 }));
    await rig.control.act(300, "detach", { slot: "scsi5" });
    await rig.control.endHolds();
    await run;
    expect(rig.said.at(-1)).toContain(
      "drives.scsi5: (absent) => a new, empty disk of 2G on local-lvm  [live]",
    );
  }
});
