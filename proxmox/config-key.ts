import { driveFormat } from "./drive-formats.ts";
import { slotKind } from "./drive-slots.ts";
import type { PropertyFormat } from "./key-rule.ts";
import { isNicSlot, nicFormat } from "./nic-keys.ts";
import { optionRule } from "./option-table.ts";
import { readableProperties } from "./property-string.ts";

/** The format of a top-level key's text; undefined when it is no property string. */
export function formatOf(key: string): PropertyFormat | undefined {
  return driveFormat(key) ?? (isNicSlot(key) ? nicFormat : optionRule(key)?.format);
}

/** A top-level key as reports name it: `drives.scsi0`, `nics.net0`, `options.scsihw`. */
export function pathOf(key: string): string {
  if (slotKind(key) !== undefined) return `drives.${key}`;
  return isNicSlot(key) ? `nics.${key}` : `options.${key}`;
}

/** One part of a key's text; undefined where it is absent or nobody can read it. */
export function partIn(key: string, part: string, text: string | undefined): string | undefined {
  const format = formatOf(key);
  return format && readableProperties(format, text)?.get(part);
}
