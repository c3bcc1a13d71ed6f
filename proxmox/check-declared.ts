import { checkAbsent } from "./check-absent.ts";
import { checkTexts } from "./check-texts.ts";
import { valueMistake } from "./check-value.ts";
import type { DeclaredVm } from "./declared.ts";
import { driveConflicts } from "./drive-conflicts.ts";
import { driveFormat } from "./drive-formats.ts";
import { driveKeys, isCapKey } from "./drive-keys.ts";
import { busOf, driveSlotsAllowed, expandSlots, slotSet } from "./drive-slots.ts";
import type { KeyRule } from "./key-rule.ts";
import { isNicSlot, nicFormat, nicSlotsAllowed } from "./nic-keys.ts";
import { optionNameMistake, optionRule } from "./option-table.ts";
import { type Problem, problem } from "./problem.ts";

/** A declaration whose values were not looked at yet. */
export type RawDeclaredVm = { readonly [Key in keyof DeclaredVm]?: unknown };

const datastoreRule: KeyRule = {
  type: "text",
  change: "cold",
  pattern: /^[A-Za-z][A-Za-z0-9\-_.]*[A-Za-z0-9]$/,
};
const sizeRule: KeyRule = { type: "size", change: "live" };
const controllers = ["virtio-scsi-single", "virtio-scsi-pci"];
/** Keys of a drive that are not for a declaration, with the reason. */
const fixedDriveKeys: Readonly<Record<string, string>> = {
  file: "the volume is never chosen here",
  volume: "the volume is never chosen here",
  "import-from": "drives are not imported here",
  media: "a declared drive is a disk",
  format: "the storage decides it",
};
const correctKey = "correct or remove the key";
const correctValue = "correct the value";

/** Every mistake in a declaration by its path, found without asking Proxmox. */
export function checkDeclared(raw: RawDeclaredVm): Problem[] {
  return [
    ...checkIdentity(raw),
    ...checkOptions(entriesOf(raw.options)),
    ...checkDrives(entriesOf(raw.drives)),
    ...checkNics(entriesOf(raw.nics)),
    ...checkAbsent(raw.absent, (...place) => isDeclared(raw, ...place)),
    ...checkForeign(raw),
    ...checkTexts(entriesOf(raw.options), entriesOf(raw.nics), raw.absent),
    ...(["options", "drives", "nics"] as const).flatMap((name) =>
      raw[name] === undefined || isRecord(raw[name])
        ? []
        : [problem(name, "not an object", raw[name], "allowed is an object of named values", correctValue)],
    ),
  ];
}

/** Whether something of a key is declared to be there; of an option that is declared as text, all of it is. */
function isDeclared(raw: RawDeclaredVm, section: string, name: string, part: string): boolean {
  const keys = entriesOf(raw[section as "options"]).find(([one]) => one === name)?.[1];
  if (keys === undefined) return false;
  if (part === "" || !isRecord(keys)) return true;
  return Object.hasOwn(keys, part);
}

function checkIdentity({ vmid, node }: RawDeclaredVm): Problem[] {
  const problems: Problem[] = [];
  if (typeof vmid !== "number" || !Number.isInteger(vmid) || vmid < 100 || vmid > 999_999_999) {
    problems.push(
      problem(
        "vmid",
        "not the id of a VM",
        vmid,
        "allowed is a whole number from 100 to 999999999",
        correctValue,
      ),
    );
  }
  if (
    node !== undefined &&
    (typeof node !== "string" || !/^[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?$/.test(node))
  ) {
    problems.push(problem("node", "not the name of a node", node, "allowed is a host name", correctValue));
  }
  return problems;
}

function checkOptions(options: readonly (readonly [string, unknown])[]): Problem[] {
  return options.flatMap(([name, value]) => {
    const path = `options.${name}`;
    const mistake = optionNameMistake(name);
    const rule = optionRule(name);
    if (mistake !== undefined || rule === undefined) {
      return [
        problem(path, mistake ?? "is no option of a VM", name, "allowed are a VM's own options", correctKey),
      ];
    }
    if (name === "scsihw" && !controllers.includes(String(value))) {
      return [
        problem(
          path,
          "a controller that is not offered",
          value,
          `allowed are ${controllers.join(" and ")}`,
          "declare virtio-scsi-single, or leave scsihw out",
        ),
      ];
    }
    if (!isRecord(value)) return checkValue(path, rule, value, false);
    if (rule.format === undefined) {
      return [
        problem(
          path,
          "an object for an option that has no keys",
          value,
          "allowed is a plain value",
          correctValue,
        ),
      ];
    }
    const { keys } = rule.format;
    return Object.entries(value).flatMap(([key, inner]) =>
      Object.hasOwn(keys, key)
        ? checkValue(`${path}.${key}`, keys[key], inner, true)
        : [
            problem(
              `${path}.${key}`,
              `${name} has no such key`,
              key,
              `allowed are ${Object.keys(keys).join(", ")}`,
              correctKey,
            ),
          ],
    );
  });
}

function checkDrives(drives: readonly (readonly [string, unknown])[]): Problem[] {
  return drives.flatMap(([slot, keys]) => {
    const path = `drives.${slot}`;
    const bus = busOf(slot);
    const format = driveFormat(slot);
    if (bus === undefined || format === undefined) {
      return [problem(path, "no such drive slot", slot, driveSlotsAllowed, "correct the slot")];
    }
    if (!isRecord(keys))
      return [problem(path, "not an object", keys, "allowed is an object of drive keys", correctValue)];
    const problems = Object.entries(keys).flatMap(([key, value]) => {
      const at = `${path}.${key}`;
      if (key === "size") return checkValue(at, sizeRule, value, true);
      if (key === "datastore") return checkValue(at, datastoreRule, value, true);
      if (Object.hasOwn(fixedDriveKeys, key)) {
        return [
          problem(
            at,
            `cannot be declared: ${fixedDriveKeys[key]}`,
            value,
            "allowed are the drive's other keys",
            "remove the key",
          ),
        ];
      }
      if (Object.hasOwn(format.keys, key)) {
        const rule = format.keys[key];
        return checkValue(at, rule && isCapKey(key) ? { ...rule, minimum: 0 } : rule, value, true);
      }
      const buses = Object.hasOwn(driveKeys, key) ? (driveKeys[key]?.buses ?? []) : [];
      const allowed =
        buses.length > 0
          ? `${key} is allowed on ${buses.join(", ")}`
          : `allowed on ${bus} are ${Object.keys(format.keys)
              .filter((name) => !Object.hasOwn(fixedDriveKeys, name))
              .join(", ")}`;
      return [problem(at, `${bus} drives have no such key`, value, allowed, correctKey)];
    });
    return problems.length > 0 ? problems : checkCombinations(path, keys);
  });
}

function checkCombinations(path: string, keys: Readonly<Record<string, unknown>>): Problem[] {
  const drive = new Map(Object.entries(keys).map(([key, value]) => [key, String(value)]));
  return driveConflicts(drive).map(({ keys: [key], wrong, allowed, fix }) =>
    problem(`${path}.${key}`, wrong, keys[key], allowed, fix),
  );
}

function checkNics(nics: readonly (readonly [string, unknown])[]): Problem[] {
  return nics.flatMap(([slot, keys]) => {
    const path = `nics.${slot}`;
    if (!isNicSlot(slot))
      return [problem(path, "no such network device slot", slot, nicSlotsAllowed, "correct the slot")];
    if (!isRecord(keys))
      return [
        problem(path, "not an object", keys, "allowed is an object of network device keys", correctValue),
      ];
    return Object.entries(keys).flatMap(([key, value]) =>
      Object.hasOwn(nicFormat.keys, key)
        ? checkValue(`${path}.${key}`, nicFormat.keys[key], value, true)
        : [
            problem(
              `${path}.${key}`,
              "network devices have no such key",
              value,
              `allowed are ${Object.keys(nicFormat.keys).join(", ")}`,
              correctKey,
            ),
          ],
    );
  });
}

function checkForeign({ foreignSlots = [], drives }: RawDeclaredVm): Problem[] {
  if (!Array.isArray(foreignSlots)) {
    return [
      problem(
        "foreignSlots",
        "not a list",
        foreignSlots,
        "allowed is a list of slots and ranges",
        correctValue,
      ),
    ];
  }
  const ranges = foreignSlots.filter((item): item is string => typeof item === "string");
  const foreign = slotSet(ranges);
  return [
    ...foreignSlots.flatMap((item: unknown, index) =>
      typeof item === "string" && expandSlots(item) !== undefined
        ? []
        : [
            problem(
              `foreignSlots[${index}]`,
              "no drive slot and no range of them",
              item,
              `${driveSlotsAllowed}, and ranges such as scsi1-29`,
              correctValue,
            ),
          ],
    ),
    ...entriesOf(drives)
      .filter(([slot]) => foreign.has(slot))
      .map(([slot]) =>
        problem(
          `drives.${slot}`,
          "the slot is both declared and foreign",
          slot,
          "allowed is one of the two",
          "remove it from drives or from foreignSlots",
        ),
      ),
  ];
}

function checkValue(path: string, rule: KeyRule | undefined, value: unknown, inside: boolean): Problem[] {
  const mistake = rule && valueMistake(rule, value, inside);
  return mistake ? [problem(path, mistake.wrong, value, mistake.allowed, correctValue)] : [];
}

function entriesOf(value: unknown): [string, unknown][] {
  return isRecord(value) ? Object.entries(value) : [];
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
