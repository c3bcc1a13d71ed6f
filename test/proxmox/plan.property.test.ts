import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { DeclaredVm, Scalar } from "../../proxmox/declared.ts";
import { observeDeclared } from "../../proxmox/observe.ts";
import { type Displaced, planVm } from "../../proxmox/plan.ts";
import { snapshotFromPending } from "../../proxmox/snapshot.ts";
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
const coldKeys = ["aio", "cache", "discard", "ssd", "iothread"];
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
  balloon: ["0", "1024"],
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
const scenario = fc.record({
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
});
type Scenario = typeof scenario extends fc.Arbitrary<infer T> ? T : never;

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

function build({ running, hotplug, slots: states, nics, options, agent }: Scenario): {
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
  const declared: DeclaredVm = {
    vmid: 100,
    options: { ...typed(options.declared), ...(agent.declared && { agent: typed(agent.declared) }) },
    drives,
    nics: declaredNics,
    foreignSlots: ["scsi11-29"],
  };
  return { vm, declared };
}

const defaults: Readonly<Record<string, string>> = {
  backup: "1",
  cache: "none",
  discard: "ignore",
  ssd: "0",
  iothread: "0",
  firewall: "0",
  fstrim_cloned_disks: "0",
  type: "virtio",
  onboot: "0",
  cores: "1",
  memory: "512",
};

/** Equality by meaning, told anew. */
function means(key: string, declared: Scalar, real: string | undefined): boolean {
  const wanted = declared === true ? "1" : declared === false ? "0" : String(declared);
  const found = real ?? defaults[key] ?? (/^(?:[mi]bps|iops|cpulimit|rate)/.test(key) ? "0" : undefined);
  if (found === undefined) return false;
  return wanted === found || (wanted !== "" && Number(wanted) === Number(found));
}

function snapshot(vm: ProxmoxModel) {
  return snapshotFromPending(vm.rows(), vm.running);
}

type Parts = ReadonlyMap<string, string>;

/** Undeclared parts of what a slot holds, `size` being the storage's; an option is one part. */
function undeclared(key: string, text: string | undefined, declared: DeclaredVm): Parts {
  if (text === undefined || key in declared.options) return new Map();
  const owned = declared.drives[key] ?? declared.nics[key];
  if (owned === undefined) return new Map([["", text]]);
  return new Map([...partsOf(stored(text))].filter(([part]) => !(part in owned) && part !== "size"));
}

/** Undeclared parts of every key, in the view that is asked for. */
function undeclaredIn(
  vm: ProxmoxModel,
  declared: DeclaredVm,
  view: "current" | "upcoming",
): Map<string, Parts> {
  const keys = new Set([...vm.current.keys(), ...vm.pending.keys()]);
  return new Map(
    [...keys].map((key) => [
      key,
      undeclared(key, view === "current" ? vm.current.get(key) : vm.upcoming(key), declared),
    ]),
  );
}

/** Sends what is planned until nothing is, as a provider does; returns how many requests it took. */
function converge(vm: ProxmoxModel, declared: DeclaredVm): number {
  let displaced: Displaced = {};
  for (let count = 0; count < 20; count += 1) {
    const plan = planVm(declared, snapshot(vm), displaced);
    expect(plan.problems).toStrictEqual([]);
    const [request] = plan.requests;
    if (request === undefined) {
      expect(plan.changes).toHaveLength(0);
      return count;
    }
    // A request without a change of ours is the second half of one: it restores what somebody else left pending.
    if (Object.keys(displaced).length === 0) expect(plan.changes).not.toHaveLength(0);
    vm.send(request);
    displaced = plan.displaced;
  }
  throw new Error("no end after 20 requests");
}

const settings = { seed: 102, numRuns: 250 };

describe("planVm against an independent model of Proxmox", () => {
  it("converges with at most two config requests beside one per grown drive, and then has nothing to do", () => {
    fc.assert(
      fc.property(scenario, (drawn) => {
        const { vm, declared } = build(drawn);
        const growing = Object.entries(declared.drives).filter(([slot, keys]) => {
          const size = /size=(\d+)G/.exec(vm.current.get(slot) ?? "")?.[1];
          return size !== undefined && keys.size !== undefined && keys.size !== `${size}G`;
        });
        expect(converge(vm, declared)).toBeLessThanOrEqual(2 + growing.length);
        expect(planVm(declared, snapshot(vm)).requests).toStrictEqual([]);
      }),
      settings,
    );
  });

  it("leaves every undeclared key and sub-key as it was, now and after the next cold start", () => {
    fc.assert(
      fc.property(scenario, (drawn) => {
        const { vm, declared } = build(drawn);
        const [now, later] = [undeclaredIn(vm, declared, "current"), undeclaredIn(vm, declared, "upcoming")];
        converge(vm, declared);
        const [after, afterwards] = [
          undeclaredIn(vm, declared, "current"),
          undeclaredIn(vm, declared, "upcoming"),
        ];
        for (const [key, parts] of later) {
          const isNew = declared.drives[key]?.datastore !== undefined;
          // A declared drive that was to be removed stays, as it is.
          const kept = key in declared.drives && parts.size === 0 ? (now.get(key) ?? parts) : parts;
          if (!isNew) expect([key, afterwards.get(key) ?? new Map()]).toStrictEqual([key, kept]);
        }
        if (drawn.running) {
          for (const [key, parts] of now) {
            // A live value that only waited behind a cold one comes free when the cold one is taken back.
            const freed = [...(later.get(key) ?? [])].filter(
              ([part]) => !coldKeys.includes(part) && part !== "",
            );
            const allowed = new Map([
              ...parts,
              ...freed.filter(([part, value]) => after.get(key)?.get(part) === value),
            ]);
            expect([key, after.get(key) ?? new Map()]).toStrictEqual([key, allowed]);
          }
        }
      }),
      settings,
    );
  });

  it("makes every live key true at once and every cold key true after a cold start, with nothing waiting then", () => {
    fc.assert(
      fc.property(scenario, (drawn) => {
        const { vm, declared } = build(drawn);
        converge(vm, declared);
        const owned = Object.entries({ ...declared.drives, ...declared.nics }).flatMap(([slot, keys]) =>
          Object.entries(keys).map(([key, value]) => ({ slot, key, value })),
        );
        for (const { slot, key, value } of owned) {
          if (key === "size" || key === "datastore") continue;
          const cold = [...coldKeys, "queues"].includes(key);
          const now = vm.current.get(slot);
          if (!cold && vm.running && now !== undefined) {
            expect([slot, key, means(key, value, partsOf(now).get(key))]).toStrictEqual([slot, key, true]);
          }
          const later = partsOf(vm.upcoming(slot) ?? "");
          expect([slot, key, means(key, value, later.get(key))]).toStrictEqual([slot, key, true]);
        }
        for (const [key, value] of Object.entries(declared.options)) {
          const later = vm.upcoming(key);
          if (typeof value !== "object") expect([key, means(key, value, later)]).toStrictEqual([key, true]);
          else {
            const parts = partsOf(later ?? "0");
            for (const [part, wanted] of Object.entries(value)) {
              const found = parts.get(part === "enabled" ? "" : part);
              expect([key, part, means(part, wanted, found)]).toStrictEqual([key, part, true]);
            }
          }
        }
        vm.coldStart();
        const plan = planVm(declared, snapshot(vm));
        expect([plan.requests, plan.waiting]).toStrictEqual([[], []]);
      }),
      settings,
    );
  });

  it("observes exactly the declared object once it is applied", () => {
    fc.assert(
      fc.property(scenario, (drawn) => {
        const { vm, declared } = build(drawn);
        converge(vm, declared);
        expect(observeDeclared(declared, snapshot(vm))).toStrictEqual(declared);
      }),
      settings,
    );
  });

  it("allocates only for slots that are empty, and allocates for those", () => {
    let allocations = 0;
    fc.assert(
      fc.property(scenario, (drawn) => {
        const { vm, declared } = build(drawn);
        const occupied = new Set([...vm.current.keys(), ...vm.pending.keys()]);
        const set: Record<string, string> = Object.assign(
          {},
          ...planVm(declared, snapshot(vm)).requests.map((request) =>
            request.kind === "config" ? request.set : {},
          ),
        );
        for (const [slot, value] of Object.entries(set)) {
          if (!/^local-lvm:\d+(?:,|$)/.test(value)) continue;
          allocations += 1;
          expect(occupied.has(slot)).toBe(false);
        }
      }),
      settings,
    );
    expect(allocations).toBeGreaterThan(100);
  });
});
