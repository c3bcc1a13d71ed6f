import { type Caller, hasAny, requireAll, requireOnVm, type VmPlace } from "./auth.ts";
import { die, paramError } from "./errors.ts";
import type { Estate } from "./estate.ts";
import { parseNet } from "./net-string.ts";
import { PROPERTY_OPTIONS } from "./option-formats.ts";
import { parseProperties } from "./property-string.ts";

/** What is asked of whoever may set, change or remove a value (qemu-server, PVE/API2/Qemu.pm). */
type Check = (estate: Estate, caller: Caller, place: VmPlace, key: string, value: string) => void;

function parse(option: string, key: string, value: string): ReadonlyMap<string, string> {
  return parseProperties(PROPERTY_OPTIONS[option] ?? { keys: {} }, key, value);
}

function requireMapping(caller: Caller, path: string): void {
  requireAll(caller, `/mapping/${path}`, ["Mapping.Use"]);
}

const unnamed = () => die("either 'host' or 'mapping' must be set.");

function requireUsbDevice(caller: Caller, key: string, value: string): void {
  const device = parse("usb", key, value);
  const host = device.get("host");
  const mapping = device.get("mapping");
  if (host !== undefined) {
    if (host.toLowerCase() !== "spice") throw die(`only root can set '${key}' config for real devices`);
  } else if (mapping === undefined) throw unnamed();
  else requireMapping(caller, `usb/${mapping}`);
}

function requirePciDevice(caller: Caller, key: string, value: string): void {
  const device = parse("hostpci", key, value);
  if (device.has("host")) throw die(`only root can set '${key}' config for non-mapped devices`);
  const mapping = device.get("mapping");
  if (mapping === undefined) throw unnamed();
  requireMapping(caller, `pci/${mapping}`);
}

function requireRngSource(caller: Caller, key: string, value: string): void {
  if (parse("rng0", key, value).get("source") === "/dev/hwrng") requireMapping(caller, "hwrng");
}

function requireDirectory(caller: Caller, key: string, value: string): void {
  requireMapping(caller, `dir/${parse("virtiofs", key, value).get("dirid") ?? ""}`);
}

const CHECKS: Readonly<Record<string, Check>> = {
  usb: (_, caller, place, key, value) => {
    requireOnVm(caller, place, ["VM.Config.HWType"]);
    requireUsbDevice(caller, key, value);
  },
  hostpci: (_, caller, place, key, value) => {
    requirePciDevice(caller, key, value);
    requireOnVm(caller, place, ["VM.Config.HWType"]);
    if (parse("hostpci", key, value).has("romfile")) {
      throw paramError({ [key]: "only root@pam can set 'romfile' option" });
    }
  },
  rng: (_, caller, place, key, value) => {
    requireOnVm(caller, place, ["VM.Config.HWType"]);
    requireRngSource(caller, key, value);
  },
  virtiofs: (_, caller, place, key, value) => {
    requireOnVm(caller, place, ["VM.Config.Disk"]);
    requireDirectory(caller, key, value);
  },
  net: (estate, caller, _, key, value) => requireBridge(estate, caller, key, value),
  tags: (_, caller, place) => requireOnVm(caller, place, ["VM.Config.Options"]),
};

function checkOf(key: string): Check | undefined {
  const family = key.replace(/\d+$/, "");
  return Object.hasOwn(CHECKS, family) ? CHECKS[family] : undefined;
}

function requireSerial(
  caller: Caller,
  place: VmPlace,
  key: string,
  values: readonly string[],
  verb: string,
): void {
  if (values.some((value) => value !== "socket"))
    throw die(`only root can ${verb} '${key}' config for real devices`);
  requireOnVm(caller, place, ["VM.Config.HWType"]);
}

/** How a change is named where it is refused: a new VM's option is set, that of a VM that exists is modified. */
type Verb = "set" | "modify" | "delete";

/** @throws the API's error unless the caller may use everything on the host that these values of a key name */
export function requireDevices(
  estate: Estate,
  caller: Caller,
  place: VmPlace,
  key: string,
  values: readonly string[],
  verb: Verb,
): void {
  if (caller.isRoot) return;
  if (/^serial\d+$/.test(key)) requireSerial(caller, place, key, values, verb);
  else for (const value of values) checkOf(key)?.(estate, caller, place, key, value);
}

/** The VLANs of `20;30-32`. */
function tagsOf(trunks: string): string[] {
  const tags = trunks.split(";").flatMap((part) => {
    const [first = "", last = first] = part.split("-");
    const count = Math.max(0, Number(last) - Number(first) + 1);
    return Array.from({ length: count }, (_, index) => String(Number(first) + index));
  });
  return [...new Set(tags)].sort();
}

/** Where the rights on a bridge are: a vnet is in its own zone, a bridge of the node in this one. */
function bridgePath({ vnets }: Estate, bridge: string): string {
  return `/sdn/zones/${vnets.get(bridge)?.zone ?? "localnetwork"}/${bridge}`;
}

/** Whether a bridge or vnet is listed to the caller, who needs a right on it or on one of its VLANs. */
export function seesBridge(estate: Estate, caller: Caller, bridge: string): boolean {
  const path = bridgePath(estate, bridge);
  const vlans = Object.keys(caller.acl).filter((granted) => granted.startsWith(`${path}/`));
  return [path, ...vlans].some((place) => hasAny(caller, place, ["SDN.Audit", "SDN.Use"]));
}

/** @throws the API's 403 unless the caller may use the nic's bridge, or the VLANs of it that the nic names */
export function requireBridge(estate: Estate, caller: Caller, key: string, value: string): void {
  if (caller.isRoot) return;
  const net = parseNet(key, value);
  const bridge = net.get("bridge");
  if (bridge === undefined) return;
  const path = bridgePath(estate, bridge);
  const tag = net.get("tag");
  const trunks = net.get("trunks");
  const tags = [...(tag === undefined ? [] : [tag]), ...(trunks === undefined ? [] : tagsOf(trunks))];
  for (const vlan of tags) requireAll(caller, `${path}/${vlan}`, ["SDN.Use"]);
  if (tags.length === 0) requireAll(caller, path, ["SDN.Use"]);
}

/** @throws the API's 403 unless the caller may use the custom CPU model, where it is not the one that the VM has */
export function requireCpuModel(caller: Caller, value: string | undefined, existing?: string): void {
  if (caller.isRoot || value === undefined) return;
  const model = parse("cpu", "cpu", value).get("cputype");
  if (model === undefined || !model.startsWith("custom-")) return;
  if (existing !== undefined && parse("cpu", "cpu", existing).get("cputype") === model) return;
  requireMapping(caller, `cpu/${model.replace(/^custom-/, "")}`);
}

/** What a clone asks for: the use of everything that the copy takes over, but not the right to configure it. */
export function requireCopied(estate: Estate, caller: Caller, section: ReadonlyMap<string, string>): void {
  if (caller.isRoot) return;
  for (const [key, value] of section) {
    if (/^usb\d+$/.test(key)) requireUsbDevice(caller, key, value);
    else if (/^hostpci\d+$/.test(key)) requirePciDevice(caller, key, value);
    else if (/^rng\d+$/.test(key)) requireRngSource(caller, key, value);
    else if (/^virtiofs\d$/.test(key)) requireDirectory(caller, key, value);
  }
  const nets = [...section].filter(([key]) => /^net\d+$/.test(key));
  for (const [key, value] of nets.sort(([left], [right]) => (left < right ? -1 : 1)))
    requireBridge(estate, caller, key, value);
  requireCpuModel(caller, section.get("cpu"));
}
