import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { Control } from "../../demo/control.ts";
import type { Seed } from "../../emulator/seed.ts";
import { type Emulator, startEmulator } from "../../emulator/start.ts";
import { VmConfigResource } from "../../provider/vm-config.ts";
import { inputsFrom, outputsFrom } from "../../provider/vm-config-inputs.ts";
import { ProxmoxClient } from "../../proxmox/api/client.ts";
import { VmApi } from "../../proxmox/api/vm-api.ts";
import { connectionOf } from "../connection-of.ts";
import { documentedAcls, documentedRole, without } from "./roles-of-docs.ts";

const seed = JSON.parse(
  readFileSync(resolve(import.meta.dirname, "../../emulator/seeds/incident.json"), "utf8"),
) as Seed;
const writer = documentedAcls.writer([202]);
const nothingSaid = () => {};

/** A change for each privilege of the writer, and the path on which it is asked for. */
const needs: Readonly<Record<string, [change: Parameters<typeof inputsFrom>[0], path: string]>> = {
  "VM.Audit": [{ options: { onboot: false } }, "/vms/202"],
  "VM.Config.CPU": [{ options: { cores: 6 } }, "/vms/202"],
  "VM.Config.Disk": [{ drives: { scsi0: { mbps_wr: 130 } } }, "/vms/202"],
  "VM.Config.HWType": [{ options: { scsihw: "virtio-scsi-single" } }, "/vms/202"],
  "VM.Config.Memory": [{ options: { memory: 16384 } }, "/vms/202"],
  "VM.Config.Network": [{ nics: { net0: { tag: 30 } } }, "/vms/202"],
  "VM.Config.Options": [{ options: { description: "ours" } }, "/vms/202"],
  "Datastore.AllocateSpace": [
    { drives: { sata5: { datastore: "local-lvm", size: "4G" } } },
    "/storage/local-lvm",
  ],
  "SDN.Use": [{ nics: { net0: { tag: 30 } } }, "/sdn/zones/localnetwork/vmbr1"],
};
const acls: Readonly<Record<string, Record<string, string[]>>> = {
  audit: documentedAcls.audit(),
  writer,
  ...Object.fromEntries(
    Object.keys(needs).map((one) => [`no-${one.replace(/\W/g, "-")}`, without(writer, one)]),
  ),
};

let emulator: Emulator;
let control: Control;
const clients: ProxmoxClient[] = [];
beforeAll(async () => {
  const tokens = Object.entries(acls).map(([name, acl]) => ({ id: `fleet@pve!${name}`, secret: "s", acl }));
  emulator = await startEmulator({ seed: { ...seed, tokens } });
  control = new Control(emulator.controlUrl);
});
afterEach(() => control.forget());
afterAll(async () => {
  for (const client of clients) client.close();
  await emulator.close();
});

function resourceOf(name: string): VmConfigResource {
  const client = new ProxmoxClient({ ...connectionOf(emulator), apiToken: `fleet@pve!${name}=s` });
  clients.push(client);
  return new VmConfigResource(new VmApi(client));
}

function vm202(change: object) {
  return inputsFrom({ vmid: 202, node: "pve", ...change });
}

test("the table has a change for each privilege of the documented roles that writes", () => {
  const documented = ["FleetWriter", "FleetStorage", "FleetBridge"].flatMap(documentedRole);
  expect(Object.keys(needs).sort()).toEqual(documented.filter((one) => one !== "Datastore.Audit").sort());
});

test.each(Object.entries(needs))(
  "without %s the error names it and its path, and nothing is changed",
  async (privilege, [change, path]) => {
    const before = await control.vm(202);
    const update = resourceOf(`no-${privilege.replace(/\W/g, "-")}`).create(
      vm202(change),
      false,
      nothingSaid,
    );
    await expect(update).rejects.toThrow(`allowed is a token that has ${privilege} on ${path}`);
    expect(await control.vm(202)).toEqual(before);
  },
);

test("the audit role reads and previews every change, and writes none of them", async () => {
  const audit = resourceOf("audit");
  for (const [change] of Object.values(needs)) {
    await audit.create(vm202(change), true, nothingSaid);
    await audit.read(vm202(change), undefined, nothingSaid);
  }
  expect((await control.requests()).every(({ method, status }) => method === "GET" && status === 200)).toBe(
    true,
  );
  const before = await control.vm(202);
  const update = audit.create(vm202({ options: { cores: 6 } }), false, nothingSaid);
  await expect(update).rejects.toThrow(
    /PUT \/nodes\/pve\/qemu\/202\/config: Proxmox does not allow it \(got 403\);.*VM\.Config/,
  );
  expect(await control.vm(202)).toEqual(before);
});

test("the writer makes all of the changes, on its VMs alone", async () => {
  const resource = resourceOf("writer");
  const changes = Object.values(needs).map(([change]) => change as Record<string, object>);
  const of = (section: string) => Object.assign({}, ...changes.map((change) => change[section])) as object;
  const all = { options: of("options"), drives: of("drives"), nics: of("nics") };
  await resource.create(vm202(all), false, nothingSaid);
  const writes = await control.writes();
  expect(writes.every(({ status, path }) => status === 200 && path.startsWith("/nodes/pve/qemu/202/"))).toBe(
    true,
  );
  expect(writes.length).toBeGreaterThan(0);

  const foreign = resource.create(inputsFrom({ vmid: 203, options: { cores: 6 } }), false, nothingSaid);
  await expect(foreign).rejects.toThrow(
    /VM 203: the token may not see who has this id.*VM\.Audit on \/vms\/203/,
  );
});

test("a start order asks for a privilege that the writer does not have, and the error names it", async () => {
  const update = resourceOf("writer").create(
    vm202({ options: { startup: { order: 3 } } }),
    false,
    nothingSaid,
  );
  await expect(update).rejects.toThrow("allowed is a token that has Sys.Modify on /");
});

test("a VM that the token does not see any more is an error that names the privilege, wherever it is declared, and not gone", async () => {
  const resource = resourceOf("writer");
  for (const declared of [{ vmid: 203 }, { vmid: 203, node: "pve" }, { vmid: 203, node: "elsewhere" }]) {
    const read = resource.read(inputsFrom(declared), outputsFrom(declared), nothingSaid);
    await expect(read).rejects.toThrow(/VM\.Audit.* on \/vms\/203/);
  }
});

test("a VM that is gone is gone also for a token whose rights went with it", async () => {
  const said: string[] = [];
  for (const declared of [{ vmid: 777 }, { vmid: 777, node: "pve" }]) {
    const read = await resourceOf("writer").read(inputsFrom(declared), outputsFrom(declared), (_, text) =>
      said.push(text),
    );
    expect(read).toBeUndefined();
  }
  expect(said).toEqual(["VM 777 is on no node any more", "VM 777 is on no node any more"]);
});
