import { exposition } from "../../incident/exporter/exposition.ts";
import type { VmFigures } from "../../incident/exporter/figures.ts";
import type { StallRule } from "../../incident/stalls/stall-rule.ts";
import type { VmMonitor } from "../../incident/stalls/vm-monitor.ts";
import type { ProxmoxClient } from "../../proxmox/api/client.ts";
import { VmApi } from "../../proxmox/api/vm-api.ts";
import { snapshotFromPending } from "../../proxmox/snapshot.ts";
import type { Standard } from "../audit/standard.ts";
import { isOfOneVm } from "../cluster/read-vm.ts";
import { mapBounded } from "../map-bounded.ts";
import type { FleetEntry } from "../stack/fleet-file.ts";
import {
  atOnce,
  type Looking,
  lookRound,
  remembered,
  type UnreadVm,
  type WatchedVm,
} from "../stalls/look-round.ts";
import { vmName } from "../stalls/vm-names.ts";
import { watchedVms } from "../stalls/watched-vms.ts";
import { ages, type LastWrites, lastWrites } from "./last-writes.ts";
import { configurationOf, configuredDrives, type VmConfiguration } from "./vm-configuration.ts";

/** What is declared, and what VMs are judged by. */
interface Fleet {
  readonly entries: readonly FleetEntry[];
  readonly standard: Standard;
}

/** What the exporter is told. */
export interface ExporterOptions {
  readonly client: ProxmoxClient;
  readonly rule: StallRule;
  /** Ask the guests' agents, too. */
  readonly agent: boolean;
  /** Seconds between two polls. */
  readonly interval: number;
  /**
   * Read at every poll, so that drift is judged by the file as it is; while it cannot be, by what it was last.
   */
  readonly readFleet: () => Fleet;
  readonly now: () => number;
  /** Told what fails and what works again, once each. */
  readonly tell: (text: string) => void;
}

interface Poll {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly vms: readonly VmFigures[];
}

type Configured = readonly [WatchedVm, VmConfiguration];

/** Polls Proxmox, remembers what stalls are judged by, and exposes what it read last, as long as that is fresh. */
export class Exporter {
  readonly #options: ExporterOptions;
  readonly #looking: Looking;
  #monitors: ReadonlyMap<number, VmMonitor> = new Map();
  #writes: ReadonlyMap<number, LastWrites> = new Map();
  #fresh: Poll | undefined;
  #lastSuccess: number | undefined;
  #ended: number | undefined;
  #errors = 0;
  #unread: readonly UnreadVm[] = [];
  #duration = 0;
  #trouble = "";
  #fleet: Fleet;

  constructor(options: ExporterOptions) {
    this.#options = options;
    this.#fleet = options.readFleet();
    const { client, rule, agent, now, tell } = options;
    this.#looking = { client, rule, agent, now, warn: tell };
  }

  /** When a poll last ended, well or not, in milliseconds since the epoch. */
  get ended(): number | undefined {
    return this.#ended;
  }

  /** Reads every VM once. What fails is counted and told, and leaves nothing of the poll before to be exposed. */
  async poll(): Promise<void> {
    const { now } = this.#options;
    const started = now();
    const mistakes = this.#readFleet();
    try {
      this.#fresh = await this.#read();
      this.#lastSuccess = this.#fresh.at;
      this.#say([...mistakes, ...this.#unread.map(({ vm, reason }) => `${vm.label}: ${reason}`)]);
    } catch (error) {
      this.#fresh = undefined;
      this.#unread = [];
      this.#errors += 1;
      this.#say([...mistakes, (error as Error).message]);
    }
    this.#ended = now();
    this.#duration = (this.#ended - started) / 1000;
  }

  /** The metrics as they are now. */
  metrics(): Promise<string> {
    const { now, interval } = this.#options;
    const fresh = this.#fresh !== undefined && now() - this.#fresh.at <= Math.max(60, 3 * interval) * 1000;
    return exposition(
      {
        success: fresh,
        errors: this.#errors,
        duration: this.#duration,
        unread: this.#unread.length,
        ...(this.#lastSuccess !== undefined && { lastSuccess: this.#lastSuccess / 1000 }),
      },
      fresh ? (this.#fresh?.vms ?? []) : [],
    );
  }

  async #read(): Promise<Poll> {
    const { client, now } = this.#options;
    const { entries, standard } = this.#fleet;
    const vms = await watchedVms([], entries, new VmApi(client));
    const { watched, unread } = await lookRound(vms, this.#monitors, this.#looking);
    this.#monitors = remembered(this.#monitors, watched, unread);
    const writes = watched.map(
      (one) => [one.vm.location.vmid, lastWrites(this.#writes.get(one.vm.location.vmid) ?? {}, one)] as const,
    );
    this.#writes = new Map(writes);
    const configured = await mapBounded(watched, atOnce, (one) => this.#configured(one));
    this.#unread = [...unread, ...configured.filter((one) => "reason" in one)];
    this.#errors += this.#unread.length;
    const at = now();
    return {
      at,
      vms: this.#figures(
        configured.filter((one): one is Configured => !("reason" in one)),
        standard,
        at,
      ),
    };
  }

  async #configured(watched: WatchedVm): Promise<Configured | UnreadVm> {
    const { vm, sample } = watched;
    try {
      const rows = await new VmApi(this.#options.client).pending(vm.location.node, vm.location.vmid);
      return [watched, configurationOf(vm, snapshotFromPending(rows, sample.status === "running"))];
    } catch (error) {
      if (!isOfOneVm(error)) throw error;
      return { vm, reason: error.message };
    }
  }

  #figures(vms: readonly Configured[], standard: Standard, now: number): VmFigures[] {
    const judged = vms.map(([, configuration]) => configuration.judged);
    const drives = configuredDrives(judged, standard, new Date(now).toISOString().slice(0, 10));
    return vms.map(([{ vm, sample, verdict }, { pendingChanges, driftedKeys }]) => {
      const { vmid, node } = vm.location;
      const still = verdict.drives.flatMap(({ slot, lastMoved }) =>
        lastMoved === undefined ? [] : [[slot, (sample.at - lastMoved) / 1000]],
      );
      return {
        vmid,
        node,
        name: vmName(vm),
        statistics: sample,
        verdict,
        pendingChanges,
        ...(driftedKeys !== undefined && { driftedKeys }),
        configured: drives.get(vmid) ?? {},
        lastWriteAge: ages(this.#writes.get(vmid) ?? {}, sample.at),
        standstill: Object.fromEntries(still),
      };
    });
  }

  /** A file that is broken for the moment must not blind the watch. */
  #readFleet(): string[] {
    try {
      this.#fleet = this.#options.readFleet();
      return [];
    } catch (error) {
      this.#errors += 1;
      return [(error as Error).message];
    }
  }

  #say(troubles: readonly string[]): void {
    const trouble = troubles.join("\n");
    if (trouble === this.#trouble) return;
    this.#options.tell(trouble === "" ? "all is read again" : trouble);
    this.#trouble = trouble;
  }
}
