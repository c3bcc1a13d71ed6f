import type { JudgedVm } from "../../policy/judged-vm.ts";
import type { Unread } from "../cluster/read-vm.ts";

/** A VM of an audit, judged or not. */
export interface AuditedVm {
  readonly name: string;
  readonly vmid?: number;
  readonly node?: string;
  /** Of a resource in a state file nothing is known of it. */
  readonly status?: "running" | "stopped";
  /** A template never runs, and so is listed without being judged. */
  readonly template: boolean;
  /** Drives that another VM owns by name, such as a CSI driver's: not judged. */
  readonly foreignDrives: number;
}

/** What an audit judges: read from a node or from a state file. */
export interface AuditedVms {
  /** `https://pve.example.org:8006`, or the file's path. */
  readonly source: string;
  readonly vms: readonly AuditedVm[];
  /** As the VMs are. */
  readonly now: readonly JudgedVm[];
  /** As they become at their next cold start. */
  readonly next: readonly JudgedVm[];
  readonly unread: readonly Unread[];
}
