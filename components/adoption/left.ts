import type { Effect } from "../../proxmox/key-rule.ts";
import type { Fault } from "./faults.ts";

/** What an entry does not own though a user would want to, and what can be done about it. */
export interface Left {
  /** Path in the entry: `drives.scsi0.caps.readMiBps`. */
  readonly path: string;
  /** What is wrong (got ...). */
  readonly reason: string;
  /** One of them is to be chosen; the first that would own it writes. */
  readonly choices: readonly string[];
}

const unowned = "leave it unowned: nothing ever writes it";

const effects: Readonly<Record<Effect, string>> = {
  live: "would be written, live",
  cold: "would be written, cold: waits for a stop and start",
  invisible: "would be written; QEMU goes on with the old value until a stop and start",
};

/** What a fault leaves, with the choices that there are. */
export function leftBy({ keys, whole, reason, allowed, waits }: Fault): Left {
  const path = whole ?? commonPath(keys.map((key) => key.path));
  const effect = keys.find((key) => key.effect === "cold")?.effect ?? keys[0]?.effect ?? "live";
  if (waits) {
    return {
      path,
      reason,
      choices: [
        `declare ${path}: ${effects[effect]}`,
        unowned,
        "schedule it: stop and start the VM, then declare what it has",
      ],
    };
  }
  return {
    path,
    reason,
    choices: [
      ...(allowed === undefined ? [] : [`declare ${path} (allowed: ${allowed}): ${effects[effect]}`]),
      unowned,
      ...(allowed === undefined || effect === "live"
        ? []
        : ["schedule it: declare it with the next maintenance, then stop and start the VM"]),
    ],
  };
}

/** What no check can say of a text that has no place in an entry at all. */
export function leftAside(path: string, reason: string): Left {
  return { path, reason, choices: [unowned, "correct it by hand, then declare it"] };
}

function commonPath(paths: readonly (readonly string[])[]): string {
  const [first = [], ...others] = paths;
  const differs = first.findIndex((key, index) => others.some((path) => path[index] !== key));
  return (differs < 0 ? first : first.slice(0, differs)).join(".");
}
