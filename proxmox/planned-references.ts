import { formatOf } from "./config-key.ts";
import { datastoreOf, volumeIn } from "./drive.ts";
import { busOf } from "./drive-slots.ts";
import type { Change, Plan } from "./plan.ts";
import { readableProperties } from "./property-string.ts";
import type { Reference } from "./reference.ts";
import { upcomingConfig, type VmSnapshot } from "./snapshot.ts";

/** The names that a plan would write anew: what the VM has already, now or waiting, is none of them. */
export function plannedReferences({ changes, requests }: Plan, snapshot: VmSnapshot): Reference[] {
  const configs = [snapshot.current, upcomingConfig(snapshot)];
  const texts = requests.flatMap((request) => (request.kind === "config" ? Object.entries(request.set) : []));
  return [
    ...changes.flatMap((change) => named(change, configs)),
    ...texts.flatMap(([slot, text]) => newDisk(slot, text)),
  ];
}

type Config = Readonly<Record<string, string>>;

function named({ path, to }: Change, configs: readonly Config[]): Reference[] {
  if (to === undefined) return [];
  const [, key = "", part] = path.split(".");
  const family = key.replace(/\d+$/, "");
  const reference = referenceOf(family, part, to);
  if (reference === undefined || (/^(?:cpu|machine)$/.test(family) && configs.some(isForAnotherHost)))
    return [];
  // A bridge of another network device is known to be there.
  const keys = (config: Config) => Object.keys(config).filter((one) => one.replace(/\d+$/, "") === family);
  const isThere = configs.some((config) =>
    keys(config).some((one) => valueIn(one, config[one] ?? "", part) === to),
  );
  return isThere ? [] : [{ path, name: to, ...reference }];
}

function referenceOf(
  family: string,
  part: string | undefined,
  to: string,
): (Pick<Reference, "kind" | "content"> & { name?: string }) | undefined {
  switch (`${family}.${part ?? ""}`) {
    case "cpu.":
    case "cpu.cputype":
      return { kind: "cpu" };
    case "machine.":
    case "machine.type":
      return { kind: "machine" };
    case "net.bridge":
      return { kind: "bridge" };
    case "vmstatestorage.":
      return { kind: "datastore" };
    case "cicustom.user":
    case "cicustom.network":
    case "cicustom.meta":
    case "cicustom.vendor":
      return { kind: "datastore", content: "snippets", name: datastoreOf(to) ?? to };
    default:
      return undefined;
  }
}

/** The node's lists are those of its own kind of processor. */
function isForAnotherHost({ arch = "x86_64" }: Config): boolean {
  return arch !== "x86_64";
}

function valueIn(key: string, text: string, part: string | undefined): string | undefined {
  const format = formatOf(key);
  return format === undefined ? text : readableProperties(format, text)?.get(part ?? format.defaultKey ?? "");
}

function newDisk(slot: string, text: string): Reference[] {
  if (busOf(slot) === undefined) return [];
  const name = /^([^:/]+):\d+(?:\.\d+)?$/.exec(volumeIn(slot, text) ?? "")?.[1];
  if (name === undefined) return [];
  return [{ kind: "datastore", path: `drives.${slot}.datastore`, name, content: "images" }];
}
