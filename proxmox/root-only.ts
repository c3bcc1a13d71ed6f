import { type OwnedKey, readableView } from "./owned.ts";
import { type Problem, problem } from "./problem.ts";

/** Options that Proxmox takes from root@pam alone, whatever their value. */
const ROOT_OPTIONS =
  /^(?:affinity|amd-sev|arch|args|hookscript|hugepages|intel-tdx|ivshmem|keephugepages|lock|parallel\d+|spice_enhancements|vmgenid)$/;

/** What of a text is root's. */
interface RootPart {
  /** The key inside the text; empty: the whole of it. */
  readonly part: string;
  readonly value: string;
  readonly what: string;
  /** What a token may have instead. */
  readonly allowed: string;
  readonly fix?: string;
}

const mapIt = "map the device under Datacenter > Resource Mappings and declare mapping";

function serialPart(text: string): RootPart | undefined {
  if (text === "socket") return undefined;
  return {
    part: "",
    value: text,
    what: "a serial device of the host",
    allowed: "socket",
    fix: "declare socket",
  };
}

function usbPart(host: string | undefined): RootPart | undefined {
  if (host === undefined || host.toLowerCase() === "spice") return undefined;
  const what = "a USB device of the host by its number or port";
  return { part: "host", value: host, what, allowed: "spice or a resource mapping", fix: mapIt };
}

function pciPart(host: string | undefined, romfile: string | undefined): RootPart | undefined {
  if (host !== undefined) {
    const what = "a PCI device by its address";
    return { part: "host", value: host, what, allowed: "a resource mapping", fix: mapIt };
  }
  if (romfile === undefined) return undefined;
  const what = "a PCI device with a romfile";
  return {
    part: "romfile",
    value: romfile,
    what,
    allowed: "a mapping without romfile",
    fix: "leave romfile out",
  };
}

function partOf(owned: OwnedKey, text: string | null | undefined): RootPart | undefined {
  if (text === null || text === undefined) return undefined;
  const { key } = owned;
  if (ROOT_OPTIONS.test(key)) {
    return { part: "", value: text, what: "this option", allowed: "what the VM has" };
  }
  if (/^serial\d+$/.test(key)) return serialPart(text);
  const keys = readableView(owned, text);
  if (/^usb\d+$/.test(key)) return usbPart(keys?.get("host"));
  return /^hostpci\d+$/.test(key) ? pciPart(keys?.get("host"), keys?.get("romfile")) : undefined;
}

function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** What root runs once; afterwards the VM is as declared, and nothing is left to write. */
function command(vmid: number, key: string, to: string | null): string {
  return to === null ? `qm set ${vmid} --delete ${key}` : `qm set ${vmid} --${key} ${quoted(to)}`;
}

/**
 * What a plan must not send, since Proxmox takes it from root@pam alone, and every connection is an API token's: no
 * token is root, not even one of root@pam. Proxmox looks at the text that is there as well as at the one that comes, so
 * that root's device is root's to change and to take away.
 *
 * @param to null when the key is to be removed
 */
export function rootProblems(
  vmid: number,
  owned: OwnedKey,
  from: string | undefined,
  to: string | null,
): Problem[] {
  const coming = partOf(owned, to);
  const found = coming ?? partOf(owned, from);
  if (found === undefined) return [];
  const { part, value, what, allowed, fix } = found;
  const wrong =
    coming === undefined
      ? `the VM has ${what}, which only root@pam may change, and no API token is root`
      : `only root@pam may write ${what}, and no API token is root`;
  const run = `have root run once: ${command(vmid, owned.key, to)}`;
  return [
    problem(
      part === "" ? owned.path : `${owned.path}.${part}`,
      wrong,
      value,
      `allowed is ${allowed}`,
      coming === undefined || fix === undefined ? run : `${fix}, or ${run}`,
    ),
  ];
}
