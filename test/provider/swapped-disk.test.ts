import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  inputsFrom,
  outputsFrom,
  type VmConfigInputs,
  type VmConfigOutputs,
} from "../../provider/vm-config-inputs.ts";
import { ProviderRig } from "./rig.ts";

const disk = (index: number) => `local-lvm:vm-300-disk-${index}`;
const seed = {
  nodes: [{ name: "pve", cores: 16, memoryGiB: 64, bridges: ["vmbr0"] }],
  storages: [
    { name: "local-lvm", type: "lvmthin", content: ["images"], totalGiB: 900 },
    { name: "fast", type: "lvmthin", content: ["images"], totalGiB: 900 },
  ],
  vms: [
    {
      vmid: 300,
      node: "pve",
      config: {
        cores: 1,
        memory: 512,
        scsihw: "virtio-scsi-single",
        scsi0: `${disk(0)},mbps_rd=40,size=10G`,
        scsi1: `${disk(1)},mbps_rd=40,size=20G`,
        unused0: disk(2),
      },
    },
  ],
  tokens: [
    { id: "caps@pve!only", secret: "s", acl: { "/vms": ["VM.Audit", "VM.Config.Disk", "VM.Config.CPU"] } },
  ],
};
const declare = (drives: Record<string, object>, options = {}) =>
  inputsFrom({ vmid: 300, node: "pve", drives, options });
const declared = declare({ scsi0: { mbps_rd: 40, size: "10G" }, scsi1: { mbps_rd: 40, size: "20G" } });
const capped = declare({ scsi0: { mbps_rd: 60, size: "10G" }, scsi1: { mbps_rd: 40, size: "20G" } });
const grown = declare({ scsi0: { mbps_rd: 40, size: "30G" }, scsi1: { mbps_rd: 40, size: "20G" } });

let rig: ProviderRig;
let old: VmConfigOutputs;

beforeEach(async () => {
  rig = await ProviderRig.start(seed);
  old = await rig.resource.create(declared, false, rig.say);
  await rig.control.forget();
});
afterEach(() => rig.stop());

/** The state as the engine has it before a run: it looks first. */
async function looked(before: VmConfigOutputs, inputs: VmConfigInputs = declared): Promise<VmConfigOutputs> {
  const read = await rig.resource.read(inputs, outputsFrom({ ...before }), rig.say);
  return outputsFrom({ ...read?.outputs });
}

/** What preview and up rig.say; neither may send anything that writes. */
async function refused(news: VmConfigInputs, by = rig.resource): Promise<string> {
  const texts: string[] = [];
  for (const preview of [true, false]) {
    const before = await looked(await looked(old));
    await rig.control.forget();
    texts.push(
      await by.update(before, news, preview, rig.say).then(
        () => "nothing",
        (error: Error) => error.message,
      ),
    );
    expect(await rig.control.writes()).toEqual([]);
  }
  expect(texts[1]).toBe(texts[0]);
  return texts[0] ?? "";
}

const got = (text: string) =>
  /drives\.scsi0: another disk is in the slot than was last seen there \(got (.*?)\); allowed/.exec(
    text,
  )?.[1];

async function swap(): Promise<void> {
  await rig.control.act(300, "edit", {
    scsi0: `${disk(1)},mbps_rd=40,size=20G`,
    scsi1: `${disk(0)},mbps_rd=40,size=10G`,
  });
}

test("a preview names the disks that its changes are about, whether they are capped or grown", async () => {
  rig.said = [];
  await rig.resource.update(old, declare({ scsi0: { mbps_rd: 60 }, scsi1: { size: "30G" } }), true, rig.say);
  expect(rig.said.at(-1)).toBe(`info: drives.scsi0 is ${disk(0)}, drives.scsi1 is ${disk(1)}`);
  rig.said = [];
  await rig.resource.update(
    old,
    declare(declared.drives as Record<string, object>, { cores: 2 }),
    true,
    rig.say,
  );
  expect(rig.said.join()).not.toContain("drives.");
});

describe("disks that were exchanged by hand", () => {
  beforeEach(swap);

  test.each([
    ["capped", capped],
    ["grown", grown],
  ])("are not %s, and both are named with the ways out, over any number of refreshes", async (_, news) => {
    const text = await refused(news);
    expect(got(text)).toBe(`${disk(1)}, last seen ${disk(0)}, which is scsi1 now`);
    expect(text).toContain(`if they were mixed up, put them back (qm set 300 --scsi0 ${disk(0)})`);
    expect(text).toContain("take scsi0 out of drives, run pulumi up, and declare it again");
    expect(text).not.toContain("if Proxmox moved");
  });

  test("stop nothing else where they are as declared, and are not forgotten over what is written beside them", async () => {
    const news = declare({ scsi0: { mbps_rd: 40 }, scsi1: { mbps_rd: 40 } }, { cores: 2 });
    old = await rig.resource.update(await looked(old), news, false, rig.say);
    expect(await rig.control.writes()).toHaveLength(1);
    expect(old.volumes).toEqual({ scsi0: disk(0), scsi1: disk(1) });
    expect(got(await refused(capped))).toContain(`last seen ${disk(0)}`);
  });

  test("are the reason that is told where a size is not as declared", async () => {
    const text = await refused(declared);
    expect(got(text)).toContain(`last seen ${disk(0)}`);
    expect(text).not.toContain("drives do not shrink");
  });

  test("are written once they are back in their slots", async () => {
    await refused(grown);
    await rig.control.act(300, "edit", {
      scsi0: `${disk(0)},mbps_rd=40,size=10G`,
      scsi1: `${disk(1)},mbps_rd=40,size=20G`,
    });
    await rig.resource.update(await looked(old), grown, false, rig.say);
    expect((await rig.control.vm(300)).config.scsi0).toBe(`${disk(0)},mbps_rd=40,size=30G`);
  });

  test("are written where they are once the slots were given up and declared again", async () => {
    old = await rig.resource.update(await looked(old), declare({}), false, rig.say);
    expect(old.volumes).toEqual({});
    const swapped = declare({ scsi0: { mbps_rd: 60 }, scsi1: { mbps_rd: 40 } });
    old = await rig.resource.update(await looked(old, declare({})), swapped, false, rig.say);
    expect(old.volumes).toEqual({ scsi0: disk(1), scsi1: disk(0) });
    expect((await rig.control.vm(300)).config.scsi0).toBe(`${disk(1)},mbps_rd=60,size=20G`);
  });
});

test("a disk that was put over another one, which is kept aside, is not grown, until the other is put back", async () => {
  await rig.client.put("/nodes/pve/qemu/300/config", { scsi0: `${disk(2)},mbps_rd=40` });
  const text = await refused(declare({ scsi0: { mbps_rd: 60 } }));
  const aside = Object.entries((await rig.control.vm(300)).config).find(([, text]) => text === disk(0))?.[0];
  expect(got(text)).toBe(`${disk(2)}, last seen ${disk(0)}, which is ${aside} now`);
  const [, slot = "", volume = ""] = /put them back \(qm set 300 --(\w+) (\S+)\)/.exec(text) ?? [];
  await rig.client.put("/nodes/pve/qemu/300/config", { [slot]: volume });
  await rig.resource.update(await looked(old), declare({ scsi0: { mbps_rd: 60 } }), false, rig.say);
  expect((await rig.control.vm(300)).config.scsi0).toBe(`${disk(0)},mbps_rd=60,size=10G`);
});

test("a disk that Proxmox moved is the slot's own from the next write on", async () => {
  await rig.client.post("/nodes/pve/qemu/300/move_disk", { disk: "scsi0", storage: "fast", delete: "1" });
  await expect.poll(async () => (await rig.control.vm(300)).config.scsi0).toContain("fast:");
  const next = await rig.resource.update(await looked(old), grown, false, rig.say);
  expect((await rig.control.vm(300)).config.scsi0).toBe("fast:vm-300-disk-0,mbps_rd=40,size=30G");
  expect(next.volumes).toMatchObject({ scsi0: "fast:vm-300-disk-0" });
});

test("of one that Proxmox moved and kept a copy of, the copy is named, and once it is gone the disk is written", async () => {
  await rig.client.post("/nodes/pve/qemu/300/move_disk", { disk: "scsi0", storage: "fast" });
  await expect.poll(async () => (await rig.control.vm(300)).config.scsi0).toContain("fast:");
  const text = await refused(capped);
  expect(got(text)).toMatch(/^fast:vm-300-disk-0, last seen local-lvm:vm-300-disk-0, which is unused\d now$/);
  const copy =
    /if Proxmox moved the disk, remove the copy that it left \(qm disk unlink 300 --idlist (\w+)\)/.exec(
      text,
    )?.[1] ?? "";
  await rig.client.put("/nodes/pve/qemu/300/config", { delete: copy });
  await rig.resource.update(await looked(old), capped, false, rig.say);
  expect((await rig.control.vm(300)).config.scsi0).toBe("fast:vm-300-disk-0,mbps_rd=60,size=10G");
});

test("where the token may not look whether the disk is gone, that is said", async () => {
  await rig.client.post("/nodes/pve/qemu/300/move_disk", { disk: "scsi0", storage: "fast", delete: "1" });
  await expect.poll(async () => (await rig.control.vm(300)).config.scsi0).toContain("fast:");
  const text = await refused(capped, rig.resourceWith({ apiToken: "caps@pve!only=s" }));
  expect(got(text)).toBe(`fast:vm-300-disk-0, last seen ${disk(0)}, which is in no slot now`);
  expect(text).toContain(
    `if Proxmox moved the disk, let the token see that ${disk(0)} is gone (Datastore.Audit on /storage/local-lvm)`,
  );
});

test("storages are asked only where another disk would be written, and a run that writes nothing asks none", async () => {
  const asked = async () =>
    (await rig.control.requests()).filter(({ path }) => path.includes("/storage/")).length;
  await rig.resource.update(old, capped, false, rig.say);
  expect(await asked()).toBe(0);
  await swap();
  const capsOnly = declare({ scsi0: { mbps_rd: 40 }, scsi1: { mbps_rd: 40 } });
  await rig.resource.update(old, capsOnly, false, rig.say);
  expect(await asked()).toBe(0);
});
