import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Control } from "../../../demo/control.ts";
import { type Emulator, startEmulator } from "../../../emulator/start.ts";
import { ProxmoxClient } from "../../../proxmox/api/client.ts";
import { VmApi } from "../../../proxmox/api/vm-api.ts";
import { VmReader } from "../../../proxmox/api/vm-reader.ts";
import { formerValues } from "../../../proxmox/converge/former.ts";
import { putBack } from "../../../proxmox/converge/put-back.ts";
import { connectionOf } from "../../connection-of.ts";
import { incident } from "../restart/waiting-estate.ts";

/** Whatever a VM had and has: the named values go back, by meaning, and nothing else changes by a byte. */

const driveValues = {
  aio: ["threads", "io_uring"],
  backup: ["0", "1"],
  cache: ["none", "writeback"],
  discard: ["on", "ignore"],
  iops_rd: ["0", "500"],
  iothread: ["0", "1"],
  mbps_rd: ["60", "70.5"],
  mbps_wr: ["0", "60"],
  serial: ["A", "B"],
  ssd: ["0", "1"],
};
const optionValues = {
  cores: ["1", "4"],
  cpulimit: ["0", "2"],
  onboot: ["0", "1"],
  scsihw: ["virtio-scsi-pci", "virtio-scsi-single"],
};
/** What an absent key means. */
const absent: Readonly<Record<string, string>> = {
  backup: "1",
  cache: "none",
  discard: "ignore",
  iops_rd: "0",
  iothread: "0",
  mbps_rd: "0",
  mbps_wr: "0",
  ssd: "0",
  cores: "1",
  cpulimit: "0",
  onboot: "0",
};
const csi = "local-lvm:vm-9999-pvc-97e84140,backup=0,iothread=1,size=20G,wwn=0x5056432d49443031";
const names = [
  ...Object.keys(driveValues).map((part) => ({ key: "scsi0", part })),
  ...Object.keys(optionValues).map((key) => ({ key, part: "" })),
];

const some = (values: Readonly<Record<string, readonly string[]>>) =>
  fc.record(
    Object.fromEntries(Object.entries(values).map(([key, texts]) => [key, fc.constantFrom(...texts)])),
    { requiredKeys: [] },
  ) as fc.Arbitrary<Record<string, string>>;
const state = fc.record({ drive: some(driveValues), options: some(optionValues) });

let emulator: Emulator;
let control: Control;
let client: ProxmoxClient;
beforeAll(async () => {
  emulator = await startEmulator({ seed: incident });
  control = new Control(emulator.controlUrl);
  client = new ProxmoxClient(connectionOf(emulator));
  await control.attach(102, "scsi1", csi);
});
afterAll(async () => {
  expect(await control.unknown()).toEqual([]);
  client.close();
  await emulator.close();
});

function driveText(parts: Readonly<Record<string, string>>): string {
  const listed = Object.entries({ ...parts, size: "100G" }).sort(([a], [b]) => (a < b ? -1 : 1));
  return ["local-lvm:vm-102-disk-0", ...listed.map(([key, value]) => `${key}=${value}`)].join(",");
}

/** What the named values mean, in a config. */
function meaning(config: Readonly<Record<string, string>>): Record<string, string> {
  const parts = Object.fromEntries((config.scsi0 ?? "").split(",").map((part) => part.split("=")));
  const of = (key: string, value: string | undefined) => [key, value ?? absent[key] ?? "(absent)"];
  return Object.fromEntries([
    ...Object.keys(driveValues).map((key) => of(key, parts[key])),
    ...Object.keys(optionValues).map((key) => of(key, config[key])),
  ]);
}

function unnamed(config: Readonly<Record<string, string>>): Record<string, string> {
  const named = ["scsi0", ...Object.keys(optionValues)];
  return Object.fromEntries(Object.entries(config).filter(([key]) => !named.includes(key)));
}

async function become({
  drive,
  options,
}: {
  drive: Record<string, string>;
  options: Record<string, string>;
}) {
  const none = Object.fromEntries(Object.keys(optionValues).map((key) => [key, null]));
  await control.act(102, "edit", { ...none, ...options, scsi0: driveText(drive) });
}

test("former values come back from any state, running or stopped, and the rest stays byte for byte", async () => {
  const api = new VmApi(client);
  const reader = new VmReader(api);
  await fc.assert(
    fc.asyncProperty(state, state, fc.boolean(), async (then, now, running) => {
      await api.stop("pve", 102);
      await become(then);
      const saved = (await control.vm(102)).config;
      await become(now);
      if (running) await api.start("pve", 102);
      const before = await control.vm(102);

      await putBack(api, reader, formerValues({ vmid: 102, foreignSlots: [] }, saved, names), "VM 102");
      if (running) {
        await api.stop("pve", 102);
        await api.start("pve", 102);
      }
      const after = await control.vm(102);
      expect(meaning(after.config)).toEqual(meaning(saved));
      expect(unnamed(after.config)).toEqual(unnamed(before.config));
      expect(after.pending).toEqual({});
    }),
    { numRuns: 40, seed: 20260611 },
  );
}, 120_000);
