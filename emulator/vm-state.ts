import { isDriveKey } from "./drive-schema.ts";
import { readDrive } from "./drive-string.ts";
import type { Estate } from "./estate.ts";
import { isFileStorage, storageIdOf } from "./storage.ts";
import type { Section, Vm } from "./vm.ts";

const MIB = 1024 ** 2;

/** What the saved memory needs to be started again, beside the volume. */
const STATE_KEYS: readonly string[] = ["vmstate", "runningmachine", "runningcpu"];

/** Where a VM's memory goes: where it says, else a storage of its disks, a shared or a file based one before others. */
export function stateStorage(estate: Estate, config: Section): string {
  const asked = config.get("vmstatestorage");
  if (asked !== undefined) return asked;
  const found: { shared?: string; local?: string } = {};
  for (const [key, value] of config) {
    const id = isDriveKey(key) ? storageIdOf(readDrive(key, value)?.file ?? "") : undefined;
    const storage = estate.storages.all.get(id ?? "");
    if (storage === undefined) continue;
    const kind = storage.shared ? "shared" : "local";
    if (found[kind] === undefined || isFileStorage(storage)) found[kind] = storage.name;
  }
  return found.shared ?? found.local ?? "local";
}

/** Writes a running VM's memory to a volume, and what belongs to it into the config (`PVE/QemuConfig.pm`). */
export function saveState(estate: Estate, vm: Vm, config: Section, name: string, storageId?: string): void {
  const storage = estate.storages.get(storageId ?? stateStorage(estate, vm.current));
  const memory = Number((vm.current.get("memory") ?? "512").replace(/^current=/, "")) * MIB;
  const file = `vm-${vm.vmid}-state-${name}`;
  const volid = isFileStorage(storage) ? `${storage.name}:${vm.vmid}/${file}.raw` : `${storage.name}:${file}`;
  estate.storages.add(volid, memory * 2 + 500 * MIB, estate.clock.seconds());
  config.set("vmstate", volid);
  config.set("runningmachine", vm.qemu?.machine ?? "");
  config.set("runningcpu", "kvm64,enforce,+kvm_pv_eoi,+kvm_pv_unhalt,+lahf_lm,+sep");
}

/** Frees the volume, and takes out of the config what belongs to it. */
export function dropState(estate: Estate, config: Section): void {
  estate.storages.free(config.get("vmstate") ?? "");
  for (const key of STATE_KEYS) config.delete(key);
}

/** Takes out of the config what the memory was saved with; the volume stays. */
export function forgetState(config: Section): void {
  for (const key of STATE_KEYS) config.delete(key);
}
