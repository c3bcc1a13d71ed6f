import { unwritable } from "../../proxmox/drive.ts";
import { type Cap, caps } from "../../proxmox/drive-keys.ts";
import { isUnknown, type JudgedVm } from "../judged-vm.ts";
import { isOn, type JudgedDrive, judgeDrives, undeclared, unknown, violation } from "../judgements.ts";
import type { FleetRule, Judgement, VmRule } from "../rule.ts";
import type { Bounds } from "../settings.ts";

const capKeys = caps.flatMap(({ base, burst }) => [base, burst]);

/** A VM ran three months without caps, because a list of targets did not know it. */
export const driveHasCaps: VmRule = {
  scope: "vm",
  id: "drive-has-caps",
  description: "Checks whether every data drive has caps of its reads and writes in MiB/s.",
  defaultLevel: "mandatory",
  remediation: "Declare `caps: { readMiBps, writeMiBps }`, or `totalMiBps`, on every data drive of the VM.",
  judge(vm) {
    if (Object.keys(vm.drives).length === 0 && !vm.complete && !isUnknown(vm, "drives")) {
      return [violation(`drives of ${vm.name} must be declared with their caps`, "no drive")];
    }
    return judgeDrives(vm, ["mbps", "mbps_rd", "mbps_wr", "scsiblock"], ({ slot, keys }) => {
      // Nothing that this fleet may write could cap it.
      if (unwritable(keys.file ?? "") !== undefined) return [];
      if (isOn(keys.scsiblock)) {
        const got = `scsiblock ${keys.scsiblock}, past which QEMU throttles nothing`;
        return [violation(`reads and writes of ${vm.name} ${slot} must be capped`, got, slot)];
      }
      if (isLimit(keys.mbps)) return [];
      const missing = ["mbps_rd", "mbps_wr"].filter((key) => !isLimit(keys[key]));
      if (missing.length === 0) return [];
      const got = missing.map((key) => `${key} ${keys[key] ?? "absent"}`).join(", ");
      return [violation(`reads and writes of ${vm.name} ${slot} must be capped`, got, slot)];
    });
  },
};

/** Caps that Proxmox, QEMU or the official provider would stumble over. */
export const capsAreSane: VmRule = {
  scope: "vm",
  id: "caps-are-sane",
  description: "Checks whether the caps of a drive fit together and lie within the configured bounds.",
  defaultLevel: "mandatory",
  remediation: "Correct the cap that the message names; 0 stands for no limit.",
  judge(vm, { caps: bounds }) {
    return judgeDrives(vm, capKeys, (drive) => {
      const directions = mixedDirections(vm, drive);
      return [...directions, ...caps.flatMap((cap) => judgeCap(vm, drive, cap, bounds))];
    });
  },
};

/** Caps that no storage could serve at once are no caps. */
export const capsFitStorage: FleetRule = {
  scope: "fleet",
  id: "caps-fit-storage",
  description: "Checks whether the caps of all drives on a datastore fit its budget.",
  defaultLevel: "advisory",
  remediation: "Lower caps on the datastore, move drives, or raise its budget in the settings.",
  judgeAll(vms, { budgets }) {
    if (Object.keys(budgets).length === 0) return [];
    const drives = distinctDrives(vms);
    const judgements: Judgement[] = drives
      .filter(({ keys }) => keys.datastore === undefined)
      .map(({ vm, slot }) => nowhere(vm, slot));
    for (const [datastore, budget] of Object.entries(budgets)) {
      const here = drives.filter(({ keys }) => keys.datastore === datastore);
      for (const [direction, key, most] of [
        ["reads", "mbps_rd", budget.readMiBps],
        ["writes", "mbps_wr", budget.writeMiBps],
      ] as const) {
        const sum = here.reduce((total, { keys }) => total + amount(keys[key] ?? keys.mbps), 0);
        if (most === undefined || sum <= most) continue;
        judgements.push(
          violation(
            `capped ${direction} on ${datastore} must add up to at most ${most} MiB/s`,
            `${sum} MiB/s`,
          ),
        );
      }
    }
    return judgements;
  },
};

function judgeCap(vm: JudgedVm, { slot, keys }: JudgedDrive, cap: Cap, bounds: Bounds["caps"]): Judgement[] {
  const { base, burst, length } = cap;
  const wrong = [base, burst].flatMap((key) => judgeNumber(vm, slot, key, keys[key], bounds));
  if (wrong.length > 0) return wrong;
  const [limit, peak] = [amount(keys[base]), amount(keys[burst])];
  const where = `of ${vm.name} ${slot}`;
  if (peak > 0 && limit === 0) {
    return [
      violation(`${base} ${where} must be set beside its burst ${burst}`, keys[base] ?? "nothing", slot),
    ];
  }
  if (peak > 0 && peak < limit) {
    return [violation(`${burst} ${where} must be at least ${base} = ${limit}`, String(peak), slot)];
  }
  return keys[length] !== undefined && peak === 0
    ? [violation(`${burst} ${where} must be set beside its length ${length}`, keys[burst] ?? "nothing", slot)]
    : [];
}

function judgeNumber(
  vm: JudgedVm,
  slot: string,
  key: string,
  text: string | undefined,
  bounds: Bounds["caps"],
): Judgement[] {
  if (text === undefined) return [];
  const value = Number(text);
  const of = `${key} of ${vm.name} ${slot} must be`;
  if (text.trim() === "" || !Number.isFinite(value) || value < 0) {
    return [violation(`${of} a positive number`, text, slot)];
  }
  const isRate = key.startsWith("mbps");
  if (!Number.isInteger(value) && (!isRate || vm.options.officialReads)) {
    return [
      violation(
        `${of} a whole number${isRate ? ", which is all that the official provider reads" : ""}`,
        text,
        slot,
      ),
    ];
  }
  const [least, most] = isRate ? [bounds.minMiBps, bounds.maxMiBps] : [bounds.minIops, bounds.maxIops];
  if (value === 0) return [];
  if (least !== undefined && value < least) return [violation(`${of} at least ${least}`, text, slot)];
  return most !== undefined && value > most ? [violation(`${of} at most ${most}`, text, slot)] : [];
}

function mixedDirections(vm: JudgedVm, { slot, keys }: JudgedDrive): Judgement[] {
  return ["mbps", "iops"].flatMap((total) => {
    const directions = [`${total}_rd`, `${total}_wr`].filter((key) => amount(keys[key]) > 0);
    if (amount(keys[total]) <= 0 || directions.length === 0) return [];
    return [
      violation(
        `${total} of ${vm.name} ${slot} must not stand beside ${directions.join(" and ")}`,
        keys[total] ?? "",
        slot,
      ),
    ];
  });
}

interface DriveOf extends JudgedDrive {
  readonly vm: JudgedVm;
}

/** A VM that the program creates is there twice: its drives count once, with what both say. */
function distinctDrives(vms: readonly JudgedVm[]): DriveOf[] {
  const drives = new Map<string, DriveOf>();
  for (const vm of vms) {
    for (const [slot, keys] of Object.entries(vm.drives)) {
      const id = `${vm.vmid ?? vm.name} ${slot}`;
      drives.set(id, { vm, slot, keys: { ...drives.get(id)?.keys, ...keys } });
    }
  }
  return [...drives.values()];
}

function nowhere(vm: JudgedVm, slot: string): Judgement {
  const what = `datastore of ${vm.name} ${slot}`;
  return isUnknown(vm, `drives.${slot}.datastore`) ? unknown(what) : undeclared(what);
}

function isLimit(text: string | undefined): boolean {
  return text !== undefined && amount(text) !== 0;
}

function amount(text: string | undefined): number {
  return Number(text ?? 0);
}
