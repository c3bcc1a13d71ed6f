import { resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Control } from "../../demo/control.ts";
import type { Emulator } from "../../emulator/start.ts";
import { startEmulator } from "../../emulator/start.ts";
import { ProxmoxClient } from "../../proxmox/api/client.ts";
import { VmApi } from "../../proxmox/api/vm-api.ts";
import { connectionOf } from "../connection-of.ts";
import { ProviderProcess } from "../provider/provider-process.ts";
import { estateOf, firstVmid } from "./estate.ts";
import type { Properties } from "./operations.ts";
import { Wire } from "./wire.ts";

/** The provider's process is killed at each of its requests; a write is carried out all the same, or is not. */

const quickProvider = resolve(import.meta.dirname, "quick-provider");

let emulator: Emulator;
let control: Control;
let wire: Wire;
let client: ProxmoxClient;
/** What runs the next `up`, and is never killed. */
let next: ProviderProcess;
let nextVmid = firstVmid;
beforeAll(async () => {
  emulator = await startEmulator({ seed: estateOf(100) });
  control = new Control(emulator.controlUrl);
  wire = await Wire.open(emulator);
  client = new ProxmoxClient(connectionOf(emulator));
  next = await startProvider();
});
afterAll(async () => {
  expect(await control.unknown()).toEqual([]);
  client.close();
  await next[Symbol.asyncDispose]();
  await wire[Symbol.asyncDispose]();
  await emulator.close();
});

const startProvider = () =>
  ProviderProcess.start(
    {
      PROXMOX_VE_ENDPOINT: wire.endpoint,
      PROXMOX_VE_API_TOKEN: emulator.apiToken,
      PROXMOX_VE_CA_FILE: wire.caFile,
    },
    quickProvider,
  );

/** The drive of a VM of the estate, with what its parts become. */
function drive(vmid: number, parts: Record<string, string> = {}): string {
  const all = { mbps_rd: "60", mbps_wr: "60", size: "32G", ...parts };
  const texts = Object.entries(all).map(([key, value]) => `${key}=${value}`);
  return [`local-lvm:vm-${vmid}-disk-0`, ...texts.toSorted()].join(",");
}

interface Case {
  readonly name: string;
  /** What the drive's text is by hand before, and what another hand leaves pending in it. */
  readonly typed?: Record<string, string>;
  readonly pending?: Record<string, string>;
  readonly declared: Properties;
  /** The drive in the end, now and after the next cold start. */
  readonly now: Record<string, string>;
  readonly later: Record<string, string>;
}

const cases: readonly Case[] = [
  {
    name: "a cap beside another hand's pending value",
    pending: { cache: "writeback" },
    declared: { mbps_wr: 70 },
    now: {},
    later: { cache: "writeback", mbps_wr: "70" },
  },
  {
    name: "a cap and a cold key beside another hand's pending value",
    pending: { cache: "writeback" },
    declared: { mbps_wr: 70, aio: "threads" },
    now: {},
    later: { aio: "threads", cache: "writeback", mbps_wr: "70" },
  },
  {
    name: "a cap beside another hand's pending removal of what was typed as on",
    typed: { iothread: "on" },
    pending: {},
    declared: { mbps_wr: 70 },
    now: { iothread: "on" },
    later: { mbps_wr: "70" },
  },
  {
    name: "a cap and a cold key, both declared",
    declared: { mbps_wr: 70, aio: "threads" },
    now: { mbps_wr: "70" },
    later: { aio: "threads", mbps_wr: "70" },
  },
];

const inputsOf = (vmid: number, scsi0: Properties): Properties => ({
  vmid,
  node: "pve",
  options: {},
  drives: { scsi0 },
  nics: {},
  foreignSlots: ["scsi1"],
});

async function prepare({ typed, pending }: Case): Promise<number> {
  const vmid = nextVmid++;
  if (typed !== undefined) await control.act(vmid, "edit", { scsi0: drive(vmid, typed) });
  if (pending !== undefined) {
    const api = new VmApi(client);
    const rows = await api.pending("pve", vmid);
    const digest = String(rows.find(({ key }) => key === "digest")?.value);
    await api.setConfig("pve", vmid, { scsi0: drive(vmid, pending) }, digest);
  }
  return vmid;
}

async function drives(vmid: number): Promise<{ now: string | undefined; later: string | undefined }> {
  const { config, pending } = await control.vm(vmid);
  return { now: config.scsi0, later: pending.scsi0 ?? config.scsi0 };
}

/** The requests of an undisturbed run. */
async function requestsOf(one: Case): Promise<string[]> {
  const vmid = await prepare(one);
  const labels: string[] = [];
  wire.watch(vmid, async ({ label }) => {
    labels.push(label);
    return "pass";
  });
  await next.create(inputsOf(vmid, one.declared));
  wire.unwatch(vmid);
  return labels;
}

/** Kills the provider at a request; whether the request is carried out all the same is given. */
async function killAt(vmid: number, one: Case, label: string, isCarriedOut: boolean): Promise<void> {
  const provider = await startProvider();
  let killed: Promise<void> | undefined;
  wire.watch(vmid, async (passing) => {
    if (passing.label !== label) return "pass";
    killed = provider.kill();
    await killed;
    return isCarriedOut ? "pass" : "cut";
  });
  await expect(provider.create(inputsOf(vmid, one.declared))).rejects.toThrow();
  await killed;
  wire.unwatch(vmid);
}

describe.each(cases)("$name", (one) => {
  test("killed at any request, it costs another hand nothing, and the next up ends where an undisturbed one does", async () => {
    const labels = await requestsOf(one);
    expect(labels.filter((label) => label.startsWith("PUT")).length).toBeGreaterThan(0);
    for (const label of labels) {
      for (const isCarriedOut of label.startsWith("PUT") ? [false, true] : [false]) {
        const vmid = await prepare(one);
        const others = (text = "") => text.split(",").filter((part) => !/^(?:aio|mbps_wr)=/.test(part));
        const before = await drives(vmid);
        await killAt(vmid, one, label, isCarriedOut);
        const between = await drives(vmid);
        expect([label, others(between.later)]).toEqual([label, others(before.later)]);

        await next.create(inputsOf(vmid, one.declared));
        expect([label, await drives(vmid)]).toEqual([
          label,
          { now: drive(vmid, one.now), later: drive(vmid, one.later) },
        ]);
        await control.forget();
        await next.create(inputsOf(vmid, one.declared));
        expect(await control.writes()).toEqual([]);
      }
    }
  });
});
