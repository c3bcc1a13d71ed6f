/** An alert as Prometheus reads it. */
export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  /** How long it must hold. @default at once */
  readonly for?: string;
  readonly labels: Readonly<Record<string, string>> & { readonly severity: "critical" | "warning" | "info" };
  readonly annotations: {
    readonly summary: string;
    /** The command that comes before anything else. */
    readonly first: string;
    /** What to do after it. */
    readonly next: string;
    readonly description: string;
    readonly runbook: string;
  };
}

/** A series that rules are made of. */
interface RecordingRule {
  readonly record: string;
  readonly expr: string;
}

/** Rules that are evaluated together, in their order. */
export interface RuleGroup {
  readonly name: string;
  readonly rules: readonly (AlertRule | RecordingRule)[];
}
