import { expect, test } from "vitest";
import type { FleetEntry } from "../../../cli/stack/fleet-file.ts";
import { namedVms } from "../../../cli/stack/named-vm.ts";
import type { VmLocation } from "../../../proxmox/api/vm-api.ts";
import { declare } from "../../proxmox/vm.ts";

const at = (vmid: number, name?: string): VmLocation => ({
  vmid,
  node: "pve",
  template: false,
  ...(name !== undefined && { name }),
});
const entry = (key: string, vmid: number): FleetEntry => ({
  key,
  spec: { vmid },
  declared: declare({ vmid }),
  line: 1,
});
const vms = [at(100, "web"), at(101, "102"), at(102, "db"), at(103, "twin"), at(104, "twin"), at(105)];
const containers = [at(106, "dns"), at(107, "web"), at(108)];
const guests = [
  ...vms.map((vm) => ({ ...vm, kind: "vm" as const })),
  ...containers.map((container) => ({ ...container, kind: "container" as const })),
];
const entries = [entry("database", 102), entry("web", 105)];

const find = (...names: string[]) => namedVms(names, entries, { guests: async () => guests });
const labels = async (...names: string[]) => (await find(...names)).map(({ label }) => label);

test("a VM is found by its key in the fleet file, its vmid or its name", async () => {
  expect(await labels("database")).toEqual(["database (102)"]);
  // Also the name of VM 101: digits are a vmid and nothing else.
  expect(await labels("102")).toEqual(["database (102)"]);
  expect(await labels("db")).toEqual(["database (102)"]);
});

test("a VM without an entry is spoken of by its name, and one without a name by its id", async () => {
  expect(await labels("100", "105")).toEqual(["web (100)", "web (105)"]);
  expect(await namedVms(["105"], [], { guests: async () => guests })).toEqual([
    { location: at(105), label: "VM (105)" },
  ]);
});

test("a VM that is named twice is found once, in the order of the names", async () => {
  expect(await labels("100", "db", "database", "102")).toEqual(["web (100)", "database (102)"]);
});

test("a key that is another VM's name in Proxmox is refused with both", async () => {
  await expect(find("web")).rejects.toThrow(
    /^web: could mean several VMs \(got 100, which Proxmox calls so; 105, whose key in the fleet file it is\); allowed is one VM; name it by its vmid$/,
  );
  expect(await labels("105")).toEqual(["web (105)"]);
});

test("a key that is its own VM's name means one VM", async () => {
  const same = await namedVms(["db"], [entry("db", 102)], { guests: async () => guests });
  expect(same.map(({ label }) => label)).toEqual(["db (102)"]);
});

test("the name of several VMs is refused with their ids", async () => {
  await expect(find("twin")).rejects.toThrow(
    /^twin: the name of several VMs \(got 103, 104\); allowed is one VM; name it by its vmid$/,
  );
});

test("every name that is no VM is told, one line each", async () => {
  await expect(find("nobody", "999", "100")).rejects.toThrow(
    /^nobody: no such VM \(got "nobody"\); .*\n999: no such VM \(got vmid 999\); allowed is a key of the fleet file, a vmid, or a name in Proxmox, of a VM that the token may see \(VM\.Audit\); correct it$/,
  );
});

test("an entry whose VM the cluster does not list is told by its vmid", async () => {
  const lost = namedVms(["lost"], [entry("lost", 777)], { guests: async () => guests });
  await expect(lost).rejects.toThrow(/^lost: no such VM \(got vmid 777\);/);
});

test("a container's id, name or an entry that has its id is refused as what it is", async () => {
  await expect(find("106", "dns", "108")).rejects.toThrow(
    new Error(
      [
        "106: is a container (got container 106 'dns' on node pve); allowed is a VM, by its key in the fleet file, its vmid, or its name in Proxmox; correct it",
        "dns: is a container (got container 106 'dns' on node pve); allowed is a VM, by its key in the fleet file, its vmid, or its name in Proxmox; correct it",
        "108: is a container (got container 108 on node pve); allowed is a VM, by its key in the fleet file, its vmid, or its name in Proxmox; correct it",
      ].join("\n"),
    ),
  );
  const wrong = [entry("proxy", 107)];
  await expect(namedVms(["proxy"], wrong, { guests: async () => guests })).rejects.toThrow(
    /^proxy: is a container \(got container 107 'web' on node pve\)/,
  );
});

test("a container that has a VM's name is not meant by it", async () => {
  const [web] = await namedVms(["web"], [], { guests: async () => guests });
  expect(web?.location).toEqual(at(100, "web"));
});
