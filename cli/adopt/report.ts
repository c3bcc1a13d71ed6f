import type { VmLocation } from "../../proxmox/api/vm-api.ts";
import type { Adoption } from "./adoption.ts";
import type { Proof } from "./proof.ts";

/** What an adoption found, wrote and proved. */
export interface AdoptReport {
  /** Path of the stack file, as the user writes it. */
  readonly stackFile: string;
  readonly source: string;
  readonly adopted: readonly Adoption[];
  /** Left, since nobody named them. */
  readonly templates: readonly VmLocation[];
  /** What changes in the stack file. */
  readonly diff: string;
  readonly written: boolean;
  readonly proof?: Proof;
}
