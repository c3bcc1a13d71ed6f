import { hasAny } from "../../emulator/auth.ts";
import { parseDrive } from "../../emulator/drive-string.ts";
import { busOf } from "../../proxmox/drive-slots.ts";
import { isNicSlot } from "../../proxmox/nic-keys.ts";
import { optionNameMistake } from "../../proxmox/option-table.ts";
import { documentedNeeds, type Need, type Needs } from "./documented-needs.ts";
import { grantedTo } from "./emulator-privileges.ts";
import type { PrivilegesRow } from "./rows.ts";
import { compare, family, type Subject, type Verdict } from "./subject.ts";

const VMID = 100;

/** Of these the value that is there is asked for too. */
const BOTH = /^(?:net|hostpci|usb|serial|rng|virtiofs)\d+$/;

/** Of drives only what a declaration can do: options of a volume that stays, and a new drive; no CD-ROM, no removal. */
function isDeclarableDrive({ key, from, to }: PrivilegesRow): boolean {
  if (to === undefined || /media=cdrom|cloudinit/.test(`${from} ${to}`)) return false;
  const fresh = /^[^:]+:\d+$/;
  if (from === undefined) return fresh.test(to);
  return parseDrive(key, from).file === parseDrive(key, to).file;
}

function canBeDeclared(row: PrivilegesRow): boolean {
  if (busOf(row.key) !== undefined) return isDeclarableDrive(row);
  return isNicSlot(row.key) || optionNameMistake(row.key) === undefined;
}

/** Everything that a row's change needs, the value that goes included. */
function needsOf({ key, from, to }: PrivilegesRow): Needs | undefined {
  const values = BOTH.test(key) ? [from, to].filter((value) => value !== undefined) : [to];
  const found = values.map((value) => documentedNeeds(VMID, key, value));
  if (found.includes(undefined)) return undefined;
  if (found.includes("root")) return "root";
  return found.flatMap((needs) => (needs === undefined || needs === "root" ? [] : needs));
}

function missingOf(needs: Exclude<Needs, "root">, row: PrivilegesRow): Need[] {
  const caller = { user: "fleet@pve", isRoot: false, isToken: false, acl: grantedTo(row) };
  const has = ({ path, privilege }: Need) => hasAny(caller, path, [privilege]);
  return needs.filter((clause) => !clause.some((all) => all.every(has))).flat(2);
}

/** The answer, as far as the table speaks of it: what is missing, "root", or that the change is made. */
function judge(row: PrivilegesRow): Verdict {
  if (!canBeDeclared(row)) return undefined;
  const { key, op, status, path, privilege = "", error } = row;
  const needs = needsOf(row);
  const missing = needs === undefined || needs === "root" ? [] : missingOf(needs, row);
  const got = needs === "root" ? "root" : missing.map((need) => `${need.path} ${need.privilege}`);
  const isRoots = /\bonly root/.test(error ?? "");
  // Proxmox names the first that it misses; where it misses every right to configure, any that the table names fits.
  const isAnyConfig = privilege.startsWith("VM.Config.Disk|");
  const named = privilege.split("|").map((one) => `${path} ${one}`);
  const fits =
    status === 200
      ? got !== "root" && got.length === 0
      : isRoots || got === "root"
        ? got === "root"
        : isAnyConfig
          ? got.length > 0
          : named.every((one) => got.includes(one));
  const expected = status === 200 ? "made" : isRoots ? "root" : named;
  return fits
    ? "same"
    : compare(`${family(key)} (${op})`, expected, needs === undefined ? "nothing said" : got);
}

/** What docs/security.md says that each key needs. */
export const documentedPrivileges: Subject<PrivilegesRow> = {
  file: "privileges.jsonl",
  name: "docs/security.md",
  judge,
};
