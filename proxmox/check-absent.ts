import { driveFormat } from "./drive-formats.ts";
import { busOf } from "./drive-slots.ts";
import { isNicSlot, nicFormat } from "./nic-keys.ts";
import { optionNameMistake, optionRule } from "./option-table.ts";
import { type Problem, problem } from "./problem.ts";

/** Whether a key, or something of it, is declared to be there; `part` is empty for a whole option. */
type IsDeclared = (section: string, name: string, part: string) => boolean;

/** Keys that are never declared to be absent, with the reason. */
const everThere: Readonly<Record<string, string>> = {
  "options.memory": "a VM always has memory: declare how much",
  "options.scsihw": "absent is the emulated LSI controller, which is not offered",
  "options.smbios1": "it holds the VM's identity",
  "options.vmgenid": "Proxmox makes it, and another one would be a change of its own",
  "nics.macaddr": "a network device always has an address: Proxmox would make another one up",
  "nics.model": "a network device always has a model",
  "drives.file": "it is the volume, which holds data",
  "drives.size": "it is the volume's own size",
  "drives.datastore": "it is where the volume is",
  "drives.media": "a declared drive is a disk",
  "drives.format": "the storage decides it",
};
const wholeDevice = "a whole device is not removed here: it may hold data, or be in use";

/** Every mistake in what is declared to be absent, found without asking Proxmox. */
export function checkAbsent(absent: unknown, isDeclared: IsDeclared): Problem[] {
  if (absent === undefined) return [];
  if (!Array.isArray(absent)) {
    return [problem("absent", "not a list", absent, "allowed is a list of paths", "correct the value")];
  }
  return absent.flatMap((path: unknown, index) => {
    const wrong = typeof path === "string" ? mistakeOf(path, absent.slice(0, index), isDeclared) : "no text";
    if (wrong === undefined) return [];
    return [
      problem(
        `absent[${index}]`,
        wrong,
        path,
        "allowed are options, and keys of an option's, a network device's or a drive's text, such as options.cpulimit, nics.net0.tag and drives.scsi0.mbps_rd_max",
        "correct the path, or take it out of absent",
      ),
    ];
  });
}

function mistakeOf(path: string, before: readonly unknown[], isDeclared: IsDeclared): string | undefined {
  const wrong = neverAbsent(path);
  if (wrong !== undefined) return wrong;
  const [section = "", name = "", part = ""] = path.split(".");
  if (isDeclared(section, name, part)) return "the key is both declared and absent";
  const isNamed = before.some((other) => isWithin(path, String(other)) || isWithin(String(other), path));
  return isNamed ? "the key is named twice" : undefined;
}

/** Why a key cannot be declared to be absent; undefined when it can. */
export function neverAbsent(path: string): string | undefined {
  const [section = "", name = "", part = "", ...rest] = path.split(".");
  return rest.length > 0 || path.endsWith(".") ? "no path of a key" : placeMistake(section, name, part);
}

function isWithin(path: string, other: string): boolean {
  return path === other || path.startsWith(`${other}.`);
}

function placeMistake(section: string, name: string, part: string): string | undefined {
  switch (section) {
    case "options":
      return optionMistake(name, part);
    case "nics":
      if (!isNicSlot(name)) return "no such network device slot";
      return partMistake(section, nicFormat.keys, part);
    case "drives":
      if (busOf(name) === undefined) return "no such drive slot";
      return partMistake(section, { ...driveFormat(name)?.keys, datastore: true }, part);
    default:
      return "no path of a key";
  }
}

function optionMistake(name: string, part: string): string | undefined {
  const rule = optionRule(name);
  const mistake = optionNameMistake(name) ?? everThere[`options.${name}`];
  if (mistake !== undefined) return mistake;
  if (part !== "") {
    return Object.hasOwn(rule?.format?.keys ?? {}, part) ? undefined : `${name} has no such key`;
  }
  const isDevice = rule?.format?.device === true || /^(?:serial|parallel)\d+$/.test(name);
  return isDevice ? wholeDevice : undefined;
}

function partMistake(section: string, keys: object, part: string): string | undefined {
  if (part === "") return wholeDevice;
  return Object.hasOwn(keys, part) ? everThere[`${section}.${part}`] : `${section} have no such key`;
}
