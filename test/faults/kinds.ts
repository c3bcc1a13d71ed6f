import type { Control } from "../../demo/control.ts";
import type { Passing, Wire } from "./wire.ts";

/** What a fault has at hand when its moment comes. */
export interface Scene {
  readonly vmid: number;
  readonly control: Control;
  readonly wire: Wire;
  /** A request of an operator's. */
  readonly operator: (method: "POST" | "DELETE", path: string) => Promise<void>;
}

/** One way in which Proxmox, the network or another hand gets in the way. */
export interface FaultKind {
  readonly name: string;
  /** Requests that it can hit. */
  readonly at: "every request" | "writes" | "growth";
  /** Also every request after the first that it hits, until the operation has ended. */
  readonly stays?: true;
  /** Needs the whole endpoint for itself. */
  readonly alone?: true;
  readonly strike: (scene: Scene, passing: Passing) => Promise<"pass" | "cut">;
}

/** A fault of the emulator at exactly this request. */
function emulated(fault: Record<string, unknown>): FaultKind["strike"] {
  return async ({ control }, { method, path }) => {
    await control.fault({ method, path, times: 1, ...fault });
    return "pass";
  };
}

const answers = (status: number, message: string) => emulated({ action: "fail", status, message });
const lockTimeout = "can't lock file '/var/lock/qemu-server/lock-1000.conf' - got timeout";

/** An editor that changes an unowned key between our read and our write. */
async function edit({ vmid, control }: Scene): Promise<"pass"> {
  edits += 1;
  await control.act(vmid, "edit", { description: `edit ${edits}` });
  return "pass";
}
let edits = 0;

export const faultKinds: readonly FaultKind[] = [
  {
    name: "connection refused",
    at: "every request",
    alone: true,
    strike: async ({ wire }) => {
      wire.refuse();
      return "cut";
    },
  },
  {
    name: "connection dropped before it took effect",
    at: "every request",
    strike: emulated({ action: "drop-before" }),
  },
  {
    name: "connection dropped after it took effect",
    at: "every request",
    strike: emulated({ action: "drop-after" }),
  },
  {
    name: "every connection dropped",
    at: "every request",
    stays: true,
    strike: emulated({ action: "drop-before" }),
  },
  { name: "slow answer", at: "every request", strike: emulated({ action: "delay", milliseconds: 30_000 }) },
  { name: "401", at: "every request", strike: answers(401, "Authentication failed!") },
  {
    name: "403",
    at: "every request",
    strike: (scene, passing) =>
      answers(
        403,
        `Permission check failed (/vms/${scene.vmid}, ${passing.method === "GET" ? "VM.Audit" : "VM.Config.Disk"})`,
      )(scene, passing),
  },
  { name: "500", at: "every request", strike: answers(500, "unable to open file - Input/output error") },
  { name: "500 got timeout", at: "every request", strike: answers(500, "got timeout") },
  { name: "596 once", at: "every request", strike: answers(596, "Broken pipe") },
  {
    name: "node offline (595 on everything)",
    at: "every request",
    stays: true,
    strike: answers(595, "No route to host"),
  },
  { name: "lock timeout once", at: "writes", strike: answers(500, lockTimeout) },
  { name: "lock timeout again and again", at: "writes", stays: true, strike: answers(500, lockTimeout) },
  {
    name: "locked by a backup",
    at: "writes",
    stays: true,
    strike: emulated({ action: "lock", message: "backup" }),
  },
  {
    name: "locked by a migration of high availability",
    at: "writes",
    stays: true,
    strike: emulated({ action: "lock", message: "migrate" }),
  },
  { name: "digest lost once", at: "writes", strike: edit },
  { name: "digest lost again and again", at: "writes", stays: true, strike: edit },
  {
    name: "VM migrated to another node meanwhile",
    at: "every request",
    // Not by a request: Proxmox does not migrate a VM that has another's volume on a local storage.
    strike: async ({ vmid, control }) => {
      await control.act(vmid, "move", { node: "pve2" });
      return "pass";
    },
  },
  {
    name: "VM destroyed meanwhile",
    at: "every request",
    strike: async ({ vmid, operator }) => {
      await operator("POST", `/nodes/pve/qemu/${vmid}/status/stop`);
      await operator("DELETE", `/nodes/pve/qemu/${vmid}`);
      return "pass";
    },
  },
  {
    name: "storage full",
    at: "growth",
    strike: emulated({ action: "task-fail", message: "lvextend: insufficient free space" }),
  },
  {
    name: "task fails",
    at: "growth",
    strike: emulated({ action: "task-fail", message: "received interrupt" }),
  },
  {
    name: "task never ends",
    at: "growth",
    strike: emulated({ action: "task-delay", milliseconds: 600_000 }),
  },
];
