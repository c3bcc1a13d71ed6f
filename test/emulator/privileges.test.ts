import { afterAll, beforeAll, expect, test } from "vitest";
import type { Acl } from "../../emulator/auth.ts";
import { type Emulator, startEmulator } from "../../emulator/start.ts";
import { type Answer, Pve } from "./client.ts";
import { SMALL_SEED } from "./small-seed.ts";

/** What qemu-server 9.2.6 asks for (PVE/API2/Qemu.pm); one user who may everything, less some paths and privileges. */

const CONFIG = ["CDROM", "CPU", "Cloudinit", "Disk", "HWType", "Memory", "Network", "Options"];
const VM = ["VM.Audit", "VM.PowerMgmt", "VM.Allocate", ...CONFIG.map((name) => `VM.Config.${name}`)];
const vms = (...lacking: string[]): Acl => ({ "/vms": VM.filter((one) => !lacking.includes(one)) });
const use = (...paths: string[]): Acl =>
  Object.fromEntries(paths.map((path) => [path, [path.startsWith("/mapping") ? "Mapping.Use" : "SDN.Use"]]));

interface Row {
  readonly has: Acl;
  readonly before?: Readonly<Record<string, string>>;
  readonly form: Readonly<Record<string, string>>;
  /** The 403's path and privilege; another error's text; or nothing, when the change is made. */
  readonly denied?: string;
  readonly error?: string;
}

const zone = "/sdn/zones/localnetwork";
const nic = "virtio=BC:24:11:00:07:01";

const ROWS: Readonly<Record<string, Row>> = {
  "the bridge that a nic has": {
    has: { ...vms(), ...use(`${zone}/vmbr8`) },
    before: { net3: `${nic},bridge=vmbr7` },
    form: { net3: `${nic},bridge=vmbr8` },
    denied: `${zone}/vmbr7, SDN.Use`,
  },
  "the bridge of a nic that goes": {
    has: vms(),
    before: { net3: `${nic},bridge=vmbr7` },
    form: { delete: "net3" },
    denied: `${zone}/vmbr7, SDN.Use`,
  },
  "no bridge, no right on one": {
    has: vms(),
    before: { net3: nic },
    form: { net3: `${nic},mtu=1400` },
  },
  "the VLAN alone": {
    has: { ...vms(), ...use(`${zone}/vmbr7/40`, `${zone}/vmbr7/41`) },
    before: { net3: `${nic},bridge=vmbr7,tag=40` },
    form: { net3: `${nic},bridge=vmbr7,tag=41` },
  },
  "another VLAN": {
    has: { ...vms(), ...use(`${zone}/vmbr7/40`) },
    before: { net3: `${nic},bridge=vmbr7,tag=40` },
    form: { net3: `${nic},bridge=vmbr7,tag=42` },
    denied: `${zone}/vmbr7/42, SDN.Use`,
  },
  "the untagged bridge, which a right on a VLAN does not give": {
    has: { ...vms(), ...use(`${zone}/vmbr7/40`) },
    before: { net3: `${nic},bridge=vmbr7,tag=40` },
    form: { net3: `${nic},bridge=vmbr7` },
    denied: `${zone}/vmbr7, SDN.Use`,
  },
  "each VLAN of a trunk": {
    has: { ...vms(), ...use(`${zone}/vmbr7/5`, `${zone}/vmbr7/6`) },
    form: { net3: `${nic},bridge=vmbr7,trunks=5-7` },
    denied: `${zone}/vmbr7/7, SDN.Use`,
  },
  "a VLAN that was taken away from the bridge": {
    has: { ...vms(), ...use(`${zone}/vmbr7`), [`${zone}/vmbr7/40`]: [] },
    form: { net3: `${nic},bridge=vmbr7,tag=40` },
    denied: `${zone}/vmbr7/40, SDN.Use`,
  },
  "the PCI mapping that was": {
    has: { ...vms(), ...use("/mapping/pci/nvme") },
    before: { hostpci4: "mapping=tape" },
    form: { hostpci4: "mapping=nvme,pcie=1" },
    denied: "/mapping/pci/tape, Mapping.Use",
  },
  "the USB mapping, after VM.Config.HWType": {
    has: vms("VM.Config.HWType"),
    form: { usb5: "mapping=dongle" },
    denied: "/vms/100, VM.Config.HWType",
  },
  "the USB mapping that goes": {
    has: { ...vms(), ...use("/mapping/usb/other") },
    before: { usb5: "mapping=dongle,usb3=1" },
    form: { delete: "usb5" },
    denied: "/mapping/usb/dongle, Mapping.Use",
  },
  "a mapping by the default key": {
    has: { ...vms(), ...use("/mapping/dir") },
    form: { virtiofs2: "projects,cache=never" },
  },
  "the shared directory": {
    has: { ...vms("VM.Config.HWType"), ...use("/mapping/dir/other") },
    form: { virtiofs2: "dirid=projects" },
    denied: "/mapping/dir/projects, Mapping.Use",
  },
  "the host's random generator": {
    has: vms(),
    form: { rng0: "source=/dev/hwrng,max_bytes=512" },
    denied: "/mapping/hwrng, Mapping.Use",
  },
  "the random generator that was the host's": {
    has: vms(),
    before: { rng0: "/dev/hwrng" },
    form: { rng0: "/dev/random" },
    denied: "/mapping/hwrng, Mapping.Use",
  },
  "the storage for saved state": {
    has: { ...vms(), "/storage": ["Datastore.Audit"] },
    form: { vmstatestorage: "local-lvm" },
    denied: "/storage/local-lvm, Datastore.AllocateSpace",
  },
  "tags that go": {
    has: vms("VM.Config.Options"),
    before: { tags: "prod" },
    form: { delete: "tags" },
    denied: "/vms/100, VM.Config.Options",
  },
  "the old name of the sockets": {
    has: vms("VM.Config.CPU"),
    form: { smp: "2" },
    denied: "/vms/100, VM.Config.CPU",
  },
  "a cloud-init image, which asks for no space": {
    has: vms(),
    form: { sata4: "local-lvm:cloudinit" },
  },
  "an image that another VM owns": {
    has: { ...vms("VM.Allocate"), "/storage": ["Datastore.AllocateSpace"] },
    form: { sata4: "local-lvm:0,import-from=local-lvm:vm-101-disk-0" },
    denied: "/vms/101, VM.Clone",
  },
  "a raw USB device that was": {
    has: vms(),
    before: { usb5: "1-4" },
    form: { usb5: "spice" },
    error: "only root can set 'usb5' config for real devices\n",
  },
  "spice in capitals": { has: vms(), form: { usb5: "SPICE" } },
  "a serial device that was": {
    has: vms(),
    before: { serial2: "/dev/ttyUSB0" },
    form: { serial2: "socket" },
    error: "only root can modify 'serial2' config for real devices\n",
  },
  "a serial device that goes": {
    has: vms(),
    before: { serial2: "/dev/ttyUSB0" },
    form: { delete: "serial2" },
    error: "only root can delete 'serial2' config for real devices\n",
  },
};

/** What the rows before may have left. */
const nothing = Object.fromEntries(
  ["net3", "hostpci4", "usb5", "virtiofs2", "rng0", "serial2", "sata4"].map((key) => [key, null]),
);
const cards = { hostpci4: "mapping=tape,romfile=card.bin" };

let emulator: Emulator;
let pve: Pve;
const tokens = [
  ...Object.values(ROWS).map(({ has }, index) => ({ id: `row@pve!row${index}`, secret: "s", acl: has })),
  { id: "row@pve!tape", secret: "s", acl: { ...vms(), ...use("/mapping/pci/tape") } },
  {
    id: "row@pve!pool",
    secret: "s",
    acl: { "/pool/lab": VM, "/storage": ["Datastore.AllocateSpace"], ...use(`${zone}/vmbr0`) },
  },
  {
    id: "row@pve!copier",
    secret: "s",
    acl: { "/vms": ["VM.Clone", "VM.Allocate"], "/storage/local-lvm": ["Datastore.AllocateSpace"] },
  },
];
beforeAll(async () => {
  const report = (message: string) => {
    throw new Error(message);
  };
  emulator = await startEmulator({ seed: { ...SMALL_SEED, tokens }, report });
  pve = new Pve(emulator);
});
afterAll(() => emulator.close());

const as = (token: string) => ({ headers: { authorization: `PVEAPIToken=${token}=s` } });
async function put(token: string, form: Readonly<Record<string, string>>): Promise<Answer> {
  return pve.call("PUT", "/nodes/pve/qemu/100/config", { ...as(token), form });
}

test.each(Object.entries(ROWS).map(([name, row], index) => ({ name, row, index })))(
  "what a change asks for: $name",
  async ({ row, index }) => {
    await pve.control("POST", "/vms/100/edit", { ...nothing, ...row.before });
    const answer = await put(`row@pve!row${index}`, row.form);
    const { denied, error } = row;
    if (denied !== undefined) {
      expect(answer).toMatchObject({ status: 403, message: `Permission check failed (${denied})\n` });
    } else if (error !== undefined) expect(answer).toMatchObject({ status: 500, message: error });
    else expect(answer.status, answer.body).toBe(200);
  },
);

test.each([{ hostpci4: "mapping=tape" }, { delete: "hostpci4" }, { hostpci4: "mapping=tape,romfile=b.bin" }])(
  "a PCI device with a romfile is root's, whatever is to become of it: %j",
  async (form: Record<string, string>) => {
    await pve.control("POST", "/vms/100/edit", cards);
    const answer = await put("row@pve!tape", form);
    expect(answer.status).toBe(400);
    expect(answer.errors).toEqual({ hostpci4: "only root@pam can set 'romfile' option" });
  },
);

test("the rights in a pool are rights on the VM that is created in it", async () => {
  const form = { vmid: "700", pool: "lab", scsi0: "local-lvm:4", net0: `${nic},bridge=vmbr0`, onboot: "1" };
  const made = await pve.call("POST", "/nodes/pve/qemu", { ...as("row@pve!pool"), form });
  expect(made.status, made.body).toBe(200);
  const { pool: _, ...alone } = form;
  const outside = { ...as("row@pve!pool"), form: { ...alone, vmid: "701" } };
  const refused = await pve.call("POST", "/nodes/pve/qemu", outside);
  expect(refused).toMatchObject({ status: 403, message: "Permission check failed\n" });
});

test("a clone asks for the bridges and mappings that the copy takes over", async () => {
  const clone = (newid: string) =>
    pve.call("POST", "/nodes/pve/qemu/101/clone", { ...as("row@pve!copier"), form: { newid } });
  await pve.control("POST", "/vms/101/edit", { rng0: "/dev/hwrng" });
  expect((await clone("710")).message).toBe("Permission check failed (/mapping/hwrng, Mapping.Use)\n");
  await pve.control("POST", "/vms/101/edit", { rng0: "/dev/urandom" });
  expect((await clone("710")).message).toBe(`Permission check failed (${zone}/vmbr0/10, SDN.Use)\n`);
});

test("a removal that fails for want of a privilege keeps the code of the refusal in its text", async () => {
  const form = { delete: "sata0", force: "1" };
  const answer = await pve.call("PUT", "/nodes/pve/qemu/101/config", { ...as("row@pve!row0"), form });
  expect(answer.errors).toEqual({
    sata0:
      "unable to apply pending change sata0 : 403 Permission check failed (/storage/local-lvm, Datastore.AllocateSpace)\n",
  });
});
