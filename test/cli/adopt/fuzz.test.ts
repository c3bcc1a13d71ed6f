import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { AdoptReport } from "../../../cli/adopt/report.ts";
import { readFleetFile } from "../../../cli/stack/fleet-file.ts";
import { Control } from "../../../demo/control.ts";
import { type Emulator, startEmulator } from "../../../emulator/start.ts";
import { VmConfigResource } from "../../../provider/vm-config.ts";
import { inputsFrom } from "../../../provider/vm-config-inputs.ts";
import { ProxmoxClient } from "../../../proxmox/api/client.ts";
import { VmApi } from "../../../proxmox/api/vm-api.ts";
import { connectionOf } from "../../connection-of.ts";
import { fleet, readOnly } from "../fleet-run.ts";
import { randomEstate, type SeedVm } from "./random-vm.ts";

/**
 * An estate of random VMs, another one in each run. `ADOPT_SEED=N` repeats one; the number is in every message.
 */
const seed = Number(process.env.ADOPT_SEED ?? Math.floor(Math.random() * 2 ** 31));
const count = 220;
const told = `ADOPT_SEED=${seed}`;

let emulator: Emulator;
let control: Control;
let folder: string;
let report: AdoptReport;
const vms: readonly SeedVm[] = randomEstate(count, seed).vms;
const templates = vms.filter(({ config }) => config.template !== undefined);

beforeAll(async () => {
  console.info(`random estate: ${told}`);
  emulator = await startEmulator({ seed: randomEstate(count, seed) });
  control = new Control(emulator.controlUrl);
  folder = mkdtempSync(join(tmpdir(), "fleet-adopt-"));
  writeFileSync(
    join(folder, "Pulumi.prod.yaml"),
    "config:\n  proxmox-fleet:fleet:\n    node: pve\n    vms: {}\n",
  );
  const over = { cwd: folder, env: readOnly(emulator) };
  const rest = await fleet(["adopt", "--all", "--yes", "--no-prove", "--json"], over);
  expect(rest.code, `${told}: ${rest.stderr}`).toBe(0);
  report = JSON.parse(rest.stdout) as AdoptReport;
  const named = templates.map(({ vmid }) => String(vmid));
  const more = await fleet(["adopt", ...named, "--yes", "--no-prove", "--json"], over);
  expect(more.code, `${told}: ${more.stderr}`).toBe(0);
  report = { ...report, adopted: [...report.adopted, ...(JSON.parse(more.stdout) as AdoptReport).adopted] };
}, 120_000);
afterAll(async () => {
  await emulator.close();
  rmSync(folder, { recursive: true });
});

test("every VM is adopted, and the file passes the checks of the program", () => {
  const { entries } = readFleetFile(folder, "prod");
  const ids = (of: readonly { vmid: number }[]) => of.map(({ vmid }) => vmid).sort();
  expect(entries.map(({ spec }) => spec.vmid).sort(), told).toEqual(ids(vms));
  expect(ids(report.templates), told).toEqual(ids(templates));
});

test("a provider that may write sends not one request that writes for the whole estate, twice", async () => {
  const client = new ProxmoxClient(connectionOf(emulator));
  const resource = new VmConfigResource(new VmApi(client));
  for (const { declared, key } of readFleetFile(folder, "prod").entries) {
    const said: string[] = [];
    const say = (_: string, message: string) => void said.push(message);
    const inputs = inputsFrom({ ...declared });
    const outputs = await resource.create(inputs, false, say);
    expect(said[0], `${told}: ${key}`).toBe("already as declared: nothing was written");
    const found = await resource.read(inputs, outputs, say);
    expect(found?.inputs, `${told}: ${key}`).toEqual(inputs);
  }
  client.close();
  expect(await control.writes(), told).toEqual([]);
  expect(await control.unknown(), told).toEqual([]);
});

test("no slot with a volume that is not the VM's own is in any entry", () => {
  for (const { config, pending = {}, vmid } of vms) {
    const entry = report.adopted.find((one) => one.vmid === vmid);
    const texts = [...Object.entries(config), ...Object.entries(pending)];
    const others = texts.filter(
      ([slot, text]) =>
        /^(?:scsi|virtio|sata|ide)\d+$/.test(slot) && !String(text).includes(`-${vmid}-disk-`),
    );
    const owned = Object.keys(entry?.spec.drives ?? {});
    expect(
      owned.filter((slot) => others.some(([other]) => other === slot)),
      `${told}: ${vmid}`,
    ).toEqual([]);
  }
});

/** Slots of `scsi1-29` or of a list of such, told anew. */
function slotsOf(written: string | readonly string[] = []): string[] {
  return [written].flat().flatMap((range) => {
    const [, bus = "", first = "", last = first] = /^([a-z]+)(\d+)(?:-(\d+))?$/.exec(range) ?? [];
    return Array.from({ length: Number(last) - Number(first) + 1 }, (_, n) => `${bus}${Number(first) + n}`);
  });
}

test("every slot with another VM's volume is marked as foreign, and none of the VM's own", () => {
  let foreign = 0;
  for (const { config, pending = {}, vmid } of vms) {
    const texts = [...Object.entries(config), ...Object.entries(pending)];
    const drives = texts.filter(([slot]) => /^(?:scsi|virtio|sata|ide)\d+$/.test(slot));
    const others = drives.filter(([, text]) => /:vm-(?:9999|777)-/.test(String(text))).map(([slot]) => slot);
    const marked = slotsOf(report.adopted.find((one) => one.vmid === vmid)?.spec.foreignSlots);
    expect(
      others.filter((slot) => !marked.includes(slot)),
      `${told}: ${vmid}`,
    ).toEqual([]);
    const occupied = drives.map(([slot]) => slot).filter((slot) => !others.includes(slot));
    expect(
      occupied.filter((slot) => marked.includes(slot)),
      `${told}: ${vmid}`,
    ).toEqual([]);
    foreign += others.length;
  }
  expect(foreign, told).toBeGreaterThan(20);
});

test("about half of the VMs leave something, and half nothing", () => {
  const leaving = report.adopted.filter(({ left }) => left.length > 0).length;
  expect(leaving, told).toBeGreaterThan(count / 10);
  expect(leaving, told).toBeLessThan((count * 9) / 10);
});

test("what an entry does not say of a VM is left with a reason and choices", () => {
  const leftOf = (vmid: number) => report.adopted.find((one) => one.vmid === vmid)?.left ?? [];
  const controllers = vms.filter(
    ({ config, pending = {}, delete: gone = [] }) =>
      /lsi|megasas|pvscsi/.test(String(pending.scsihw ?? config.scsihw)) && !gone.includes("scsihw"),
  );
  expect(controllers.length, told).toBeGreaterThan(0);
  for (const { vmid } of controllers) {
    expect(
      leftOf(vmid).map(({ path }) => path),
      `${told}: ${vmid}`,
    ).toContain("controller");
  }
  for (const { left } of report.adopted) {
    for (const { path, reason, choices } of left) {
      expect(path, told).not.toBe("");
      expect(reason, `${told}: ${path}`).toContain("(got ");
      expect(choices, `${told}: ${path}`).toContain("leave it unowned: nothing ever writes it");
    }
  }
});
