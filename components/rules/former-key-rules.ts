import type { Mistake } from "./mistake.ts";
import type { VmDraft } from "./vm-rules.ts";

/** A former key leads to one entry, and is no key any more: otherwise two entries would claim one state. */
export function formerKeyRules(vms: Readonly<Record<string, VmDraft>>): Mistake[] {
  const claimedBy = new Map<string, string>();
  return Object.entries(vms).flatMap(([key, { formerKeys = [] }]) =>
    formerKeys.flatMap((former, index): Mistake[] => {
      const path = ["vms", key, "formerKeys", index];
      if (Object.hasOwn(vms, former)) {
        return [
          {
            path,
            wrong: former === key ? "is the key that the entry has" : "is the key of another entry",
            got: former,
            allowed: "keys that no entry has any more",
            fix: "remove it, or rename the entry that has the key",
          },
        ];
      }
      const other = claimedBy.get(former);
      claimedBy.set(former, other ?? key);
      if (other === undefined) return [];
      return [
        {
          path,
          wrong: `is a former key of ${other} as well`,
          got: former,
          allowed: "a former key in one place",
          fix: "keep it in the entry of the VM that had it",
        },
      ];
    }),
  );
}
