import { isNicSlot } from "./nic-keys.ts";
import { type Problem, problem } from "./problem.ts";
import { textConflicts } from "./text-conflicts.ts";

/** Keys of an option's or a network device's text that cannot stand together, as far as the declaration says them. */
export function checkTexts(
  options: readonly (readonly [string, unknown])[],
  nics: readonly (readonly [string, unknown])[],
  absent: unknown,
): Problem[] {
  return [...options, ...nics].flatMap(([name, value]) => {
    if (typeof value !== "object" || value === null) return [];
    const keys = value as Readonly<Record<string, unknown>>;
    const path = `${isNicSlot(name) ? "nics" : "options"}.${name}`;
    const texts = Object.entries(keys).map(([key, one]) => [key, String(one)] as const);
    const isSaid = (key: string) =>
      Object.hasOwn(keys, key) || (Array.isArray(absent) && absent.includes(`${path}.${key}`));
    return textConflicts(name, new Map(texts))
      .filter((conflict) => conflict.keys.every(isSaid))
      .flatMap(({ keys: of, wrong, allowed, fix }) => {
        const key = of.find((one) => Object.hasOwn(keys, one));
        return key === undefined ? [] : [problem(`${path}.${key}`, wrong, keys[key], allowed, fix)];
      });
  });
}
