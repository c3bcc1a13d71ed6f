import type { Mistake } from "./mistake.ts";
import { valueAt } from "./schema-walk.ts";
import type { VmDraft } from "./vm-rules.ts";

const creationOnly = [["efi"], ["tpm"], ["pool"], ["cloudInit", "datastore"], ["cloudInit", "interface"]];

/** Keys that only mean something while a VM is made, on a VM that exists already; paths start at the VM. */
export function adoptionRules(vm: VmDraft): Mistake[] {
  return creationOnly
    .filter((path) => valueAt(vm, path) !== undefined)
    .map((path) => ({
      path,
      wrong: "is for creation only, and this VM is adopted",
      got: valueAt(vm, path),
      allowed: `${path.join(".")} only beside create`,
      fix: "remove it; the VM keeps what it has",
    }));
}
