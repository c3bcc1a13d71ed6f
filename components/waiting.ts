import { waitingLine } from "../proxmox/report.ts";
import type { Waiting } from "./vm-config.ts";

/** By VM, what a cold stop and start would bring into QEMU, one readable line for each key. */
export type WaitingByVm = Readonly<Record<string, readonly string[]>>;

/** What waits, readable: `options.scsihw: lsi => virtio-scsi-single`. VMs for which nothing waits are left out. */
export function whatWaits(
  vms: readonly (readonly [key: string, items: readonly Waiting[] | undefined])[],
): WaitingByVm {
  return Object.fromEntries(
    vms.flatMap(([key, items = []]) => (items.length === 0 ? [] : [[key, items.map(waitingLine)]])),
  );
}

/** The commands that bring into QEMU what waits, one for each VM. */
export function restartCommands(waiting: WaitingByVm, stack: string): string[] {
  const option = stack === "prod" ? "" : ` --stack ${stack}`;
  return Object.keys(waiting).map((key) => `npx fleet restart ${key}${option}`);
}

/** What a run says at its end; undefined when nothing waits. */
export function waitingSummary(waiting: WaitingByVm, stack: string): string | undefined {
  const entries = Object.values(waiting);
  const count = entries.reduce((sum, lines) => sum + lines.length, 0);
  if (count === 0) return undefined;
  const commands = restartCommands(waiting, stack);
  const lines = entries.flatMap((items, index) => [
    `  ${commands[index]}`,
    ...items.map((line) => `    ${line}`),
  ]);
  return [
    `${count} ${count === 1 ? "change waits" : "changes wait"} for a cold stop and start; nothing here restarts a VM. When it suits you:`,
    ...lines,
  ].join("\n");
}
