import { z } from "zod";
import type { Acl, Credential } from "./auth.ts";
import { Clock } from "./clock.ts";
import { isDriveKey } from "./drive-schema.ts";
import { isCloudInit, readDrive } from "./drive-string.ts";
import type { Estate } from "./estate.ts";
import { guestChange, guestWith } from "./guest.ts";
import { Monitors } from "./monitor.ts";
import { startQemu } from "./qemu.ts";
import { Random } from "./random.ts";
import { parseSize } from "./size.ts";
import { Storages, storageIdOf } from "./storage.ts";
import { Tasks } from "./tasks.ts";
import { newVm, type Section, setKey } from "./vm.ts";

const scalar = z
  .union([z.string(), z.number(), z.boolean()])
  .transform((value) => (typeof value === "boolean" ? (value ? "1" : "0") : String(value)));
const section = z.record(z.string(), scalar);

const vmSchema = z.strictObject({
  vmid: z.int().min(100),
  node: z.string().optional(),
  running: z.boolean().optional(),
  /** When its QEMU was started; a day before the seed's time when absent. */
  startedAt: z.iso.datetime().optional(),
  /** Id of its QEMU process; made up when absent. */
  pid: z.int().min(1).optional(),
  config: section,
  pending: section.optional(),
  /** Keys that wait to be removed. */
  delete: z.array(z.string()).optional(),
  snapshots: z.record(z.string(), section).optional(),
  agent: z.enum(["ok", "hung", "off"]).optional(),
  /** What the agent finds inside. @default a guest without an operating system */
  guest: guestChange.optional(),
  /** Whether its status says that the HA manager has it; nothing else does. */
  haManaged: z.boolean().optional(),
});

/** Containers take ids and are listed; nothing can be done to one. */
const containerSchema = z.strictObject({
  vmid: z.int().min(100),
  node: z.string().optional(),
  running: z.boolean().optional(),
  config: section,
});

const estateSchema = z.strictObject({
  /** Where the clock starts; the machine's own time when absent. */
  time: z.iso.datetime().optional(),
  /** From which MACs and ids are made up. @default 1 */
  random: z.int().optional(),
  nodes: z
    .array(
      z.strictObject({
        name: z.string(),
        cores: z.int().min(1),
        memoryGiB: z.int().min(1),
        bridges: z.array(z.string()),
        /** Of the node's clock. @default "UTC" */
        timezone: z.string().optional(),
        /** The node's journal: each line from the program's name on, with its time. */
        log: z.array(z.strictObject({ at: z.iso.datetime(), text: z.string() })).optional(),
      }),
    )
    .min(1),
  storages: z.array(
    z.strictObject({
      name: z.string(),
      type: z.string(),
      content: z.array(z.string()),
      totalGiB: z.number(),
      shared: z.boolean().optional(),
      /** Volumes that no drive names; those of drives are registered with the size of their string. */
      volumes: z.array(z.strictObject({ volid: z.string(), size: z.string() })).optional(),
    }),
  ),
  /** Bridges that SDN makes, in their zones. */
  vnets: z
    .array(z.strictObject({ name: z.string(), zone: z.string(), nodes: z.array(z.string()).optional() }))
    .optional(),
  pools: z
    .array(
      z.strictObject({
        name: z.string(),
        comment: z.string().optional(),
        vms: z.array(z.int()).optional(),
      }),
    )
    .optional(),
  /** Password logins by user; each may do everything. */
  passwords: z.record(z.string(), z.string()).optional(),
  /** Further tokens, with privileges by path. */
  tokens: z
    .array(
      z.strictObject({
        id: z.string(),
        secret: z.string(),
        acl: z.record(z.string(), z.array(z.string())),
      }),
    )
    .optional(),
  vms: z.array(vmSchema),
  containers: z.array(containerSchema).optional(),
});

/** A container has an id of its own, and a node that there is. */
const seedSchema = estateSchema.superRefine(({ nodes, vms, containers = [] }, ctx) => {
  containers.forEach(({ vmid, node }, index) => {
    const mistake = (key: string, message: string) =>
      ctx.addIssue({ code: "custom", path: ["containers", index, key], message });
    if (vms.some((vm) => vm.vmid === vmid)) mistake("vmid", `a VM has this id (got ${vmid})`);
    if (containers.findIndex((other) => other.vmid === vmid) < index) {
      mistake("vmid", `a container has this id (got ${vmid})`);
    }
    if (node !== undefined && nodes.every(({ name }) => name !== node)) {
      mistake("node", `no such node (got ${node})`);
    }
  });
});

/** What an estate is made from; see docs/emulator.md. */
export type Seed = z.input<typeof seedSchema>;
export type ParsedSeed = z.output<typeof seedSchema>;

const GIB = 1024 ** 3;
const DAY = 86_400;

/** @throws Error that names every mistake in the seed */
export function parseSeed(seed: unknown): ParsedSeed {
  const parsed = seedSchema.safeParse(seed);
  if (!parsed.success) throw new Error(`emulator seed: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

function toSection(values: Readonly<Record<string, string>> | undefined): Section {
  const config: Section = new Map();
  for (const [key, value] of Object.entries(values ?? {})) setKey(config, key, value);
  return config;
}

function registerDrives(storages: Storages, config: Section, ctime: number): void {
  for (const [key, value] of config) {
    const drive = isDriveKey(key) || key.startsWith("unused") ? readDrive(key, value) : undefined;
    const storage = drive === undefined ? undefined : storageIdOf(drive.file);
    if (drive === undefined || storage === undefined || storages.find(drive.file) !== undefined) continue;
    const fallback = isCloudInit(drive) ? "4M" : "1G";
    storages.add(drive.file, parseSize(drive.options.get("size") ?? fallback) ?? GIB, ctime);
  }
}

/** The volumes of containers, whose strings are shaped like those of drives. */
function registerRootDirectories(storages: Storages, config: Section, ctime: number): void {
  for (const [key, value] of config) {
    const [volid = "", ...options] = value.split(",");
    if (!/^(?:rootfs|mp\d+)$/.test(key) || storageIdOf(volid) === undefined) continue;
    const size = options.find((option) => option.startsWith("size="))?.slice("size=".length);
    if (storages.find(volid) === undefined) storages.add(volid, parseSize(size ?? "4G") ?? GIB, ctime);
  }
}

function buildStorages(seed: ParsedSeed, ctime: number): Storages {
  const storages = new Storages();
  for (const { name, type, content, totalGiB, shared, volumes } of seed.storages) {
    const total = totalGiB * GIB;
    storages.all.set(name, { name, type, content, total, shared: shared ?? false, volumes: new Map() });
    for (const { volid, size } of volumes ?? []) storages.add(volid, parseSize(size) ?? 0, ctime);
  }
  return storages;
}

/** Builds the estate that a seed describes; every node shows the one certificate of that fingerprint. */
export function buildEstate(seed: ParsedSeed, clock: Clock = new Clock(), fingerprint = ""): Estate {
  if (seed.time !== undefined) clock.set(Date.parse(seed.time));
  const now = clock.seconds();
  const storages = buildStorages(seed, now - 30 * DAY);
  const firstNode = seed.nodes[0]?.name ?? "pve";
  const estate: Estate = {
    clock,
    random: new Random(seed.random ?? 1),
    tasks: new Tasks(clock),
    monitors: new Monitors(),
    storages,
    nodes: new Map(
      seed.nodes.map(({ name, cores, memoryGiB, bridges, timezone = "UTC", log = [] }) => [
        name,
        {
          name,
          cores,
          memory: memoryGiB * GIB,
          bridges,
          timezone,
          log: log.map(({ at, text }) => ({ at: Date.parse(at), text })),
        },
      ]),
    ),
    vnets: new Map((seed.vnets ?? []).map(({ name, zone, nodes }) => [name, { zone, nodes }])),
    fingerprint,
    vms: new Map(),
    containers: new Map(
      (seed.containers ?? []).map(({ vmid, node = firstNode, running = false, config }) => [
        vmid,
        { vmid, node, running, config: toSection(config) },
      ]),
    ),
    pools: new Map(
      (seed.pools ?? []).map(({ name, comment, vms }) => [
        name,
        { comment, vms: new Set(vms), storages: new Set<string>() },
      ]),
    ),
    bootedAt: now - 30 * DAY,
  };
  for (const { config } of estate.containers.values()) {
    registerRootDirectories(storages, config, now - 30 * DAY);
  }
  for (const given of seed.vms) {
    const vm = newVm(given.vmid, given.node ?? firstNode, toSection(given.config));
    vm.agentMode = given.agent ?? "ok";
    vm.haManaged = given.haManaged ?? false;
    vm.guest = guestWith(given.guest ?? {});
    for (const key of given.delete ?? []) vm.pendingDelete.set(key, false);
    for (const [key, value] of toSection(given.pending)) vm.pending.set(key, value);
    for (const [name, values] of Object.entries(given.snapshots ?? {}))
      vm.snapshots.set(name, toSection(values));
    for (const part of [vm.current, vm.pending]) registerDrives(storages, part, now - 30 * DAY);
    if (given.running) {
      const started = given.startedAt === undefined ? now - DAY : Date.parse(given.startedAt) / 1000;
      vm.qemu = startQemu(vm.current, given.pid ?? estate.tasks.nextPid(), started, () => undefined);
    }
    estate.vms.set(vm.vmid, vm);
  }
  return estate;
}

/** The logins that a seed brings along, besides the two tokens that every emulator makes up. */
export function seedCredentials(
  seed: ParsedSeed,
  everything: Acl,
): { tokens: Credential[]; passwords: Credential[] } {
  const passwords = Object.entries(seed.passwords ?? {});
  return {
    tokens: [...(seed.tokens ?? [])],
    passwords: passwords.map(([id, secret]) => ({ id, secret, acl: everything })),
  };
}
