import type { Effect } from "../../proxmox/change-class.ts";

/** What a finding is about. */
export type FindingKind =
  | "drifted"
  | "waiting"
  | "waiting-undeclared"
  | "missing"
  | "not-created"
  | "unmanaged"
  | "uncapped"
  | "zombie-onboot"
  | "locked"
  | "problem";

/** Something that is not as it should be. */
export interface StatusFinding {
  readonly kind: FindingKind;
  /** Key in the fleet file, else name in Proxmox. */
  readonly vm: string;
  readonly vmid: number;
  /** Line of the VM's entry in the stack file; absent when it is not declared there. */
  readonly line?: number;
  /** Top-level key, such as `scsi0`. */
  readonly slot?: string;
  /** Property path, such as `drives.scsi0.mbps_rd`. */
  readonly path?: string;
  readonly declared?: string | null;
  /** In the current section of the VM's config; absent where it has none. */
  readonly configured?: string;
  /** From the next cold start on, where that is another value; null: none any more. */
  readonly waiting?: string | null;
  /** When what is declared takes effect once `pulumi up` has written it. */
  readonly effect?: Effect;
  readonly message: string;
}

/** What is known of a kind of finding. */
export interface KindText {
  /** Begins with "Checks whether". */
  readonly description: string;
  /** One sentence: what to do. */
  readonly remedy: string;
}

/** Every kind, in the order in which reports name them. */
export const kinds: Readonly<Record<FindingKind, KindText>> = {
  problem: {
    description: "Checks whether what is declared of a VM can be written at all.",
    remedy: "Decide or correct what the message names; until then pulumi up refuses the VM.",
  },
  locked: {
    description: "Checks whether no operation of Proxmox holds a VM.",
    remedy:
      "Wait until the backup, migration or snapshot has ended; if none runs any more, unlock it on the node (qm unlock VMID).",
  },
  missing: {
    description: "Checks whether every VM that is declared as existing exists.",
    remedy: "Correct the entry's vmid, take the entry out, or give the token VM.Audit on the VM.",
  },
  "not-created": {
    description: "Checks whether every VM that the program shall create exists.",
    remedy: "Run pulumi up, which creates it.",
  },
  unmanaged: {
    description: "Checks whether every VM that exists is declared.",
    remedy: "Declare it in the stack file, or name the VMs that status is to look at.",
  },
  drifted: {
    description: "Checks whether every declared key is configured as declared.",
    remedy: "Run pulumi up, which writes what is declared; or declare what is there.",
  },
  waiting: {
    description: "Checks whether QEMU runs what is declared.",
    remedy: "Stop and start the VM with npx fleet restart; a reboot inside the guest is not enough.",
  },
  "waiting-undeclared": {
    description: "Checks whether nothing waits for a cold start that nobody declared.",
    remedy:
      "Ask who left it; it becomes true at the next cold stop and start, unless it is reverted in Proxmox.",
  },
  uncapped: {
    description:
      "Checks whether every data drive of a VM that runs or is declared has caps of its throughput.",
    remedy: "Declare caps on the drive, or answer for their absence in policy/exemptions.yaml.",
  },
  "zombie-onboot": {
    description: "Checks whether a VM that is stopped does not start with its node.",
    remedy: "Declare onboot: false, or start the VM.",
  },
};

/** Their names, in that order. */
export const kindsInOrder = Object.keys(kinds) as readonly FindingKind[];
