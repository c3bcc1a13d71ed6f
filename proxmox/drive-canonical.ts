import { printDrive } from "./drive.ts";
import { driveFormat } from "./drive-formats.ts";
import { urlEncoded } from "./drive-keys.ts";
import { slotKind } from "./drive-slots.ts";
import type { KeyRule } from "./key-rule.ts";
import { isNumber, parseBoolean } from "./meaning.ts";
import { PropertyStringError, parseProperties } from "./property-string.ts";
import { parseSize, printSize } from "./size.ts";
import { forms } from "./text-forms.ts";

/** What Proxmox makes of a drive's text: what it stores, or the text of its 400. */
export type CanonicalDrive = { readonly output: string } | { readonly error: string };

const unknownKey = "property is not defined in schema and the schema does not allow additional properties";
const unparsable = "unable to parse drive options";
/** Keys that a write may carry and that are never stored. */
const writeOnly: Readonly<Record<string, KeyRule>> = {
  "import-from": { type: "text", change: "live" },
  bps: { type: "integer", change: "live" },
  bps_rd: { type: "integer", change: "live" },
  bps_wr: { type: "integer", change: "live" },
};
/**
 * Which key needs which. Proxmox looks for the bases of the iops bursts under names that no key has, so that it
 * takes these bursts alone.
 */
const requirements = [
  ["mbps_max", "mbps"],
  ["mbps_rd_max", "mbps_rd"],
  ["mbps_wr_max", "mbps_wr"],
  ["bps_max_length", "mbps_max"],
  ["bps_rd_max_length", "mbps_rd_max"],
  ["bps_wr_max_length", "mbps_wr_max"],
  ["iops_max_length", "iops_max"],
  ["iops_rd_max_length", "iops_rd_max"],
  ["iops_wr_max_length", "iops_wr_max"],
] as const;
const exclusive = [
  ["mbps", "mbps_rd"],
  ["mbps", "mbps_wr"],
  ["iops", "iops_rd"],
  ["iops", "iops_wr"],
] as const;

/**
 * What Proxmox would store for a drive's text, before it asks the storage for the volume's size and allocates
 * or imports anything; or its error. Proxmox's own quirks included.
 */
export function canonicalDrive(slot: string, text: string): CanonicalDrive {
  const format = driveFormat(slot);
  if (format === undefined) return { error: unknownKey };
  let drive: Map<string, string>;
  try {
    drive = parseProperties(format, text);
  } catch (error) {
    if (error instanceof PropertyStringError) return { error: `invalid format - ${error.message}\n` };
    throw error;
  }
  const rules = { ...format.keys, ...(slotKind(slot) === "unused" ? {} : writeOnly) };
  const mistakes = [...drive].flatMap(([key, value]) => {
    if (key === "file") return fileMistake(slot, value).map((mistake) => `${slot}.file: ${mistake}\n`);
    const mistake = Object.hasOwn(rules, key) ? valueMistake(rules[key], value) : unknownKey;
    return mistake === undefined ? [] : [`${slot}.${key}: ${mistake}\n`];
  });
  if (!drive.has("file")) mistakes.push(`${slot}.file: property is missing and it is not optional\n`);
  if (mistakes.length > 0) return { error: `invalid format - format error\n${mistakes.sort().join("")}` };

  for (const key of ["bps", "bps_rd", "bps_wr"]) {
    if (!drive.delete(key)) continue;
    if (drive.has(`m${key}`)) return { error: unparsable };
    // Proxmox converts the answer to "is it there" instead of the value.
    drive.set(`m${key}`, "0.000");
  }
  if (isUnparsable(slot, drive)) return { error: unparsable };
  for (const [key, value] of drive) {
    const type = rules[key]?.type;
    if (type === "boolean") drive.set(key, parseBoolean(value) ? "1" : "0");
    if (type === "size") drive.set(key, printSize(parseSize(value) ?? 0));
  }
  // An efidisk or a TPM has no medium, and none the less gets the word for it.
  const file = drive.get("file");
  if ((file === "none" || file === "cdrom") && !drive.has("media")) drive.set("media", "cdrom");
  return { output: slotKind(slot) === "unused" ? text : printDrive(drive) };
}

function isUnparsable(slot: string, drive: ReadonlyMap<string, string>): boolean {
  const isTrue = (key: string) => !["", "0", undefined].includes(drive.get(key));
  if (requirements.some(([key, needed]) => isTrue(key) && !isTrue(needed))) return true;
  if (exclusive.some(([total, one]) => isTrue(total) && isTrue(one))) return true;
  if (drive.get("media") !== "cdrom") return false;
  return (
    slotKind(slot) === "virtio" || drive.has("format") || parseBoolean(drive.get("snapshot") ?? "0") === true
  );
}

/** A volume of a storage; of a drive that a guest sees also a path, `none` or the host's own drive. */
function fileMistake(slot: string, file: string): string[] {
  const isOther = slotKind(slot) !== "unused" && (/^\//.test(file) || file === "none" || file === "cdrom");
  if (isOther || forms.volumeId.test(file)) return [];
  return [`invalid format - unable to parse volume ID '${file}'\n`];
}

function valueMistake(rule: KeyRule | undefined, value: string): string | undefined {
  const { type, values = [], minimum, pattern, maxLength } = rule ?? {};
  const wrongType = `type check ('${type}') failed - got '${value}'`;
  switch (type) {
    case "boolean":
      return parseBoolean(value) === undefined ? wrongType : undefined;
    case "number":
    case "integer":
      if (type === "integer" ? !/^[+-]?\d+$/.test(value) : !isNumber(value)) return wrongType;
      if (minimum !== undefined && Number(value) < minimum)
        return `value must have a minimum value of ${minimum}`;
      return undefined;
    case "enum":
      if (values.includes(value)) return undefined;
      return `value '${value}' does not have a value in the enumeration '${values.join(", ")}'`;
    case "size":
      if (parseSize(value) !== undefined) return undefined;
      return `invalid format - value does not look like a valid disk size: ${value}\n`;
    default:
      if (pattern?.test(value) === false) {
        return pattern === urlEncoded
          ? `invalid format - invalid urlencoded string: ${value}\n`
          : "value does not match the regex pattern";
      }
      return maxLength !== undefined && value.length > maxLength
        ? `value may only be ${maxLength} characters long`
        : undefined;
  }
}
