import type { Seed } from "../../../emulator/seed.ts";
import { baseVm, type Change, type Config } from "./changes.ts";
import type { Neighbour } from "./neighbours.ts";

/** One change on one VM. */
export interface Cell {
  readonly vmid: number;
  readonly change: Change;
  readonly neighbour: Neighbour;
}

/** Each change with each neighbour on a VM of its own. */
export function matrix(
  changes: readonly Change[],
  neighbours: readonly Neighbour[],
  firstId: number,
): Cell[] {
  return changes
    .flatMap((change) => neighbours.map((neighbour) => ({ change, neighbour })))
    .map((cell, index) => ({ vmid: firstId + index, ...cell }));
}

/** Text with the VM's id in it. */
export function withId(vmid: number, text: string): string {
  return text.replaceAll("ID", String(vmid));
}

/** A cell's config file before anything is done. */
export function configOf({ vmid, neighbour }: Cell): Record<string, string> {
  const lines: [string, string | null][] = Object.entries({ ...baseVm, ...neighbour.config });
  return Object.fromEntries(
    lines.flatMap(([key, text]) => (text === null ? [] : [[key, withId(vmid, text)] as const])),
  );
}

/** What waits in a cell before anything is done. */
export function pendingOf({ vmid, neighbour }: Cell): Record<string, string> {
  return mapped(vmid, neighbour.pending ?? {});
}

/** An estate with a VM for each cell. */
export function seedOf(cells: readonly Cell[]): Seed {
  return {
    time: "2026-01-01T12:00:00Z",
    nodes: [{ name: "pve", cores: 16, memoryGiB: 64, bridges: ["vmbr0", "vmbr1"] }],
    storages: [
      {
        name: "local",
        type: "dir",
        content: ["iso"],
        totalGiB: 100,
        volumes: [{ volid: "local:iso/x.iso", size: "112M" }],
      },
      { name: "local-lvm", type: "lvmthin", content: ["images"], totalGiB: 100_000 },
    ],
    vms: cells.map((cell) => ({
      vmid: cell.vmid,
      running: cell.neighbour.stopped !== true,
      config: configOf(cell),
      pending: pendingOf(cell),
      delete: [...(cell.neighbour.deletes ?? [])],
      snapshots: Object.fromEntries(
        Object.entries(cell.neighbour.snapshots ?? {}).map(([name, values]) => [
          name,
          mapped(cell.vmid, values),
        ]),
      ),
    })),
  };
}

function mapped(vmid: number, values: Config): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([key, text]) => [key, withId(vmid, text)]));
}
