import { expect, test } from "vitest";
import { startPve } from "./client.ts";
import { SMALL_SEED } from "./small-seed.ts";

const seed = {
  ...SMALL_SEED,
  nodes: [
    { name: "pve", cores: 16, memoryGiB: 64, bridges: ["vmbr0", "vmbr1"] },
    { name: "pve2", cores: 16, memoryGiB: 64, bridges: ["vmbr0"] },
  ],
  vnets: [
    { name: "blue", zone: "lab" },
    { name: "green", zone: "far", nodes: ["pve2"] },
  ],
  tokens: [
    { id: "nothing@pve!t", secret: "s", acl: {} },
    { id: "vlan@pve!t", secret: "s", acl: { "/sdn/zones/localnetwork/vmbr1/30": ["SDN.Use"] } },
    {
      id: "zone@pve!t",
      secret: "s",
      acl: { "/sdn/zones/lab": ["SDN.Use"], "/vms": ["VM.Config.Network", "VM.Audit"] },
    },
  ],
};
const as = (token: string) => ({ headers: { authorization: `PVEAPIToken=${token}!t=s` } });
const names = (answer: { data?: unknown }, key: string) =>
  (answer.data as Record<string, string>[]).map((row) => row[key]);

test("a node tells its CPU models and machines to everybody, by the kind of host that is asked for", async () => {
  const pve = await startPve(seed);
  const read = (path: string) => pve.call("GET", `/nodes/pve/capabilities/qemu/${path}`, as("nothing@pve"));
  const models = names(await read("cpu"), "name");
  expect(models).toEqual(expect.arrayContaining(["host", "max", "kvm64", "EPYC-Milan", "x86-64-v2-AES"]));
  expect(models).not.toContain("cortex-a57");
  expect(names(await read("cpu?arch=aarch64"), "name")).toEqual(
    expect.arrayContaining(["cortex-a57", "host"]),
  );
  const machines = names(await read("machines"), "id");
  expect(machines).toEqual(
    expect.arrayContaining(["pc-q35-10.1", "pc-i440fx-10.1", "pc-i440fx-4.1+pve2", "pc-q35-9.2+pve1"]),
  );
  expect(machines).not.toContain("pc-q35-11.0");
  expect(names(await read("machines?arch=aarch64"), "id")).toContain("virt-10.1");
});

test("bridges and the vnets of a node are listed to those who have a right on them, or on one of their VLANs", async () => {
  const pve = await startPve(seed);
  const bridges = async (node: string, token: string, type = "any_bridge") =>
    names(await pve.call("GET", `/nodes/${node}/network?type=${type}`, as(token)), "iface");
  expect(
    (await pve.list("/nodes/pve/network?type=any_bridge")).map(({ iface, type }) => [iface, type]),
  ).toEqual([
    ["vmbr0", "bridge"],
    ["vmbr1", "bridge"],
    ["blue", "vnet"],
  ]);
  expect((await pve.list("/nodes/pve2/network?type=vnet")).map(({ iface }) => iface)).toEqual([
    "blue",
    "green",
  ]);
  expect((await pve.list("/nodes/pve/network?type=any_local_bridge")).map(({ iface }) => iface)).toEqual([
    "vmbr0",
    "vmbr1",
  ]);
  expect(await bridges("pve", "nothing@pve")).toEqual([]);
  expect(await bridges("pve", "vlan@pve")).toEqual(["vmbr1"]);
  expect(await bridges("pve", "zone@pve")).toEqual(["blue"]);
});

test("a vnet asks for the right on it in its own zone", async () => {
  const pve = await startPve(seed);
  const put = (net1: string) =>
    pve.call("PUT", "/nodes/pve/qemu/100/config", { ...as("zone@pve"), form: { net1 } });
  expect(await put("virtio,bridge=blue")).toMatchObject({ status: 200 });
  expect(await put("virtio,bridge=vmbr1")).toMatchObject({
    status: 403,
    message: expect.stringContaining("/sdn/zones/localnetwork/vmbr1, SDN.Use") as string,
  });
});
