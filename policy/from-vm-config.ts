import type { KnownResource } from "./from-resource.ts";
import type { JudgedVm } from "./judged-vm.ts";
import { notKnown } from "./known-properties.ts";
import { NeutralVm } from "./neutral-vm.ts";

/** A VmConfig: the declared part of an adopted VM, or all of one that the program creates. */
export function judgedFromConfig({ name, props }: KnownResource): JudgedVm {
  const vm = new NeutralVm();
  const created = props.creation !== undefined;
  for (const [key, value] of entries(props.options)) vm.config(key, value);
  if (props.options === notKnown) vm.unknown("config");
  for (const [slot, keys] of entries(props.drives)) {
    if (keys === notKnown) vm.unknown(`drives.${slot}`);
    vm.drive(slot, Object.fromEntries(entries(keys)));
  }
  // A drive of which only keys are declared, as absent, is declared too.
  for (const [, path] of entries(props.absent)) {
    const [section, slot = ""] = String(path).split(".");
    if (section === "drives" && !entries(props.drives).some(([one]) => one === slot)) vm.drive(slot, {});
  }
  if (props.drives === notKnown) vm.unknown("drives");
  vm.option("foreignSlots", props.foreignSlots);
  if (created) vm.option("officialReads", true);
  return vm.judged(name, "VmConfig", created, props.vmid);
}

function entries(value: unknown): [key: string, value: unknown][] {
  return typeof value === "object" && value !== null ? Object.entries(value) : [];
}
