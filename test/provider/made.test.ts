import { afterEach, beforeEach, expect, test } from "vitest";
import { diffMade } from "../../provider/made.ts";
import { inputsFrom, outputsFrom, type VmConfigOutputs } from "../../provider/vm-config-inputs.ts";
import type { Scalar } from "../../proxmox/declared.ts";
import { ProviderRig } from "./rig.ts";

const seed = {
  nodes: [{ name: "pve", cores: 16, memoryGiB: 64, bridges: ["vmbr0"] }],
  storages: [
    { name: "local-lvm", type: "lvmthin", content: ["images"], totalGiB: 900 },
    { name: "fast", type: "lvmthin", content: ["images"], totalGiB: 900 },
  ],
  pools: [{ name: "prod", vms: [300] }, { name: "lab" }],
  vms: [
    {
      vmid: 300,
      node: "pve",
      config: {
        cores: 1,
        memory: 512,
        name: "web",
        scsihw: "virtio-scsi-single",
        scsi0: "local-lvm:vm-300-disk-0,size=10G",
      },
    },
  ],
};
const origin = { "create.template.vmid": 9000, "create.template.full": true, pool: "prod" };
const web = (
  made: Readonly<Record<string, Scalar>> | undefined,
  options: Record<string, Scalar> = { cores: 1 },
) => inputsFrom({ vmid: 300, node: "pve", creation: "300", options, ...(made && { made }) });

let rig: ProviderRig;
let old: VmConfigOutputs;

beforeEach(async () => {
  rig = await ProviderRig.start(seed);
  old = await rig.resource.create(web(origin), false, rig.say);
  await rig.control.forget();
});
afterEach(() => rig.stop());

/** What preview and up say; neither may send anything that writes. */
async function refused(
  made: Readonly<Record<string, Scalar>>,
  options?: Record<string, Scalar>,
): Promise<string[]> {
  const texts: string[] = [];
  for (const preview of [true, false]) {
    const run = rig.resource.update(outputsFrom({ ...old }), web(made, options), preview, rig.say);
    texts.push(
      await run.then(
        () => "nothing",
        (error: Error) => error.message,
      ),
    );
  }
  expect(texts[1]).toBe(texts[0]);
  expect(await rig.control.writes()).toEqual([]);
  return (texts[0] ?? "").split("\n  ").slice(1);
}

const byHand = (line = "") => /by hand \(([^)]*)\)/.exec(line)?.[1];
const put = (form: Readonly<Record<string, string>>) => rig.client.put("/nodes/pve/qemu/300/config", form);

test("another template is an error that names both, since it cannot be had", async () => {
  expect(await refused({ ...origin, "create.template.vmid": 9001 })).toEqual([
    "create.template.vmid: is read only when a VM is made, and this VM exists and is not so (got 9001); allowed is 9000, with which it was made, or what the VM has by now; write 9000 back",
  ]);
});

test("each key that is changed or added is named in one error, with what a hand would do", async () => {
  const lines = await refused({
    ...origin,
    pool: "lab",
    "efi.datastore": "fast",
    "efi.type": "4m",
    "efi.preEnrolledKeys": true,
    "tpm.datastore": "fast",
    "tpm.version": "v2.0",
    "cloudInit.interface": "ide2",
    "cloudInit.datastore": "local-lvm",
  });
  expect(lines.map((line) => [line.split(":")[0], byHand(line)])).toEqual([
    ["pool", "pvesh set /pools/lab --vms 300 --allow-move 1"],
    ["efi.datastore", "qm set 300 --efidisk0 fast:1,efitype=4m,pre-enrolled-keys=1"],
    ["efi.type", "qm set 300 --efidisk0 fast:1,efitype=4m,pre-enrolled-keys=1"],
    ["efi.preEnrolledKeys", "qm set 300 --efidisk0 fast:1,efitype=4m,pre-enrolled-keys=1"],
    ["tpm.datastore", "qm set 300 --tpmstate0 fast:1,version=v2.0"],
    ["tpm.version", "qm set 300 --tpmstate0 fast:1,version=v2.0"],
    ["cloudInit.interface", "qm set 300 --ide2 local-lvm:cloudinit"],
    ["cloudInit.datastore", "qm set 300 --ide2 local-lvm:cloudinit"],
  ]);
  expect(lines[0]).toContain("(got lab); allowed is prod, with which it was made, ");
  expect(lines[1]).toContain(
    "allowed is an entry without it, or what the VM has by now; take it out of the entry, or ",
  );
});

test("what a hand has done meanwhile is accepted, and is what the VM was made with from then on", async () => {
  await rig.client.put("/pools", { poolid: "lab", vms: "300", "allow-move": "1" });
  await put({
    efidisk0: "fast:1,efitype=4m,pre-enrolled-keys=1",
    tpmstate0: "fast:1,version=v2.0",
    ide2: "local-lvm:cloudinit",
  });
  await rig.control.forget();
  const made = {
    ...origin,
    pool: "lab",
    "efi.datastore": "fast",
    "efi.type": "4m",
    "efi.preEnrolledKeys": true,
    "tpm.datastore": "fast",
    "tpm.version": "v2.0",
    "cloudInit.interface": "ide2",
    "cloudInit.datastore": "local-lvm",
  };
  old = await rig.resource.update(old, web(made), false, rig.say);
  expect(old.made).toEqual(made);
  expect(await rig.control.writes()).toEqual([]);
  // What is made is not made otherwise: a type for good, a datastore by moving it.
  const lines = await refused({
    ...made,
    "efi.type": "2m",
    "tpm.datastore": "local-lvm",
    "cloudInit.interface": "ide0",
  });
  expect(lines.map((line) => [line.split(":")[0], byHand(line)])).toEqual([
    ["efi.type", undefined],
    ["tpm.datastore", "qm disk move 300 tpmstate0 local-lvm"],
    ["cloudInit.interface", "qm set 300 --ide0 local-lvm:cloudinit"],
  ]);
});

test("the firmware is not switched without the disk that it needs, also where the state knows of no creation", async () => {
  const efi = { ...origin, "efi.datastore": "fast", "efi.type": "4m", "efi.preEnrolledKeys": false };
  const { made: _made, ...before } = old;
  for (const state of [old, before]) {
    old = outputsFrom({ ...state }) as VmConfigOutputs;
    expect((await refused(efi, { cores: 1, bios: "ovmf" })).map((line) => line.split(":")[0])).toEqual([
      "efi.datastore",
      "efi.type",
      "efi.preEnrolledKeys",
    ]);
  }
  await put({ efidisk0: "fast:1,efitype=4m" });
  await rig.resource.update(old, web(efi, { cores: 1, bios: "ovmf" }), false, rig.say);
  expect((await rig.control.vm(300)).config.bios).toBe("ovmf");
});

test("what is taken out of the entry is given up, and said", async () => {
  rig.said = [];
  const { pool: _pool, ...rest } = origin;
  await rig.resource.update(old, web(rest), false, rig.say);
  expect(rig.said).toEqual([
    "info: no longer owned, left as they are: pool",
    "info: already as declared: nothing was written",
  ]);
  rig.said = [];
  await rig.resource.update(old, web(undefined), false, rig.say);
  expect(rig.said).toEqual(["info: already as declared: nothing was written"]);
});

test("a node that does not answer is told as it is of every other change", async () => {
  await rig.control.fault({
    path: "/nodes/pve/qemu/300/**",
    action: "fail",
    status: 595,
    message: "No route to host",
  });
  const words = async (made: Readonly<Record<string, Scalar>>, options: Record<string, Scalar>) =>
    rig.resource.update(old, web(made, options), true, rig.say).catch((error: Error) => error.message);
  const text = await words({ ...origin, pool: "lab" }, { cores: 1 });
  expect(text).toContain("VM 300: ");
  expect(text).toBe(await words(origin, { cores: 2 }));
});

test("a run that changes none of it asks for nothing more, whatever the VM has by now", async () => {
  await rig.client.put("/pools", { poolid: "lab", vms: "300", "allow-move": "1" });
  await rig.control.forget();
  await rig.resource.update(old, web(origin), false, rig.say);
  expect((await rig.control.requests()).map(({ path }) => path)).toEqual([
    "/nodes/pve/qemu/300/pending",
    "/nodes/pve/qemu/300/status/current",
  ]);
});

test("the engine is told that something differs where it does, in whatever order, and once where nothing was known", () => {
  const reversed = Object.fromEntries(Object.entries(origin).toReversed());
  expect(diffMade(web(origin), web(reversed))).toEqual([]);
  expect(diffMade(web(undefined), web(undefined))).toEqual([]);
  expect(
    diffMade(web(origin), web({ ...origin, pool: "lab" })).map(({ path, kind }) => [path, kind]),
  ).toEqual([["made", "update"]]);
  expect(diffMade(web(undefined), web(origin)).map(({ kind }) => kind)).toEqual(["add"]);
  expect(diffMade(web(origin), web(undefined)).map(({ kind }) => kind)).toEqual(["disown"]);
});
