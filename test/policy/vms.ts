import type { JudgedVm } from "../../policy/judged-vm.ts";
import type { Judgement, Rule } from "../../policy/rule.ts";
import { rules } from "../../policy/rules.ts";
import { type Bounds, defaultSettings } from "../../policy/settings.ts";

/** A VM that no rule finds anything in. */
export const sound: JudgedVm = {
  name: "sound",
  vmid: 400,
  exemptAs: ["sound", "400"],
  source: "VmLegacy",
  config: { scsihw: "virtio-scsi-single", onboot: "1", serial0: "socket" },
  drives: {
    scsi0: { datastore: "local-lvm", aio: "threads", iothread: "1", mbps_rd: "60", mbps_wr: "60" },
  },
  complete: true,
  unknown: [],
  options: {
    protect: true,
    inputs: ["disks", "vmId"],
    ignoreChanges: ["disks", "vmId"],
    rebootAfterUpdate: false,
    deleteUnreferencedDisksOnDestroy: false,
    foreignSlots: ["scsi1-29"],
    stopped: false,
    officialReads: true,
  },
};

/** The sound VM with other keys on its only drive; undefined takes a key away. */
export function withDrive(
  keys: Readonly<Record<string, string | undefined>>,
  vm: JudgedVm = sound,
): JudgedVm {
  const drive = Object.entries({ ...vm.drives.scsi0, ...keys }).filter(([, value]) => value !== undefined);
  return { ...vm, drives: { scsi0: Object.fromEntries(drive) as Record<string, string> } };
}

/** The sound VM with other options of Proxmox; undefined takes one away. */
export function withConfig(
  config: Readonly<Record<string, string | undefined>>,
  vm: JudgedVm = sound,
): JudgedVm {
  const all = Object.entries({ ...vm.config, ...config }).filter(([, value]) => value !== undefined);
  return { ...vm, config: Object.fromEntries(all) as Record<string, string> };
}

/** The sound VM with other options of its resource. */
export function withOptions(options: JudgedVm["options"], vm: JudgedVm = sound): JudgedVm {
  return { ...vm, options: { ...vm.options, ...options } };
}

/** What all rules say, or one of them: `rule: message`. */
export function said(vms: readonly JudgedVm[], bounds: Partial<Bounds> = {}, only?: string): string[] {
  return rules
    .filter(({ id }) => only === undefined || id === only)
    .flatMap((rule) =>
      judged(rule, vms, { ...defaultSettings.bounds, ...bounds }).map((one) => `${rule.id}: ${one.message}`),
    );
}

/** What one rule says of one VM, by its kind. */
export function kinds(vm: JudgedVm, id: string): string[] {
  return rules
    .filter((rule) => rule.id === id)
    .flatMap((rule) =>
      judged(rule, [vm], defaultSettings.bounds).map(({ kind, message }) => `${kind}: ${message}`),
    );
}

function judged(rule: Rule, vms: readonly JudgedVm[], bounds: Bounds): readonly Judgement[] {
  return rule.scope === "vm" ? vms.flatMap((vm) => rule.judge(vm, bounds)) : rule.judgeAll(vms, bounds);
}
