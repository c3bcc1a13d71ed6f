import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { DeclaredVm, Scalar } from "../../proxmox/declared.ts";
import { observeDeclared } from "../../proxmox/observe.ts";
import { planVm } from "../../proxmox/plan.ts";
import { snapshotFromPending } from "../../proxmox/snapshot.ts";
import { type ProxmoxModel, partsOf, stored } from "./model.ts";
import { build, coldKeys, scenario } from "./scenario.ts";

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

/** Parts of a key that are declared to be absent; empty is the whole. */
function absentParts({ absent = [] }: DeclaredVm, key: string): string[] {
  return absent.flatMap((path) => {
    const [, name, part = ""] = path.split(".");
    return name === key ? [part] : [];
  });
}

/** Undeclared parts of what a slot holds, `size` being the storage's; an option is one part. */
function undeclared(key: string, text: string | undefined, declared: DeclaredVm): Parts {
  const absent = absentParts(declared, key);
  if (absent.includes("")) return new Map();
  const found = declared.drives[key] ?? declared.nics[key] ?? declared.options[key];
  const owned = found ?? (absent.length > 0 ? {} : undefined);
  if (text === undefined || (owned !== undefined && typeof owned !== "object")) return new Map();
  if (owned === undefined) return new Map([["", text]]);
  // An agent's bare value is its key "enabled", which is always written, even when only others are declared.
  const isOwned = (part: string) =>
    part in owned || absent.includes(part) || (key === "agent" && part === "");
  return new Map([...partsOf(stored(text))].filter(([part]) => !isOwned(part) && part !== "size"));
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

/** Whether a text waits as a whole for something cold that nobody declared. */
function isHeld(vm: ProxmoxModel, declared: DeclaredVm, key: string): boolean {
  const [now, later] = (["current", "upcoming"] as const).map((view) =>
    undeclaredIn(vm, declared, view).get(key),
  );
  const texts = [vm.current.get(key), vm.upcoming(key)].map((text) => partsOf(text ?? "").get(""));
  // An agent's bare value says whether there is one.
  const isSwitched = key === "agent" && !isDeclared(declared, "enabled") && texts[0] !== texts[1];
  return isSwitched || [...coldKeys, "queues", "type"].some((part) => now?.get(part) !== later?.get(part));
}

/** Whether a part of the agent is declared. */
function isDeclared({ options }: DeclaredVm, part: string): boolean {
  return typeof options.agent === "object" && part in options.agent;
}

/** Sends what is planned until nothing is, as a provider does; returns how many requests it took. */
function converge(vm: ProxmoxModel, declared: DeclaredVm): number {
  for (let count = 0; count < 20; count += 1) {
    const plan = planVm(declared, snapshot(vm));
    expect(plan.problems).toStrictEqual([]);
    const [request] = plan.requests;
    if (request === undefined) {
      expect(plan.changes).toHaveLength(0);
      return count;
    }
    expect(plan.changes).not.toHaveLength(0);
    vm.send(request);
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
          if (!cold && vm.running && now !== undefined && !isHeld(vm, declared, slot)) {
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
        for (const path of declared.absent ?? []) {
          const [, key = "", part = ""] = path.split(".");
          // A device that another hand removes is not kept for the sake of a key that it must not have.
          if (!path.startsWith("options.") && vm.upcoming(key) === undefined) continue;
          const waits = [...coldKeys, "queues", "cores", "type"].includes(part === "" ? key : part);
          const isLive = vm.running && !waits && key !== "balloon" && !isHeld(vm, declared, key);
          const texts = [vm.upcoming(key), ...(isLive ? [vm.current.get(key)] : [])];
          for (const text of texts) {
            if (text === undefined) continue;
            const value = part === "" ? text : partsOf(text).get(part);
            const isGone = value === undefined || means(part === "" ? key : part, value, undefined);
            expect([path, text, isGone]).toStrictEqual([path, text, true]);
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
