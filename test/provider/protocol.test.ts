import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { Control } from "../../demo/control.ts";
import type { Emulator } from "../../emulator/start.ts";
import { startEmulator } from "../../emulator/start.ts";
import { ProviderProcess } from "./provider-process.ts";

const seed: unknown = JSON.parse(
  readFileSync(resolve(import.meta.dirname, "../../emulator/seeds/incident.json"), "utf8"),
);
let emulator: Emulator;
let control: Control;
let provider: ProviderProcess;

beforeAll(async () => {
  emulator = await startEmulator({ seed });
  control = new Control(emulator.controlUrl);
  provider = await ProviderProcess.start({
    PROXMOX_VE_ENDPOINT: emulator.endpoint,
    PROXMOX_VE_API_TOKEN: emulator.apiToken,
    PROXMOX_VE_CA_FILE: emulator.caFile,
  });
});
beforeEach(async () => {
  provider.said.length = 0;
  await control.forget();
});
afterAll(async () => {
  await provider[Symbol.asyncDispose]();
  await emulator.close();
});

test("check names every mistake by its property and asks nothing of Proxmox", async () => {
  const failures = await provider.check({
    vmid: 102,
    options: { scsihw: "lsi" },
    drives: { scsi0: { mbps_rd: -1 }, scsi1: { mbps_wr_max: 10 }, sata0: { iothread: true } },
    nics: { net0: { tag: 5000 } },
  });
  expect(failures.map(({ property }) => property).sort()).toEqual([
    "drives.sata0.iothread",
    "drives.scsi0.mbps_rd",
    "drives.scsi1.mbps_wr_max",
    "nics.net0.tag",
    "options.scsihw",
  ]);
  expect(await control.requests()).toEqual([]);
});

test("diff names each key by its path, by meaning, and asks nothing of Proxmox", async () => {
  const olds = { vmid: 102, options: { cores: 8 }, drives: { scsi0: { mbps_rd: 60, mbps_wr: 60 } } };
  const news = { vmid: 102, options: { cores: 8, onboot: true }, drives: { scsi0: { mbps_rd: 70 } } };
  expect(await provider.diff(olds, news)).toEqual({
    "options.onboot": 0,
    "drives.scsi0.mbps_rd": 4,
    "drives.scsi0.mbps_wr": 2,
  });
  expect(await provider.diff(olds, olds)).toEqual({});
  expect(await control.requests()).toEqual([]);
});

test("another vmid is another VM: a replacement, and both VMs are named", async () => {
  expect(await provider.diff({ vmid: 102 }, { vmid: 103 })).toEqual({ vmid: 5 });
  expect(provider.said).toEqual([
    {
      severity: "info",
      message:
        "vmid 102 => 103 is another VM: VM 103 is taken over, VM 102 stays as it is and its configuration is no longer owned",
    },
  ]);
});

test("another vmid in the entry of a VM that the program created is refused, whoever has the new id", async () => {
  expect(await provider.check({ vmid: 205, creation: "204" })).toEqual([
    {
      property: "vmid",
      reason:
        "is not the id of the VM that this program created for the entry (got 205, created was 204); allowed is 204; write vmid: 204 back, and give another VM an entry of its own",
    },
  ]);
  expect(await provider.check({ vmid: 204, creation: "204" })).toEqual([]);
});

test("an import by node/vmid or by vmid owns no key, and reads alone", async () => {
  const owned = { options: {}, drives: {}, nics: {}, foreignSlots: [] };
  expect((await provider.import("pve/205")).inputs).toEqual({ vmid: 205, node: "pve", ...owned });
  expect((await provider.import("205")).inputs).toEqual({ vmid: 205, ...owned });
  expect(await control.writes()).toEqual([]);
});

test.each([
  ["pve/777", /^VM 777: no node has a VM with this id \(got vmid 777\); allowed is /],
  ["pve9/205", /^VM 205: is on another node \(got pve9\); allowed is pve; import pve\/205$/],
  ["pve/k8s-node4", /^pve\/k8s-node4: is no id of a VM \(got "pve\/k8s-node4"\); allowed is node\/vmid/],
])("an import of %s is one clear error", async (id, message) => {
  await expect(provider.import(id)).rejects.toThrow(message);
});

test("create in a preview reads alone; create writes; a second one writes nothing", async () => {
  const inputs = { vmid: 205, drives: { scsi0: { mbps_rd: 150, mbps_wr: 120 } } };
  await provider.create(inputs, true);
  expect(await control.writes()).toEqual([]);
  const outputs = await provider.create(inputs);
  expect(await control.writes()).toHaveLength(1);
  await provider.create(inputs);
  expect(await control.writes()).toHaveLength(1);
  expect(outputs).toMatchObject({ ...inputs, status: "running", waiting: [], qemuVersion: "10.1.2" });
});

test("delete asks nothing of Proxmox and says that the VM stays", async () => {
  await provider.delete({ vmid: 205 });
  expect(await control.requests()).toEqual([]);
  expect(provider.said).toEqual([
    {
      severity: "info",
      message: "VM 205 stays as it is and its configuration is no longer owned; nothing was sent",
    },
  ]);
});

test("giving up a VM for which something waits unseen says that nobody will say so any more", async () => {
  const unseen = { path: "options.nameserver", to: "192.0.2.53", configured: true };
  const pending = { path: "drives.scsi0.aio", to: "threads" };
  await provider.delete({ vmid: 205, waiting: [pending, unseen] });
  expect(provider.said.at(-1)).toEqual({
    severity: "warning",
    message: [
      "nothing says so any more from now on: 1 change waits for a cold stop and start (a reboot inside the guest is not enough):",
      "  options.nameserver: (absent) => 192.0.2.53  [in the config, not yet in QEMU]",
    ].join("\n"),
  });
});

test("a token that Proxmox rejects fails the first call with one error, and the refresh of the others is silent", async () => {
  await using rejected = await ProviderProcess.start({
    PROXMOX_VE_ENDPOINT: emulator.endpoint,
    PROXMOX_VE_API_TOKEN: "fleet@pve!deploy=not-the-secret",
    PROXMOX_VE_CA_FILE: emulator.caFile,
  });
  const message =
    "GET /version: Proxmox rejects the API token (got 401); allowed is user@realm!name=secret of a token that exists and is not expired; check PROXMOX_VE_API_TOKEN";
  const inputs = { vmid: 102, options: { cores: 8 }, drives: {}, nics: {}, foreignSlots: [] };
  const outputs = { ...inputs, status: "running", waiting: [] };
  await expect(rejected.read(inputs, outputs)).rejects.toThrow(message);
  // The run has failed already: the state of the other VMs stays as it was, and they say nothing.
  expect(await rejected.read(inputs, outputs)).toEqual({ inputs, outputs });
  await expect(rejected.check(inputs)).rejects.toThrow(message);
  await expect(rejected.update(outputs, inputs)).rejects.toThrow(message);
  expect(await control.writes()).toEqual([]);
});
