import type { IdHolder } from "../id-holder.ts";
import type { VmSnapshot } from "../snapshot.ts";
import { snapshotFromPending } from "../snapshot.ts";
import { pauseBefore } from "./patience.ts";
import { ProxmoxError } from "./proxmox-error.ts";
import type { PendingRow, VmApi, VmLocation, VmStatus } from "./vm-api.ts";

/** A VM as it is now: where, whether it runs, its config with what waits. */
export interface LiveVm {
  readonly node: string;
  readonly status: "running" | "stopped";
  readonly qemuVersion?: string;
  /** Of the QEMU process, on its node; absent when stopped. */
  readonly pid?: number;
  readonly machine?: string;
  /** UTC, ISO 8601. */
  readonly startedAt?: string;
  readonly snapshot: VmSnapshot;
}

/** Reads a VM through the API with two requests wherever in the cluster it is. */
export class VmReader {
  readonly #api: VmApi;

  constructor(api: VmApi) {
    this.#api = api;
  }

  /** Looks a VM up in the whole cluster; undefined when no node shows it to the token. */
  async locate(vmid: number): Promise<VmLocation | undefined> {
    const vms = await this.#api.list();
    return vms.find((vm) => vm.vmid === vmid);
  }

  /** Who has an id; undefined when nobody has. */
  async holder(vmid: number): Promise<IdHolder | undefined> {
    const guests = await this.#api.guests();
    const guest = guests.find((one) => one.vmid === vmid);
    if (guest === undefined) return (await this.#api.isFree(vmid)) ? undefined : { kind: "unseen" };
    const { kind, node, name } = guest;
    return { kind, node, ...(name !== undefined && { name }) };
  }

  /**
   * Reads a VM, first on the node where it is expected; undefined when no node shows it: whether it is
   * gone, {@link holder} tells. One that is migrated at this moment is looked for again, a bounded number of times.
   *
   * @param believedStopped the cluster lists it as stopped, which is asked again only where it matters: a list is
   * some seconds old
   * @throws {ProxmoxError} when the token may not see it where it is expected
   */
  async read(vmid: number, expectedNode?: string, believedStopped = false): Promise<LiveVm | undefined> {
    const { patience } = this.#api;
    let unreachable: ProxmoxError | undefined;
    if (expectedNode !== undefined) {
      try {
        const live = await this.#readOn(expectedNode, vmid, believedStopped);
        if (live !== undefined) return live;
      } catch (error) {
        if (!(error instanceof ProxmoxError)) throw error;
        // With a VM go the rights on it.
        if (error.status === 403 && (await this.#api.isFree(vmid))) return undefined;
        // High availability may have moved the VM away from a node that is offline.
        if (!error.isNodeUnreachable) throw error;
        unreachable = error;
      }
    }
    for (let repeat = 1; ; repeat++) {
      const located = await this.locate(vmid);
      if (located === undefined) return undefined;
      if (unreachable !== undefined && located.node === expectedNode) throw unreachable;
      const live = await this.#readOn(located.node, vmid, false);
      if (live !== undefined) return live;
      if (repeat > patience.repeats) {
        throw new Error(
          `VM ${vmid}: the cluster lists it on a node that does not have it (got ${located.node}, ${repeat} times); allowed is a VM that stays where it is; wait until its migration has ended, then run again`,
        );
      }
      await pauseBefore(repeat, patience);
    }
  }

  async #readOn(node: string, vmid: number, believedStopped: boolean): Promise<LiveVm | undefined> {
    try {
      const [rows, status] = await (believedStopped ? this.#stopped(node, vmid) : this.#both(node, vmid));
      return {
        node,
        status: status.status,
        snapshot: snapshotFromPending(rows, status.status === "running", status.drives),
        ...(status.qemuVersion !== undefined && { qemuVersion: status.qemuVersion }),
        ...(status.pid !== undefined && { pid: status.pid }),
        ...(status.machine !== undefined && { machine: status.machine }),
        ...(status.status === "running" && { startedAt: this.#startOf(status.uptime) }),
      };
    } catch (error) {
      if (error instanceof ProxmoxError && error.isMissingVm) return undefined;
      throw error;
    }
  }

  #both(node: string, vmid: number): Promise<[PendingRow[], VmStatus]> {
    return Promise.all([this.#api.pending(node, vmid), this.#api.status(node, vmid)]);
  }

  /** Of a VM that does not run nothing waits; with `onboot` it is asked whether it really does not. */
  async #stopped(node: string, vmid: number): Promise<[PendingRow[], VmStatus]> {
    const rows = await this.#api.pending(node, vmid);
    const matters = rows.some(
      ({ key, value, pending, delete: goes }) =>
        pending !== undefined || goes !== undefined || (key === "onboot" && String(value) === "1"),
    );
    return [
      rows,
      matters ? await this.#api.status(node, vmid) : { status: "stopped", uptime: 0, haManaged: false },
    ];
  }

  #startOf(uptime: number): string {
    const seconds = Math.round(this.#api.patience.now() / 1000) - uptime;
    return new Date(seconds * 1000).toISOString();
  }
}
