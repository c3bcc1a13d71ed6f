import type { Mistake } from "./mistake.ts";

/** Where a value of a stack file is encrypted, as `pulumi config set --secret --path` writes it. */
export function secretPaths(value: unknown, path: readonly PropertyKey[] = []): (readonly PropertyKey[])[] {
  if (typeof value !== "object" || value === null) return [];
  const entries = Object.entries(value);
  const [only, ...others] = entries;
  if (only?.[0] === "secure" && others.length === 0 && typeof only[1] === "string") return [path];
  return entries.flatMap(([key, inner]) =>
    secretPaths(inner, [...path, Array.isArray(value) ? Number(key) : key]),
  );
}

/** An encrypted value where none is kept secret: it would end in clear in the state and on the node. */
export function secretMistake(path: readonly PropertyKey[]): Mistake {
  return {
    path,
    wrong: "is a secret, and would not stay one in the state or in the VM's configuration",
    got: "a text that is not shown",
    allowed: "a value in clear",
    fix: "write it in clear, or remove it; a secret belongs into the guest, by other means",
  };
}
