import type { Caller } from "./auth.ts";
import { sortedEntries } from "./by-bytes.ts";
import { renewImage } from "./cloud-init-image.ts";
import { isInstantKey } from "./config-schema.ts";
import { isDriveKey } from "./drive-schema.ts";
import { errorText } from "./errors.ts";
import type { Estate } from "./estate.ts";
import { hotplugFeatures, needFeature, qmp, type Running, Skip, unplug } from "./hotplug-context.ts";
import { plugCpus, plugMemory } from "./hotplug-cpu-memory.ts";
import { deleteDriveLive, updateDriveLive } from "./hotplug-drive.ts";
import { takesUsb } from "./machine.ts";
import { parseNet } from "./net-string.ts";
import { AGENT } from "./option-formats.ts";
import { isTrue, parseProperties } from "./property-string.ts";
import { isOption, type RunningQemu } from "./qemu.ts";
import type { Vm } from "./vm.ts";

const NET_DEVICE_KEYS = ["model", "macaddr", "queues", "mtu"];

function updateNet(running: Running, key: string, value: string): void {
  const net = parseNet(key, value);
  const before = running.vm.current.get(key);
  const old = before === undefined ? undefined : parseNet(key, before);
  const isSameDevice =
    old?.has("bridge") === true &&
    net.has("bridge") &&
    NET_DEVICE_KEYS.every((part) => net.get(part) === old.get(part));
  if (isSameDevice) {
    if (net.get("link_down") !== old.get("link_down")) qmp(running, "set_link");
  } else {
    needFeature(running, "network");
    if (old !== undefined) unplug(running, key);
    qmp(running, "netdev_add");
  }
  running.qemu.nets.set(key, value);
}

/** The agent's properties that count: none of one that is off. */
function agentOf(value: string): ReadonlyMap<string, string> {
  const agent = parseProperties(AGENT, "agent", value);
  return isTrue(agent.get("enabled")) ? agent : new Map();
}

function updateAgent(vm: Vm, value: string): void {
  const before = vm.current.get("agent");
  if (!isTrue(before)) throw new Skip();
  const old = agentOf(before ?? "");
  const next = agentOf(value);
  const keys = new Set([...old.keys(), ...next.keys()]);
  keys.delete("fstrim_cloned_disks");
  for (const key of keys) if (old.get(key) !== next.get(key)) throw new Skip();
}

/** Memory and cpu hotplug must be known when QEMU starts. */
function updateHotplug(before: string | undefined, value: string | undefined): void {
  const cold = [before ?? "", value ?? ""].some((features) => /memory|cpu/.test(features));
  if (cold) throw new Skip();
}

function updateBalloon(running: Running, value: string): void {
  if ((running.vm.current.get("balloon") === "0") !== (value === "0")) throw new Skip();
  qmp(running, "balloon");
}

function needUsb(running: Running): void {
  needFeature(running, "usb");
  if (!takesUsb(running.qemu.machine, running.vm.current.get("ostype"))) throw new Skip();
}

/** @returns the text to store, which is the module-wise rounded one for memory */
function updateKey(running: Running, key: string, value: string): string {
  const { vm } = running;
  if (isDriveKey(key)) updateDriveLive(running, key, value);
  else if (/^net\d+$/.test(key)) updateNet(running, key, value);
  else if (/^usb\d+$/.test(key)) needUsb(running);
  else if (key === "hotplug") updateHotplug(vm.current.get(key), value);
  else if (key === "agent") updateAgent(vm, value);
  else if (key === "balloon") updateBalloon(running, value);
  else if (key === "tablet") needFeature(running, "usb");
  else if (key === "vcpus") plugCpus(running, value);
  else if (key === "memory") return plugMemory(running, value);
  else if (key !== "cpulimit" && key !== "cpuunits") throw new Skip();
  return value;
}

function deleteKey(running: Running, key: string, force: boolean): void {
  const { vm } = running;
  if (isInstantKey(key) || key === "cpulimit" || key === "cpuunits") return;
  if (isDriveKey(key)) {
    deleteDriveLive(running, key, force);
  } else if (/^net\d+$/.test(key)) {
    needFeature(running, "network");
    unplug(running, key);
  } else if (/^usb\d+$/.test(key)) {
    needUsb(running);
  } else if (key === "hotplug") {
    updateHotplug(vm.current.get(key), undefined);
  } else if (key === "tablet") {
    needFeature(running, "usb");
  } else if (key === "vcpus") {
    plugCpus(running, undefined);
  } else if (key === "memory") {
    plugMemory(running, undefined);
  } else if (key !== "balloon" || vm.current.get(key) === "0") {
    throw new Skip();
  }
}

/**
 * Tries to apply this request's pending keys to a running VM. What cannot be done live stays pending.
 * @returns one text per key that failed; those stay pending too
 */
export function hotplugPending(
  estate: Estate,
  caller: Caller,
  vm: Vm,
  qemu: RunningQemu,
  selection: ReadonlySet<string>,
): Record<string, string> {
  const errors: Record<string, string> = {};
  const running: Running = { estate, caller, vm, qemu, features: hotplugFeatures(vm.current.get("hotplug")) };
  const attempt = (key: string, action: () => void): boolean => {
    try {
      action();
      return true;
    } catch (error) {
      if (!(error instanceof Skip)) errors[key] = `hotplug problem - ${errorText(error)}\n`;
      return false;
    }
  };
  const inEffect = (key: string, value?: string) => {
    if (!isOption(key)) return;
    if (value === undefined) qemu.options.delete(key);
    else qemu.options.set(key, value);
  };
  for (const [key, value] of vm.pending) {
    if (!isInstantKey(key)) continue;
    inEffect(key, value);
    vm.current.set(key, value);
    vm.pending.delete(key);
  }
  for (const [key, force] of sortedEntries(vm.pendingDelete)) {
    if (!selection.has(key) || !attempt(key, () => deleteKey(running, key, force))) continue;
    inEffect(key);
    vm.current.delete(key);
    vm.pendingDelete.delete(key);
  }
  for (const [key, value] of sortedEntries(vm.pending)) {
    if (!selection.has(key)) continue;
    attempt(key, () => {
      const stored = updateKey(running, key, value);
      inEffect(key, stored);
      vm.current.set(key, stored);
      vm.pending.delete(key);
    });
  }
  if (running.features.has("cloudinit")) renewImage(vm);
  return errors;
}
