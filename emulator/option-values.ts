import { byBytes } from "./by-bytes.ts";
import { optionRule } from "./config-schema.ts";
import { isDriveKey } from "./drive-schema.ts";
import { canonicalDrive } from "./drive-write.ts";
import { storedNet } from "./net-string.ts";
import type { Random } from "./random.ts";
import { splitList } from "./text-formats.ts";

function uniqueTags(value: string): string {
  return [...new Set(splitList(value.toLowerCase()))].sort(byBytes).join(";");
}

/** An option as it will be stored, as far as that is known before the storage is touched. */
export function storedOption(random: Random, key: string, value: string): string {
  if (isDriveKey(key)) return canonicalDrive(key, value);
  if (/^net\d+$/.test(key)) return storedNet(key, value, random);
  if (key === "vmgenid" && value === "1") return random.uuid();
  if (key === "tags") return uniqueTags(value);
  if (key === "cipassword") return `$5$emulated$${value.length}`;
  return optionRule(key)?.type === "integer" ? String(Number(value)) : value;
}

/** The machine that a Windows guest is pinned to; undefined where nothing is pinned. */
export function pinnedMachine(ostype: string | undefined, machine: string | undefined): string | undefined {
  if (!/^w(?:in\d+|xp|2k\d?|vista)$/.test(ostype ?? "")) return undefined;
  const [type, ...options] = (machine ?? "pc").split(",");
  const pinned = { pc: "pc-i440fx-10.1", q35: "pc-q35-10.1" }[type ?? ""];
  return pinned === undefined ? undefined : [pinned, ...options].join(",");
}
