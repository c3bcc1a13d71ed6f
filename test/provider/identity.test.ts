import { afterEach, beforeEach, expect, test } from "vitest";
import { UnreadVm } from "../../provider/partial-failure.ts";
import { inputsFrom, outputsFrom, type VmConfigOutputs } from "../../provider/vm-config-inputs.ts";
import { Pve } from "../emulator/client.ts";
import { ProviderRig } from "./rig.ts";

const uuid = "1b702a96-dbda-4677-b07c-300a6b742d17";
const config = {
  name: "ours",
  cores: 1,
  memory: 512,
  scsihw: "virtio-scsi-single",
  scsi0: "local-lvm:vm-300-disk-0,mbps_rd=40,size=10G",
  smbios1: `uuid=${uuid}`,
  meta: "creation-qemu=10.0.2,ctime=1717000000",
};
const seed = {
  nodes: [{ name: "pve", cores: 16, memoryGiB: 64, bridges: ["vmbr0"] }],
  storages: [{ name: "local-lvm", type: "lvmthin", content: ["images"], totalGiB: 900 }],
  vms: [{ vmid: 300, node: "pve", running: true, config }],
};
const declared = (memory: number) =>
  inputsFrom({ vmid: 300, node: "pve", options: { memory }, drives: { scsi0: { mbps_rd: memory / 16 } } });

let rig: ProviderRig;

beforeEach(async () => {
  rig = await ProviderRig.start(seed);
});
afterEach(() => rig.stop());

/** Another VM comes under the number; `over` says what else it has. */
async function stranger(
  over: Readonly<Record<string, string>> = {},
): Promise<Readonly<Record<string, string>>> {
  const pve = new Pve(rig.emulator);
  await pve.power(300, "stop");
  expect(await pve.task("DELETE", "/nodes/pve/qemu/300")).toBe("OK");
  const form = { vmid: 300, name: "theirs", scsi0: "local-lvm:10", ...over };
  expect(await pve.task("POST", "/nodes/pve/qemu", form)).toBe("OK");
  await rig.control.forget();
  return (await rig.control.vm(300)).config;
}

const refusal = (id: string) =>
  `VM 300: is another VM than the one that was configured under this number (got theirs on pve, uuid ${id}; known is uuid ${uuid}); nothing of it is touched; correct vmid, endpoint or connection, or have the old VM forgotten: the entry of an adopted one out for one pulumi up, then in again if this VM is meant; of a created one both resources with pulumi state delete`;

async function known(): Promise<VmConfigOutputs> {
  const outputs = await rig.resource.create(declared(640), false, rig.say);
  expect(outputs.identity).toEqual({ uuid, ctime: "1717000000" });
  return outputsFrom({ ...outputs });
}

const uuidOf = (text: Readonly<Record<string, string>>) => text.smbios1?.replace("uuid=", "") ?? "";

test("another VM under the number is refused by preview and up, named with both identities, and stays as it is", async () => {
  const old = await known();
  const theirs = await stranger();
  for (const preview of [true, false]) {
    await expect(rig.resource.update(old, declared(1024), preview, rig.say)).rejects.toThrow(
      refusal(uuidOf(theirs)),
    );
  }
  expect(await rig.control.writes()).toEqual([]);
  expect((await rig.control.vm(300)).config).toEqual(theirs);
});

test("a refresh takes nothing of another VM into the state, and says why", async () => {
  const old = await known();
  const theirs = await stranger();
  const failure: unknown = await rig.resource
    .read(declared(640), old, rig.say)
    .catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(UnreadVm);
  expect(failure).toMatchObject({ message: refusal(uuidOf(theirs)), outputs: old, inputs: declared(640) });
  // Of a created one the run ends there: its creator would go on by the number.
  const created = { ...declared(640), creation: "300" };
  const error: unknown = await rig.resource
    .read(created, { ...old, ...created }, rig.say)
    .catch((one: unknown) => one);
  expect(error).not.toBeInstanceOf(UnreadVm);
  expect(error).toMatchObject({ message: refusal(uuidOf(theirs)) });
});

test("a VM that comes under the number between our read and our write is not written to", async () => {
  const old = await known();
  let theirs: Readonly<Record<string, string>> | undefined;
  rig.api.beforeWrite = async () => {
    theirs ??= await stranger();
  };
  await expect(rig.resource.update(old, declared(1024), false, rig.say)).rejects.toThrow(
    "is another VM than the one that was configured under this number",
  );
  expect((await rig.control.vm(300)).config).toEqual(theirs);
});

test("where either has no uuid the times of creation are compared", async () => {
  const old = await known();
  const { smbios1: _uuid, ...unnamed } = config;
  await rig.control.act(300, "edit", { smbios1: null });
  await rig.resource.update(old, declared(768), false, rig.say);
  await rig.control.act(300, "edit", { meta: unnamed.meta.replace("1717000000", "1717000001") });
  await expect(rig.resource.update(old, declared(640), false, rig.say)).rejects.toThrow(
    `(got ours on pve, no uuid, made at 1717000001; known is uuid ${uuid})`,
  );
});

test("a restored backup, in which uuid and time are the same, is the VM that it was", async () => {
  const old = await known();
  await stranger({ smbios1: `uuid=${uuid.toUpperCase()}` });
  await rig.resource.update(old, declared(1024), false, rig.say);
  expect((await rig.control.vm(300)).config.memory).toBe("1024");
});

test("what cannot be told apart is not refused: a VM without identity, and a state of before", async () => {
  const { identity: _identity, ...before } = await known();
  const theirs = await stranger();
  const outputs = await rig.resource.update(outputsFrom(before), declared(1024), false, rig.say);
  expect(outputs.identity?.uuid).toBe(uuidOf(theirs));
});

test("a uuid that the program writes itself is none to know the VM by", async () => {
  const own = "00000000-1111-2222-3333-444444444444";
  const inputs = inputsFrom({ vmid: 300, node: "pve", options: { smbios1: { uuid: own } } });
  const old = outputsFrom({ ...(await rig.resource.create(inputs, false, rig.say)) });
  await rig.api.stop("pve", 300);
  await rig.api.start("pve", 300);
  const outputs = await rig.resource.update(old, inputs, false, rig.say);
  expect(outputs.identity?.uuid).toBe(own);
});

test("a created VM whose number another has is not given up to its creator, who would destroy the other", async () => {
  const old = outputsFrom({ ...(await known()), creation: "300" });
  await rig.resource.disown(old, rig.say);
  const theirs = await stranger();
  await expect(rig.resource.disown(old, rig.say)).rejects.toThrow(refusal(uuidOf(theirs)));
  // Of an adopted VM nothing is asked: whatever has the number stays as it is.
  const { creation: _creation, ...adopted } = old;
  await rig.control.forget();
  await rig.resource.disown(outputsFrom(adopted), rig.say);
  expect(await rig.control.requests()).toEqual([]);
});
