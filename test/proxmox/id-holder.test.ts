import { afterEach, expect, test } from "vitest";
import { type Emulator, startEmulator } from "../../emulator/start.ts";
import { ProxmoxClient } from "../../proxmox/api/client.ts";
import { VmApi } from "../../proxmox/api/vm-api.ts";
import { VmReader } from "../../proxmox/api/vm-reader.ts";
import { requireVm } from "../../proxmox/converge/converge.ts";
import { connectionOf } from "../connection-of.ts";
import { SMALL_SEED } from "../emulator/small-seed.ts";
import { declare } from "./vm.ts";

let emulator: Emulator;
afterEach(() => emulator.close());

async function readerFor(apiToken?: string): Promise<VmReader> {
  emulator = await startEmulator({
    seed: { ...SMALL_SEED, containers: [{ vmid: 105, node: "pve2", config: { hostname: "dns" } }] },
  });
  const connection = connectionOf(emulator);
  return new VmReader(
    new VmApi(new ProxmoxClient({ ...connection, ...(apiToken !== undefined && { apiToken }) })),
  );
}

test("an id is a VM's, a container's, or nobody's", async () => {
  const reader = await readerFor();
  expect(await reader.holder(100)).toEqual({ kind: "vm", node: "pve", name: "vm100" });
  expect(await reader.holder(105)).toEqual({ kind: "container", node: "pve2", name: "dns" });
  expect(await reader.holder(106)).toBeUndefined();
});

test("an id of a VM or container that the token may not see is not free", async () => {
  const reader = await readerFor("narrow@pve!memory=s");
  expect(await reader.holder(100)).toMatchObject({ kind: "vm" });
  expect(await reader.holder(101)).toEqual({ kind: "unseen" });
  expect(await reader.holder(105)).toEqual({ kind: "unseen" });
  expect(await reader.holder(106)).toBeUndefined();
});

test.each([
  [
    101,
    /^VM 101: the token may not see who has this id \(got a VM or container 101 that the token may not see\)/,
  ],
  [106, /^VM 106: no node has a VM with this id \(got vmid 106\)/],
])("VM %i cannot be configured: %s", async (vmid, message) => {
  const reader = await readerFor("narrow@pve!memory=s");
  await expect(requireVm(reader, declare({ vmid }), `VM ${vmid}`)).rejects.toThrow(message);
});
