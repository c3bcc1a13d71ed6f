import type { VmSpec } from "../spec/vm-spec.ts";
import { absentRules } from "./absent-rules.ts";
import { adoptionRules } from "./adoption-rules.ts";
import { capsRules } from "./caps-rules.ts";
import { creationRules } from "./creation-rules.ts";
import { driveRules } from "./drive-rules.ts";
import type { Mistake } from "./mistake.ts";
import { foreignSlotRules } from "./slot-rules.ts";

/** A VM whose entry may still lack what the schema requires: rules run beside the schema, not after it. */
export type VmDraft = Omit<VmSpec, "vmid"> & { readonly vmid?: number | undefined };

/** What the rules of a VM need to know beside its entry. */
export interface VmContext {
  readonly key: string;
  /** The fleet's node. */
  readonly node: string | undefined;
  /** Whether the schema refused what the path, starting at the VM, leads to. */
  readonly isWrong: (path: readonly PropertyKey[]) => boolean;
}

/** Mistakes between the keys of one VM; paths start at the VM. */
export function vmRules(vm: VmDraft, { key, node, isWrong }: VmContext): Mistake[] {
  const controller = vm.controller ?? (vm.create === undefined ? undefined : "virtio-scsi-single");
  const drives = Object.entries(vm.drives ?? {});
  return [
    ...drives.flatMap(([slot, drive]) => [
      ...driveRules(drive, { slot, controller }).map((one) => ({
        ...one,
        path: ["drives", slot, ...one.path],
      })),
      ...capsRules(drive.caps ?? {}, (cap) => isWrong(["drives", slot, "caps", cap])).map(
        ({ key: cap, ...rule }) => ({
          ...rule,
          path: ["drives", slot, "caps", cap],
        }),
      ),
    ]),
    ...foreignSlotRules(vm.foreignSlots, Object.keys(vm.drives ?? {})),
    ...exactlyOneOf(vm.passthrough, "passthrough", "mapping", "id"),
    ...exactlyOneOf(vm.usb, "usb", "mapping", "host"),
    ...pcieRules(vm),
    ...gatewayRules(vm),
    ...firmwareRules(vm),
    ...absentRules(vm),
    ...(vm.create === undefined ? adoptionRules(vm) : creationRules(key, vm, vm.create, vm.node ?? node)),
  ];
}

function exactlyOneOf<A extends string, B extends string>(
  slots: Readonly<Record<string, { readonly [K in A | B]?: string | undefined }>> | undefined,
  at: string,
  a: A,
  b: B,
): Mistake[] {
  return Object.entries(slots ?? {})
    .filter(([, device]) => (device[a] === undefined) === (device[b] === undefined))
    .map(([slot, device]) => ({
      path: [at, slot],
      wrong: `needs exactly one of ${a} and ${b}`,
      got: device[a] === undefined ? undefined : `${device[a]}, ${device[b]}`,
      allowed: `either ${a} or ${b}`,
      fix: device[a] === undefined ? "add one" : "keep one",
    }));
}

function pcieRules(vm: VmDraft): Mistake[] {
  const knownMachine = vm.machine ?? (vm.create === undefined ? undefined : "the default i440fx");
  if (knownMachine === undefined || knownMachine.includes("q35")) return [];
  return Object.entries(vm.passthrough ?? {})
    .filter(([, device]) => device.pcie === true)
    .map(([slot]) => ({
      path: ["passthrough", slot, "pcie"],
      wrong: `does not exist with machine ${knownMachine}`,
      got: true,
      allowed: "pcie only with machine q35",
      fix: "write machine: q35 or remove pcie",
    }));
}

function gatewayRules(vm: VmDraft): Mistake[] {
  return Object.entries(vm.cloudInit?.ipConfigs ?? {}).flatMap(([slot, config]) =>
    (["ipv4", "ipv6"] as const)
      .filter(
        (family) =>
          /^(dhcp|auto)$/.test(config[family]?.address ?? "") && config[family]?.gateway !== undefined,
      )
      .map((family) => ({
        path: ["cloudInit", "ipConfigs", slot, family, "gateway"],
        wrong: `does not go with address ${config[family]?.address}`,
        got: config[family]?.gateway,
        allowed: "a gateway only beside a fixed address",
        fix: "remove gateway",
      })),
  );
}

function firmwareRules(vm: VmDraft): Mistake[] {
  if (vm.efi === undefined || vm.bios !== "seabios") return [];
  return [
    {
      path: ["bios"],
      wrong: "does not use the declared efi disk",
      got: vm.bios,
      allowed: "ovmf beside efi",
      fix: "write bios: ovmf or remove efi",
    },
  ];
}
