import type { DeclaredVm } from "./declared.ts";
import type { Change } from "./key-plan.ts";
import { sameMeaning } from "./meaning.ts";
import { ownedKeys, readableView } from "./owned.ts";
import { printable } from "./printable.ts";
import type { Waiting } from "./report.ts";
import { present, type VmSnapshot } from "./snapshot.ts";

/**
 * Owned keys that the config has and QEMU has not, of the class that Proxmox shows nowhere: only who wrote them
 * while the VM ran can know. `from` is what QEMU runs with.
 *
 * @param remembered what this said of the same QEMU process before; nothing of another process
 * @param changes what has been, or in a preview would be, written since
 */
export function invisibleWaiting(
  declared: DeclaredVm,
  snapshot: VmSnapshot,
  remembered: readonly Waiting[],
  changes: readonly Change[],
): Waiting[] {
  if (!snapshot.running) return [];
  const known = remembered.filter(({ configured }) => configured);
  const written = changes.filter(({ effect }) => effect === "invisible");
  return ownedKeys(declared).flatMap((owned) => {
    const text = present(snapshot, owned.key);
    const now = readableView(owned, text);
    return owned.leaves.flatMap(({ path, key, rule, to }): Waiting[] => {
      const first = [...known, ...written].find((one) => one.path === path);
      if (first === undefined) return [];
      const last = written.findLast((one) => one.path === path);
      const configured = last === undefined ? now?.get(key) : last.to;
      const isUnreadable = text !== undefined && now === undefined;
      if (!isUnreadable && sameMeaning(rule, first.from, configured)) return [];
      const from = first.from === undefined ? {} : { from: printable(first.from) };
      const next = configured ?? to;
      return [{ path, ...from, ...(next !== undefined && { to: printable(next) }), configured: true }];
    });
  });
}
