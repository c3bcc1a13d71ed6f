import type { DeclaredVm } from "./declared.ts";
import { driveFormat } from "./drive-formats.ts";
import { slotKind } from "./drive-slots.ts";
import type { PropertyFormat } from "./key-rule.ts";
import { sameMeaning } from "./meaning.ts";
import { isNicSlot, nicFormat } from "./nic-keys.ts";
import { optionRule } from "./option-table.ts";
import { ownedKeys } from "./owned.ts";
import { type Properties, readableProperties } from "./property-string.ts";
import { slotHolders } from "./slot-holders.ts";
import { present, upcoming, type VmSnapshot } from "./snapshot.ts";

/** A value that becomes another at the next cold start. */
export interface PendingChange {
  /** Property path, such as `drives.scsi0.discard`. */
  readonly path: string;
  /** Top-level key, such as `scsi0`. */
  readonly slot: string;
  readonly from?: string;
  /** Absent: it goes away. */
  readonly to?: string;
}

/** What waits for the next cold start and is not declared: other hands left it. Foreign drives are left out. */
export function undeclaredPending(declared: DeclaredVm, snapshot: VmSnapshot): PendingChange[] {
  const owned = new Map(ownedKeys(declared).map((one) => [one.key, one]));
  const foreign = new Set(
    slotHolders(declared, snapshot)
      .filter(({ holder }) => holder === "foreign")
      .map(({ slot }) => slot),
  );
  const slots = [...new Set([...Object.keys(snapshot.pending), ...snapshot.pendingDeletes])].sort();
  return slots
    .filter((slot) => !foreign.has(slot))
    .flatMap((slot) => {
      const changes = changesOf(slot, present(snapshot, slot), upcoming(snapshot, slot));
      const one = owned.get(slot);
      if (one === undefined) return changes;
      const paths = new Set([one.path, ...one.leaves.map(({ path }) => path), `${one.path}.size`]);
      // Declared as text, a string is owned by the keys that the text names.
      const named = new Set(one.leaves.map(({ key }) => `${one.path}.${key}`));
      return changes.filter(({ path }) => !paths.has(path) && !named.has(path));
    });
}

function changesOf(slot: string, from: string | undefined, to: string | undefined): PendingChange[] {
  const path = `${sectionOf(slot)}.${slot}`;
  const whole = {
    path,
    slot,
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
  };
  const format = formatOf(slot);
  const before = viewIn(format, from);
  const after = viewIn(format, to);
  if (format === undefined || before === undefined || after === undefined) return from === to ? [] : [whole];
  const keys = new Set([...before.keys(), ...after.keys()]);
  keys.delete("size");
  return [...keys].flatMap((key) => {
    const [old, next] = [before.get(key), after.get(key)];
    const rule = Object.hasOwn(format.keys, key) ? format.keys[key] : undefined;
    if (rule === undefined ? old === next : sameMeaning(rule, old, next)) return [];
    const values = { ...(old !== undefined && { from: old }), ...(next !== undefined && { to: next }) };
    return [{ path: `${path}.${key}`, slot, ...values }];
  });
}

function sectionOf(slot: string): string {
  if (isNicSlot(slot)) return "nics";
  return slotKind(slot) === undefined ? "options" : "drives";
}

function formatOf(slot: string): PropertyFormat | undefined {
  if (isNicSlot(slot)) return nicFormat;
  return driveFormat(slot) ?? optionRule(slot)?.format;
}

function viewIn(format: PropertyFormat | undefined, text: string | undefined): Properties | undefined {
  return format && readableProperties(format, text);
}
