import fc from "fast-check";
import type { DeclaredVm, Scalar } from "../../proxmox/declared.ts";
import { ProxmoxModel, partsOf, stored } from "./model.ts";

/** Values of each key as text that Proxmox stores, and as a program declares them. */
const driveValues: Readonly<Record<string, readonly string[]>> = {
  mbps_rd: ["0", "60", "60.0", "+60", "70"],
  mbps_wr: ["0", "60", "80.50"],
  iops_rd: ["0", "500", "+500"],
  backup: ["0", "1"],
  serial: ["A", "B"],
  wwn: ["0x5000000000000001"],
  werror: ["report", "stop"],
  aio: ["native", "threads", "io_uring"],
  cache: ["none", "directsync"],
  discard: ["ignore", "on"],
  ssd: ["0", "1"],
  iothread: ["0", "1"],
};
/** Keys of a drive that wait for a cold start. */
export const coldKeys = ["aio", "cache", "discard", "ssd", "iothread"];
const nicValues: Readonly<Record<string, readonly string[]>> = {
  bridge: ["vmbr0", "vmbr1"],
  tag: ["10", "20"],
  firewall: ["0", "1"],
  rate: ["5", "5.0"],
  queues: ["2", "4"],
};
const optionValues: Readonly<Record<string, readonly string[]>> = {
  cores: ["1", "4"],
  memory: ["512", "4096"],
  scsihw: ["virtio-scsi-single", "virtio-scsi-pci"],
  onboot: ["0", "1"],
  name: ["a", "b"],
  // Within the smallest memory: Proxmox refuses a balloon above it.
  balloon: ["0", "256"],
  cpulimit: ["0", "2.0", "2"],
};
const agentValues: Readonly<Record<string, readonly string[]>> = {
  enabled: ["0", "1"],
  fstrim_cloned_disks: ["0", "1"],
  type: ["virtio", "isa"],
};
const slots = ["scsi0", "scsi1", "virtio0", "sata0", "scsi5"];

function keysOf(values: Readonly<Record<string, readonly string[]>>): fc.Arbitrary<Record<string, string>> {
  return fc.record(
    Object.fromEntries(Object.entries(values).map(([key, texts]) => [key, fc.constantFrom(...texts)])),
    { requiredKeys: [] },
  ) as fc.Arbitrary<Record<string, string>>;
}

const driveKeys = keysOf(driveValues);
const slotState = fc.record({
  present: fc.boolean(),
  current: driveKeys,
  /** Whether somebody else's hand left the drive to be removed. */
  deleted: fc.constantFrom(false, false, false, true),
  /** What somebody else's hand left pending. */
  pending: fc.option(driveKeys, { nil: undefined }),
  sizeGiB: fc.integer({ min: 1, max: 9 }),
  declared: fc.option(driveKeys, { nil: undefined }),
  growth: fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined }),
});
const nicState = fc.record({
  current: keysOf(nicValues),
  pending: fc.option(keysOf(nicValues), { nil: undefined }),
  declared: fc.option(keysOf(nicValues), { nil: undefined }),
});
/** A VM with what somebody else left pending, and a declaration for it. */
export const scenario = fc.record({
  running: fc.boolean(),
  hotplug: fc.constantFrom(undefined, "0", "network,disk,usb", "disk"),
  slots: fc.tuple(...slots.map(() => slotState)),
  nics: fc.tuple(nicState, nicState),
  agent: fc.record({
    current: fc.option(keysOf(agentValues), { nil: undefined }),
    pending: fc.option(keysOf(agentValues), { nil: undefined }),
    declared: fc.option(keysOf(agentValues), { nil: undefined }),
  }),
  options: fc.record({
    current: keysOf(optionValues),
    pending: keysOf(optionValues),
    deleted: fc.subarray(Object.keys(optionValues)),
    declared: keysOf(optionValues),
  }),
  /** What is declared to be absent, where it is not declared otherwise. */
  absent: fc.subarray([
    "nics.net0.tag",
    "nics.net0.rate",
    "nics.net1.queues",
    "nics.net1.firewall",
    "nics.net7.tag",
    "drives.scsi0.mbps_rd",
    "drives.scsi0.cache",
    "drives.scsi0.serial",
    "drives.virtio0.aio",
    "drives.virtio0.iops_rd",
    "drives.scsi5.wwn",
    "options.agent.fstrim_cloned_disks",
    "options.agent.type",
    "options.balloon",
    "options.cores",
    "options.cpulimit",
    "options.name",
    "options.onboot",
  ]),
});
export type Scenario = typeof scenario extends fc.Arbitrary<infer T> ? T : never;

/** Keys that a bus has. */
function onBus(slot: string, keys: Readonly<Record<string, string>>): Record<string, string> {
  const absent = slot.startsWith("virtio") ? ["ssd", "wwn"] : slot.startsWith("sata") ? ["iothread"] : [];
  return Object.fromEntries(Object.entries(keys).filter(([key]) => !absent.includes(key)));
}

function text(first: string, keys: Readonly<Record<string, string>>): string {
  return [first, ...Object.entries(keys).map(([key, value]) => `${key}=${value}`)].join(",");
}

/** Some declared values as numbers and booleans, as a program would write them. */
function typed(keys: Readonly<Record<string, string>>): Record<string, Scalar> {
  const flags = ["backup", "ssd", "iothread", "firewall", "onboot", "enabled", "fstrim_cloned_disks"];
  return Object.fromEntries(
    Object.entries(keys).map(([key, value]) => {
      if (flags.includes(key)) return [key, value === "1"];
      return [key, /^\d+$/.test(value) ? Number(value) : value];
    }),
  );
}

function agentText(keys: Readonly<Record<string, string>> | undefined): string | undefined {
  const { enabled, ...rest } = keys ?? {};
  return enabled === undefined ? undefined : text(enabled, rest);
}

function isDeclared(declared: DeclaredVm, path: string): boolean {
  const [section = "", name = "", part] = path.split(".");
  const keys = declared[section as "options" | "nics" | "drives"][name];
  return keys !== undefined && (part === undefined || typeof keys !== "object" || part in keys);
}

/** The model of a scenario's VM, and its declaration. */
export function build({ running, hotplug, slots: states, nics, options, agent, absent }: Scenario): {
  vm: ProxmoxModel;
  declared: DeclaredVm;
} {
  const vm = new ProxmoxModel(running);
  if (hotplug !== undefined) vm.current.set("hotplug", hotplug);
  const drives: Record<string, Record<string, Scalar>> = {};
  for (const [index, slot] of slots.entries()) {
    const state = states[index];
    if (state === undefined) continue;
    const volume = `local-lvm:vm-100-disk-${index}`;
    const size = { size: `${state.sizeGiB}G` };
    vm.sizes.set(volume, state.sizeGiB);
    const current = onBus(slot, state.current);
    if (state.present) vm.current.set(slot, text(volume, { ...current, ...size }));
    const later = onBus(slot, { ...state.current, ...state.pending });
    const isCold = coldKeys.some((key) => later[key] !== current[key]);
    if (state.present && state.pending && isCold)
      vm.pending.set(slot, stored(text(volume, { ...later, ...size })));
    else if (state.present && state.deleted) vm.pendingDeletes.add(slot);
    if (state.declared === undefined) continue;
    drives[slot] = {
      ...typed(onBus(slot, state.declared)),
      ...(!state.present && { datastore: "local-lvm", size: `${state.sizeGiB}G` }),
      ...(state.present && state.growth !== undefined && { size: `${state.sizeGiB + state.growth}G` }),
    };
  }
  for (let index = 11; index < 20; index += 1) {
    vm.current.set(
      `scsi${index}`,
      `local-lvm:vm-9999-pvc-${index},backup=0,iothread=1,size=1G,wwn=0x${index}`,
    );
  }
  const declaredNics: Record<string, Record<string, Scalar>> = {};
  for (const [index, state] of nics.entries()) {
    const slot = `net${index}`;
    const mac = `virtio=BC:24:11:00:00:0${index}`;
    const current = { bridge: "vmbr0", ...state.current };
    vm.current.set(slot, text(mac, current));
    const later = { ...current, ...state.pending };
    if (
      state.pending?.queues !== undefined &&
      state.pending.queues !== state.current.queues &&
      hotplug === "0"
    ) {
      vm.pending.set(slot, text(mac, later));
    }
    if (state.declared) declaredNics[slot] = typed(state.declared);
  }
  const [agentNow, agentLater] = [agentText(agent.current), agentText(agent.pending)];
  if (agentNow !== undefined) vm.current.set("agent", agentNow);
  if (agentLater !== undefined && partsOf(agentLater).get("") !== partsOf(agentNow ?? "x").get("")) {
    vm.pending.set("agent", agentLater);
  }
  const instant = ["onboot", "name", "cpulimit"];
  for (const [key, value] of Object.entries(options.current)) vm.current.set(key, value);
  for (const [key, value] of Object.entries(options.pending)) {
    if (!instant.includes(key) && value !== options.current[key]) vm.pending.set(key, value);
  }
  for (const key of options.deleted) {
    if (!instant.includes(key) && vm.current.has(key) && !vm.pending.has(key)) vm.pendingDeletes.add(key);
  }
  const present: DeclaredVm = {
    vmid: 100,
    options: { ...typed(options.declared), ...(agent.declared && { agent: typed(agent.declared) }) },
    drives,
    nics: declaredNics,
    foreignSlots: ["scsi11-29"],
  };
  const free = absent.filter((path) => !isDeclared(present, path));
  return { vm, declared: free.length === 0 ? present : { ...present, absent: free } };
}
