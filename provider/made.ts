import type { Scalar } from "../proxmox/declared.ts";
import type { DeclaredDiff } from "../proxmox/diff-declared.ts";
import { datastoreOf, isCloudInit } from "../proxmox/drive.ts";
import { driveFormat } from "../proxmox/drive-formats.ts";
import { slotKind } from "../proxmox/drive-slots.ts";
import { parseBoolean } from "../proxmox/meaning.ts";
import { type Problem, problem } from "../proxmox/problem.ts";
import { readableProperties } from "../proxmox/property-string.ts";
import { upcomingConfig, type VmSnapshot } from "../proxmox/snapshot.ts";
import type { VmConfigInputs } from "./vm-config-inputs.ts";

/** A VM that exists, as far as its creation decided. */
interface ExistingVm {
  readonly vmid: number;
  readonly snapshot: VmSnapshot;
  /** As far as the token may see it. */
  readonly pool: string | undefined;
}

/** Whether an entry says something else of what only a creation reads. */
export function diffMade({ made: olds }: VmConfigInputs, { made: news }: VmConfigInputs): DeclaredDiff[] {
  const [from, to] = [olds, news].map((made) => made && JSON.stringify(Object.entries(made).toSorted()));
  if (from === to) return [];
  const kind = to === undefined ? "disown" : from === undefined ? "add" : "update";
  return [
    {
      path: "made",
      kind,
      ...(from !== undefined && { from }),
      ...(to !== undefined && { to }),
      effect: "live",
    },
  ];
}

/** What of it is new or another: the keys by their paths in the entry. */
export function changedMade(olds: VmConfigInputs, news: VmConfigInputs): [path: string, value: Scalar][] {
  const changed = Object.entries(news.made ?? {});
  // A state of a version before does not know; a firmware without its disk would not start all the same.
  if (olds.made === undefined) return changed.filter(([path]) => path.startsWith("efi."));
  return changed.filter(([path, value]) => olds.made?.[path] !== value);
}

/** What is not declared any more. */
export function disownedMade({ made: olds = {} }: VmConfigInputs, { made: news }: VmConfigInputs): string[] {
  return news === undefined ? [] : Object.keys(olds).filter((path) => !Object.hasOwn(news, path));
}

/** Why changed keys that only a creation reads cannot be had: the VM exists, and nobody has made them so by hand. */
export function madeProblems(olds: VmConfigInputs, news: VmConfigInputs, vm: ExistingVm): Problem[] {
  return changedMade(olds, news)
    .filter(([path, value]) => !isSo(path, value, vm))
    .map(([path, value]) => {
      const old = olds.made?.[path];
      const back = old === undefined ? "take it out of the entry" : `write ${old} back`;
      const byHand = commandFor(path, value, news.made ?? {}, vm);
      return problem(
        path,
        "is read only when a VM is made, and this VM exists and is not so",
        value,
        `allowed is ${old === undefined ? "an entry without it" : `${old}, with which it was made`}, or what the VM has by now`,
        byHand === undefined ? back : `${back}, or make it so by hand (${byHand}) and run again`,
      );
    });
}

function isSo(path: string, value: Scalar, { snapshot, pool }: ExistingVm): boolean {
  const config = upcomingConfig(snapshot);
  const efi = driveIn("efidisk0", config);
  const tpm = driveIn("tpmstate0", config);
  const cloudInit = cloudInitIn(config);
  switch (path) {
    case "pool":
      return pool === value;
    case "efi.datastore":
      return storeOf(efi) === value;
    case "efi.type":
      return efi !== undefined && (efi.get("efitype") ?? "2m") === value;
    case "efi.preEnrolledKeys":
      return efi !== undefined && parseBoolean(efi.get("pre-enrolled-keys") ?? "0") === value;
    case "tpm.datastore":
      return storeOf(tpm) === value;
    case "tpm.version":
      return tpm !== undefined && (tpm.get("version") ?? "v1.2") === value;
    case "cloudInit.interface":
      return cloudInit?.slot === value;
    case "cloudInit.datastore":
      return storeOf(cloudInit?.drive) === value;
    default:
      return false;
  }
}

/** What a hand would run; nothing where it cannot be had at all. */
function commandFor(
  path: string,
  value: Scalar,
  made: Readonly<Record<string, Scalar>>,
  { vmid, snapshot }: ExistingVm,
): string | undefined {
  const config = upcomingConfig(snapshot);
  const [group = ""] = path.split(".");
  const datastore = made[`${group}.datastore`];
  const keys = made["efi.preEnrolledKeys"] === true ? 1 : 0;
  const slots: Readonly<Record<string, [slot: string, text: string]>> = {
    efi: ["efidisk0", `${datastore}:1,efitype=${made["efi.type"]},pre-enrolled-keys=${keys}`],
    tpm: ["tpmstate0", `${datastore}:1,version=${made["tpm.version"]}`],
    cloudInit: [String(made["cloudInit.interface"]), `${datastore}:cloudinit`],
  };
  if (path === "pool") return `pvesh set /pools/${value} --vms ${vmid} --allow-move 1`;
  const [slot, text] = slots[group] ?? [];
  if (slot === undefined) return undefined;
  if (group === "cloudInit" || config[slot] === undefined) return `qm set ${vmid} --${slot} ${text}`;
  return path.endsWith(".datastore") ? `qm disk move ${vmid} ${slot} ${value}` : undefined;
}

type Drive = ReadonlyMap<string, string>;

function storeOf(drive: Drive | undefined): string | undefined {
  return datastoreOf(drive?.get("file") ?? "");
}

function driveIn(slot: string, config: Readonly<Record<string, string>>): Drive | undefined {
  const format = driveFormat(slot);
  return format && readableProperties(format, config[slot]);
}

function cloudInitIn(config: Readonly<Record<string, string>>): { slot: string; drive: Drive } | undefined {
  const slots = Object.keys(config).filter(
    (key) => slotKind(key) !== undefined && slotKind(key) !== "unused",
  );
  for (const slot of slots) {
    const drive = driveIn(slot, config);
    if (drive !== undefined && isCloudInit(drive)) return { slot, drive };
  }
  return undefined;
}
