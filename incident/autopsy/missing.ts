import type { Manifest } from "./manifest.ts";

/** Steps that lack for one reason. */
export interface Missing {
  readonly names: readonly string[];
  readonly outcome: Manifest["steps"][number]["outcome"];
  readonly reason: string;
}

/** What is not in a bundle, gathered by the reason, failures first. */
export function missingOf({ steps }: Pick<Manifest, "steps">): Missing[] {
  const lacking = steps.filter(({ outcome }) => outcome !== "captured");
  const groups = Map.groupBy(lacking, ({ outcome, reason = "" }) => `${outcome}: ${reason}`);
  return [...groups.values()]
    .map((group) => ({
      names: group.map(({ name }) => name),
      outcome: group[0]?.outcome ?? "failed",
      reason: group[0]?.reason ?? "",
    }))
    .sort(
      (one, other) => Number(one.outcome === "not available") - Number(other.outcome === "not available"),
    );
}
