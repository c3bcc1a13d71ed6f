import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Surroundings } from "../../cli/surroundings.ts";
import { Control } from "../../demo/control.ts";
import type { Seed } from "../../emulator/seed.ts";
import { type Emulator, startEmulator } from "../../emulator/start.ts";
import { usualPatience } from "../../proxmox/api/patience.ts";
import { checkout, readOnly } from "./fleet-run.ts";

const seed = JSON.parse(readFileSync(resolve(checkout, "emulator/seeds/incident.json"), "utf8")) as Seed;

/** All that watching needs, and no more. */
const onlyAudit = {
  id: "watch@pve!look",
  secret: "11111111-2222-3333-4444-555555555555",
  acl: { "/vms": ["VM.Audit"] },
};

/** The incident's estate under one clock with the command: it moves when something waits, or when it is told to. */
export interface ClockedEstate {
  readonly emulator: Emulator;
  readonly control: Control;
  /** What a command needs to run against it, with a token that has VM.Audit on /vms and nothing else. */
  readonly over: Partial<Surroundings> & { readonly env: Record<string, string> };
  readonly now: () => number;
  /** Moves the clock, in seconds. */
  advance(seconds: number): void;
  /** Told of every pause, after the clock has moved. */
  onPause: (() => void | Promise<void>) | undefined;
}

/** Starts the estate at a time (UTC, ISO 8601) at which its VMs have run for weeks. */
async function clockedEstate(at: string): Promise<ClockedEstate> {
  let time = Date.parse(at);
  const long = seed.vms.map((vm) => ({ ...vm, startedAt: "2026-05-01T00:00:00Z" }));
  const emulator = await startEmulator({
    seed: { ...seed, time: undefined, vms: long, tokens: [onlyAudit] },
    clock: () => time,
  });
  const control = new Control(emulator.controlUrl);
  const estate: ClockedEstate = {
    emulator,
    control,
    now: () => time,
    advance: (seconds) => {
      time += seconds * 1000;
    },
    onPause: undefined,
    over: {
      env: { ...readOnly(emulator), PROXMOX_VE_API_TOKEN: `${onlyAudit.id}=${onlyAudit.secret}` },
      now: () => new Date(time),
      patience: {
        ...usualPatience,
        now: () => time,
        sleep: async (milliseconds) => {
          time += milliseconds;
          await estate.onPause?.();
        },
      },
    },
  };
  return estate;
}

/** What the incident did to VM 102: its drive wedged, the network silent, the CPU climbing. */
export async function wedge({ control }: ClockedEstate): Promise<void> {
  await control.act(102, "stall", { slot: "scsi0", on: true });
  await control.act(102, "load", { cpu: 0.3, netout: 7_000 });
}

/** The estate at 15:21 UTC, after 81 minutes in which VM 102 wrote steadily, used 11 % CPU and sent 380 kB/s. */
export async function busyEstate(): Promise<ClockedEstate> {
  const estate = await clockedEstate("2026-06-11T14:00:00Z");
  await estate.control.act(102, "load", { cpu: 0.11, netout: 380_000 });
  estate.advance(81 * 60);
  return estate;
}
