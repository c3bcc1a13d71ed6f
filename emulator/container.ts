import type { Estate } from "./estate.ts";
import { poolOf } from "./estate.ts";
import { parseSize } from "./size.ts";
import { digestOf, newVm, type Section } from "./vm.ts";

/** A container: it has an id, a name and figures, and nothing here changes it. */
export interface Container {
  readonly vmid: number;
  readonly node: string;
  readonly config: Section;
  readonly running: boolean;
}

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;
const HOUR = 3600;

function sizeOf(volume: string | undefined): number {
  const size = /(?:^|,)size=([^,]+)/.exec(volume ?? "")?.[1];
  return parseSize(size ?? "") ?? 4 * GIB;
}

function figures(estate: Estate, { config, running }: Container): Record<string, number> {
  const maxmem = Number(config.get("memory") ?? 512) * MIB;
  const maxdisk = sizeOf(config.get("rootfs"));
  const share = (whole: number, part: number) => (running ? Math.trunc(whole * part) : 0);
  return {
    cpu: running ? 0.02 : 0,
    mem: share(maxmem, 0.5),
    maxmem,
    disk: share(maxdisk, 0.3),
    maxdisk,
    netin: share(MIB, 1),
    netout: share(MIB, 1),
    diskread: share(MIB, 1),
    diskwrite: share(MIB, 1),
    uptime: running ? estate.clock.seconds() - estate.bootedAt - HOUR : 0,
  };
}

function nameOf({ vmid, config }: Container): string {
  return config.get("hostname") ?? `CT${vmid}`;
}

function coresOf(estate: Estate, { config, node }: Container): number {
  return Number(config.get("cores") ?? config.get("cpulimit") ?? estate.nodes.get(node)?.cores ?? 1);
}

function given(values: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  );
}

/** A container as the list of a node's containers shows it (pve-container, PVE/LXC.pm, `vmstatus`). */
export function containerRow(estate: Estate, container: Container): Record<string, unknown> {
  const { vmid, config, running } = container;
  return {
    vmid,
    type: "lxc",
    name: nameOf(container),
    status: running ? "running" : "stopped",
    cpus: coresOf(estate, container),
    ...figures(estate, container),
    swap: 0,
    maxswap: Number(config.get("swap") ?? 0) * MIB,
    ...(config.get("template") === "1" ? { template: 1 } : {}),
    ...given({ lock: config.get("lock"), tags: config.get("tags") }),
  };
}

/** A container as `cluster/resources` and pool members show it. */
export function containerResource(estate: Estate, container: Container): Record<string, unknown> {
  const { vmid, node, config, running } = container;
  return {
    id: `lxc/${vmid}`,
    vmid,
    node,
    type: "lxc",
    name: nameOf(container),
    status: running ? "running" : "stopped",
    template: config.get("template") === "1" ? 1 : 0,
    maxcpu: coresOf(estate, container),
    ...figures(estate, container),
    ...given({ lock: config.get("lock"), tags: config.get("tags"), pool: poolOf(estate, vmid) }),
  };
}

const NUMBERS: readonly string[] = ["cores", "cpulimit", "cpuunits", "memory", "onboot", "swap", "template"];

/** A container's config, with numbers for what Proxmox has as numbers. */
export function containerConfig({ vmid, config }: Container): Record<string, string | number> {
  const values = [...config].map(([key, value]) => [key, NUMBERS.includes(key) ? Number(value) : value]);
  return { ...Object.fromEntries(values), digest: digestOf(newVm(vmid, "", config)) };
}
