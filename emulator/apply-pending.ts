import type { Caller } from "./auth.ts";
import { sortedEntries } from "./by-bytes.ts";
import { isDriveKey } from "./drive-schema.ts";
import { readDrive } from "./drive-string.ts";
import { destroyDrive, dropReusedVolumes, releaseDrive } from "./drive-write.ts";
import { errorText } from "./errors.ts";
import type { Estate } from "./estate.ts";
import { cleanupPending, type Vm } from "./vm.ts";

/**
 * Makes every pending change current, as a stopped VM does at once and a running one at its next stop or start.
 * @returns one text per key that could not be applied; those stay pending
 */
export function applyPending(estate: Estate, caller: Caller, vm: Vm): Record<string, string> {
  const errors: Record<string, string> = {};
  for (const [key, force] of sortedEntries(vm.pendingDelete)) {
    try {
      const drive = isDriveKey(key) ? readDrive(key, vm.current.get(key)) : undefined;
      if (drive !== undefined && force) destroyDrive(estate, caller, vm, key, drive);
      else if (drive !== undefined) releaseDrive(estate, vm, drive);
      vm.current.delete(key);
      vm.pendingDelete.delete(key);
    } catch (error) {
      errors[key] = `unable to apply pending change ${key} : ${errorText(error)}\n`;
    }
  }
  cleanupPending(vm);
  for (const [key, value] of sortedEntries(vm.pending)) {
    try {
      const old = isDriveKey(key) ? readDrive(key, vm.current.get(key)) : undefined;
      if (old !== undefined && old.file !== readDrive(key, value)?.file) releaseDrive(estate, vm, old);
      vm.current.set(key, value);
      vm.pending.delete(key);
    } catch (error) {
      errors[key] = `unable to apply pending change ${key} : ${errorText(error)}\n`;
    }
  }
  dropReusedVolumes(vm);
  return errors;
}
