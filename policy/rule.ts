import type { JudgedVm } from "./judged-vm.ts";
import type { Bounds } from "./settings.ts";

/** `mandatory` fails a run, `advisory` is only said, `disabled` is not judged. */
export type Level = "mandatory" | "advisory" | "disabled";

/** What a rule says of one VM: it is violated, or could not be judged. */
export interface Judgement {
  readonly kind: "violation" | "unknown" | "undeclared";
  readonly slot?: string;
  /** A violation: "X must ... (got <value>)". Otherwise what the rule would have to know. */
  readonly message: string;
}

interface RuleText {
  /** Subject and condition; stable, since settings, exemptions and reports name it. */
  readonly id: string;
  /** Begins with "Checks whether". */
  readonly description: string;
  readonly defaultLevel: Exclude<Level, "disabled">;
  /** One sentence. */
  readonly remediation: string;
}

/** A rule about one VM. */
export interface VmRule extends RuleText {
  readonly scope: "vm";
  judge(vm: JudgedVm, bounds: Bounds): readonly Judgement[];
}

/** A rule about all VMs together. */
export interface FleetRule extends RuleText {
  readonly scope: "fleet";
  judgeAll(vms: readonly JudgedVm[], bounds: Bounds): readonly Judgement[];
}

export type Rule = VmRule | FleetRule;

/** A violation, with all that a report needs. */
export interface Finding {
  readonly rule: string;
  readonly level: Exclude<Level, "disabled">;
  /** Absent: it is about all VMs together. */
  readonly vm?: string;
  readonly vmid?: number;
  /** What `vms` of an exemption calls the VM: its key, or its vmid where no entry declares it. */
  readonly exemptAs?: readonly string[];
  readonly slot?: string;
  readonly message: string;
  readonly remediation: string;
  /** Why it fails nothing. */
  readonly exempted?: { readonly reason: string; readonly owner: string; readonly expires: string };
}

/** Something that a rule could not judge: not known in a preview yet, or not declared. */
export interface Unjudged {
  readonly rule: string;
  readonly vm?: string;
  readonly vmid?: number;
  readonly slot?: string;
  readonly because: "unknown" | "undeclared";
  readonly message: string;
}
