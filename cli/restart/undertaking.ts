import type { VmApi, VmStatus } from "../../proxmox/api/vm-api.ts";
import type { VmReader } from "../../proxmox/api/vm-reader.ts";
import type { VmSnapshot } from "../../proxmox/snapshot.ts";
import type { NamedVm } from "../stack/named-vm.ts";
import type { Backup } from "./backup.ts";
import type { RestartPlan } from "./plan.ts";

/** Everything that one cold stop and start needs. */
export interface Undertaking {
  readonly api: VmApi;
  readonly reader: VmReader;
  readonly vm: NamedVm;
  readonly plan: RestartPlan;
  /** The config as it was when the plan was confirmed. */
  readonly confirmed: VmSnapshot;
  /** Asks about what nobody confirmed yet; undefined where nobody could answer. */
  readonly ask: ((question: string) => Promise<boolean>) | undefined;
  /** The config as it is, for the way back. */
  readonly backup: Backup;
  /** How long the guest may take to shut down, in seconds. */
  readonly timeout: number;
  /** End the process at once instead. */
  readonly hard: boolean;
  readonly signal: AbortSignal;
  readonly progress: (doing: string) => void;
}

/** What the VM's process says of itself now. */
export function statusOf({ api, vm }: Undertaking): Promise<VmStatus> {
  return api.status(vm.location.node, vm.location.vmid);
}
