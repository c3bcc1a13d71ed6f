import { afterEach, beforeEach, expect, test } from "vitest";
import { inputsFrom } from "../../provider/vm-config-inputs.ts";
import type { Reference } from "../../proxmox/reference.ts";
import { ProviderRig } from "./rig.ts";

const config = {
  boot: "order=scsi0",
  cores: 1,
  cpu: "host",
  memory: 512,
  net0: "virtio=BC:24:11:00:00:01,bridge=vmbr7,firewall=0",
  scsihw: "virtio-scsi-single",
  scsi0: "local-lvm:vm-300-disk-0,size=10G",
};
const vm = (vmid: number, more: object = {}) => ({
  vmid,
  node: "pve",
  config: { ...config, scsi0: `local-lvm:vm-${vmid}-disk-0,size=10G`, ...more },
});
const deploy = ["VM.Audit", "VM.Config.CPU", "VM.Config.HWType", "VM.Config.Network", "VM.Config.Disk"];
const seed = {
  nodes: [
    { name: "pve", cores: 16, memoryGiB: 64, bridges: ["vmbr0", "vmbr1"] },
    { name: "pve2", cores: 16, memoryGiB: 64, bridges: ["vmbr0"] },
  ],
  storages: [
    {
      name: "local",
      type: "dir",
      content: ["iso", "import", "snippets"],
      totalGiB: 90,
      volumes: [{ volid: "local:import/a.qcow2", size: "1G" }],
    },
    { name: "local-lvm", type: "lvmthin", content: ["images"], totalGiB: 900 },
    { name: "backups", type: "pbs", content: ["backup"], totalGiB: 900 },
  ],
  vnets: [{ name: "blue", zone: "lab" }],
  pools: [{ name: "prod" }],
  vms: [vm(300), vm(301, { template: 1 }), { ...vm(302, { template: 1 }), node: "pve2" }, vm(303)],
  containers: [{ vmid: 310, node: "pve", config: { hostname: "dns" } }],
  tokens: [
    { id: "few@pve!blind", secret: "s", acl: { "/vms": deploy } },
    {
      id: "few@pve!sees",
      secret: "s",
      acl: { "/vms": deploy, "/sdn": ["SDN.Use"], "/storage": ["Datastore.AllocateSpace"] },
    },
  ],
};

let rig: ProviderRig;

beforeEach(async () => {
  rig = await ProviderRig.start(seed);
});
afterEach(() => rig.stop());

/** What a preview and an up say of a declaration; neither may send anything that writes. */
async function refusals(properties: object, apiToken?: string): Promise<string[]> {
  const inputs = inputsFrom({ vmid: 300, node: "pve", ...properties });
  const texts: string[] = [];
  for (const preview of [true, false]) {
    texts.push(
      await rig
        .resourceWith(apiToken === undefined ? {} : { apiToken })
        .create(inputs, preview, rig.say)
        .then(
          () => "nothing",
          (error: Error) => error.message,
        ),
    );
  }
  expect(texts[1]).toBe(texts[0]);
  expect(await rig.control.writes()).toEqual([]);
  return (texts[0] ?? "").split("\n  ").slice(1);
}

/** Reads that only names need, of those that were sent. */
async function inventoryReads(): Promise<string[]> {
  const paths = (await rig.control.requests()).map(({ path }) => path);
  return paths.filter((path) =>
    /\/capabilities|\/network$|\/storage$|^\/nodes$|permissions|^\/pools/.test(path),
  );
}

test.each([
  [
    "a CPU model",
    { options: { cpu: { cputype: "EPYC-Millan" } } },
    /^options\.cpu\.cputype: node pve has no such CPU model \(got EPYC-Millan\); allowed are EPYC-Milan, .* and \d+ more; correct it$/,
  ],
  [
    "a CPU model that is declared as text",
    { options: { cpu: "hots" } },
    /^options\.cpu: node pve .*\(got hots\); allowed are host,/,
  ],
  [
    "a custom CPU model, where the token sees all of them",
    { options: { cpu: "custom-mine" } },
    /^options\.cpu: node pve has no such CPU model \(got custom-mine\)/,
  ],
  [
    "a machine that is newer than QEMU",
    { options: { machine: "pc-q35-19.0" } },
    /^options\.machine: QEMU on node pve has no such machine \(got pc-q35-19\.0\); allowed are pc-q35-10\.1, /,
  ],
  [
    "a machine of another kind of host",
    { options: { machine: { type: "virt" } } },
    /^options\.machine\.type: .*\(got virt\)/,
  ],
  [
    "a bridge",
    { nics: { net0: { bridge: "vmbr9" } } },
    /^nics\.net0\.bridge: node pve has no such bridge and no such vnet \(got vmbr9\); allowed are vmbr0, vmbr1, blue; correct it, or make the bridge/,
  ],
  [
    "a bridge of a new network device",
    { nics: { net1: { model: "virtio", bridge: "green" } } },
    /^nics\.net1\.bridge: .*\(got green\)/,
  ],
  [
    "a datastore",
    { drives: { scsi1: { size: "4G", datastore: "local-zfs" } } },
    /^drives\.scsi1\.datastore: node pve has no such datastore \(got local-zfs\); allowed are local-lvm; correct it$/,
  ],
  [
    "a datastore that is not for disks",
    { drives: { sata1: { size: "4G", datastore: "local" } } },
    /^drives\.sata1\.datastore: the datastore is not for images, but for iso, import, snippets \(got local\); allowed are local-lvm; choose another, or, where its type can hold them, pvesm set local --content iso,import,snippets,images$/,
  ],
  [
    "a datastore for snippets that can hold none",
    { options: { cicustom: { vendor: "backups:snippets/a.yaml" } } },
    /^options\.cicustom\.vendor: the datastore is not for snippets, but for backup \(got backups\); allowed are local;/,
  ],
  [
    "a datastore for saved state",
    { options: { vmstatestorage: "nowhere" } },
    /^options\.vmstatestorage: node pve has no such datastore \(got nowhere\); allowed are local, local-lvm, backups; correct it$/,
  ],
])(
  "%s that the node does not have is refused in preview and up, and nothing is written",
  async (_, properties, line) => {
    const lines = await refusals(properties);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(line);
  },
);

test("all of them are one message", async () => {
  const lines = await refusals({
    options: { cpu: "hots", machine: "q35" },
    nics: { net0: { bridge: "vmbr9" } },
    drives: { scsi1: { size: "4G", datastore: "local" } },
  });
  expect(lines.map((line) => line.split(":")[0])).toEqual([
    "options.cpu",
    "nics.net0.bridge",
    "drives.scsi1.datastore",
  ]);
});

test("names that are there are written: vnets, machines with a revision, drives on what is for them", async () => {
  const inputs = inputsFrom({
    vmid: 300,
    node: "pve",
    options: { cpu: "x86-64-v3", machine: "pc-q35-10.0+pve1", cicustom: { vendor: "local:snippets/a.yaml" } },
    nics: { net0: { bridge: "blue" }, net1: { model: "virtio", bridge: "vmbr1" } },
    drives: { scsi1: { size: "4G", datastore: "local-lvm" } },
  });
  await rig.resource.create(inputs, false, rig.say);
  expect((await rig.control.vm(300)).config).toMatchObject({ cpu: "x86-64-v3", machine: "pc-q35-10.0+pve1" });
});

test("what the VM has already stops nothing, and nothing is asked about it", async () => {
  await rig.control.act(300, "edit", { machine: "pc-q35-19.0" });
  const inputs = inputsFrom({
    vmid: 300,
    node: "pve",
    options: { cpu: { cputype: "host", hidden: true }, machine: "pc-q35-19.0", cores: 2 },
    // Another device of the VM has the bridge, so that it is there whatever the list says.
    nics: { net0: { bridge: "vmbr7", firewall: true }, net1: { model: "virtio", bridge: "vmbr7" } },
    drives: { scsi0: { datastore: "local-lvm", mbps_rd: 40 } },
  });
  await rig.resource.create(inputs, true, rig.say);
  expect(await inventoryReads()).toEqual([]);
  await rig.resource.create({ ...inputs, options: { cores: 2 } }, false, rig.say);
  expect(await inventoryReads()).toEqual([]);
  await rig.control.forget();
  await rig.resource.create({ ...inputs, options: { cores: 2 } }, false, rig.say);
  expect((await rig.control.requests()).map(({ path }) => path.replace("/nodes/pve/qemu/300", ""))).toEqual([
    "/pending",
    "/status/current",
  ]);
});

test("a VM for another kind of processor is not judged by the node's lists", async () => {
  await rig.control.act(300, "edit", { arch: "aarch64" });
  const inputs = inputsFrom({ vmid: 300, node: "pve", options: { cpu: "cortex-a57", machine: "virt" } });
  await rig.resource.create(inputs, true, rig.say);
  expect(await inventoryReads()).toEqual([]);
});

test("what the token has no right on is not called missing", async () => {
  const blind = "few@pve!blind=s";
  for (const properties of [
    { options: { cpu: "custom-mine" } },
    { nics: { net0: { bridge: "vmbr9" } } },
    { options: { cicustom: { vendor: "nowhere:snippets/a.yaml" } } },
    { options: { vmstatestorage: "nowhere" } },
  ]) {
    await rig
      .resourceWith({ apiToken: blind })
      .create(inputsFrom({ vmid: 300, node: "pve", ...properties }), true, rig.say);
  }
  expect(rig.said).toHaveLength(4);
  const sees = "few@pve!sees=s";
  expect(await refusals({ nics: { net0: { bridge: "vmbr9" } } }, sees)).toHaveLength(1);
  expect(await refusals({ options: { vmstatestorage: "nowhere" } }, sees)).toHaveLength(1);
});

test.each([403, 501])("lists that cannot be read (%i) stop nothing", async (status) => {
  for (const path of ["/nodes/pve/capabilities/**", "/nodes/pve/network", "/nodes/pve/storage"]) {
    await rig.control.fault({ path, action: "fail", status });
  }
  const inputs = inputsFrom({
    vmid: 300,
    node: "pve",
    options: { machine: "pc-q35-19.0" },
    nics: { net0: { bridge: "vmbr9" } },
  });
  await rig.resource.create(inputs, true, rig.say);
  expect(rig.said.at(-1)).toContain("would write 2 changes");
});

const line = async (reference: Reference, node = "pve") =>
  (await rig.resource.missing(node, [reference])).map(({ path, reason }) => `${path}: ${reason}`).join("\n");

test.each<[string, Reference, RegExp]>([
  [
    "node",
    { kind: "node", path: "node", name: "pve9" },
    /^node: the cluster has no such node \(got pve9\); allowed are pve, pve2; correct it$/,
  ],
  [
    "template",
    { kind: "template", path: "create.template.vmid", name: "999" },
    /^create\.template\.vmid: no VM has this id \(got 999\); allowed is a template on node pve,/,
  ],
  [
    "VM to clone, but a container",
    { kind: "template", path: "t", name: "310" },
    /^t: is container 310 'dns' on node pve \(got 310\)/,
  ],
  [
    "template on this node",
    { kind: "template", path: "t", name: "302" },
    /^t: the template is on node pve2 \(got 302\); .*; make one on pve, or the VM on pve2$/,
  ],
  [
    "template that a linked clone could be made of",
    { kind: "template", path: "t", name: "303", linked: true },
    /^t: is a VM and no template, of which no linked clone is made \(got 303\)/,
  ],
  [
    "image",
    { kind: "volume", path: "i", name: "local:import/b.qcow2", content: "import" },
    /^i: the datastore has no such file \(got local:import\/b\.qcow2\); allowed are local:import\/a\.qcow2; correct it, or download it first$/,
  ],
  [
    "pool",
    { kind: "pool", path: "pool", name: "test" },
    /^pool: there is no such pool \(got test\); allowed are prod; correct it, or make it first/,
  ],
])("of a VM that is to be created, a missing %s is told", async (_, reference, expected) => {
  expect(await line(reference)).toMatch(expected);
});

test("of a VM that is to be created, what is there is nothing to tell", async () => {
  const there: Reference[] = [
    { kind: "node", path: "node", name: "pve" },
    { kind: "template", path: "t", name: "301", linked: true },
    { kind: "template", path: "t", name: "303" },
    { kind: "volume", path: "i", name: "local:import/a.qcow2", content: "import" },
    { kind: "pool", path: "pool", name: "prod" },
    { kind: "datastore", path: "d", name: "local-lvm", content: "images" },
  ];
  expect(await rig.resource.missing("pve", there)).toEqual([]);
  // On a node that is not there nothing else is told.
  const problems = await rig.resource.missing("pve9", [
    { kind: "node", path: "node", name: "pve9" },
    { kind: "bridge", path: "b", name: "vmbr9" },
  ]);
  expect(problems.map(({ path }) => path)).toEqual(["node"]);
});
