import type { CapsSpec } from "../spec/caps-spec.ts";
import type { Mistake } from "./mistake.ts";

type Rule = Omit<Mistake, "path"> & { readonly key: keyof CapsSpec };

const directions = ["read", "write", "total"] as const;
const units = ["MiBps", "Iops"] as const;

/**
 * Mistakes between the keys of one drive's caps.
 *
 * @param isWrong whether a key was refused already, so that its absence is no second mistake
 */
export function capsRules(caps: CapsSpec, isWrong: (key: keyof CapsSpec) => boolean): Rule[] {
  return units.flatMap((unit) => [
    ...totalAndDirections(caps, unit),
    ...directions.flatMap((direction) => {
      const base = `${direction}${unit}` as const;
      const burst = `${direction}Burst${unit}` as const;
      const length = `${burst}Seconds` as const;
      return [
        ...(isWrong(base) ? [] : burstAboveBase(caps, base, burst)),
        ...(isWrong(burst) ? [] : lengthOfBurst(caps, burst, length)),
      ];
    }),
  ]);
}

/** Proxmox refuses a total beside a limit per direction; zeros do not count. */
function totalAndDirections(caps: CapsSpec, unit: (typeof units)[number]): Rule[] {
  const total = `total${unit}` as const;
  const directed = ([`read${unit}`, `write${unit}`] as const).filter((key) => (caps[key] ?? 0) > 0);
  if ((caps[total] ?? 0) === 0 || directed.length === 0) return [];
  return [
    {
      key: total,
      wrong: `is mixed with ${directed.join(" and ")}`,
      got: caps[total],
      allowed: `either ${total}, or read${unit} and write${unit}`,
      fix: `remove ${total} or the limits per direction`,
    },
  ];
}

function burstAboveBase(caps: CapsSpec, base: keyof CapsSpec, burst: keyof CapsSpec): Rule[] {
  const [baseValue = 0, burstValue = 0] = [caps[base], caps[burst]];
  if (burstValue === 0) return [];
  if (baseValue === 0) {
    return [
      {
        key: burst,
        wrong: `is a burst without its base ${base}`,
        got: burstValue,
        allowed: `a burst only beside a ${base} above 0`,
        fix: `add ${base} or remove ${burst}`,
      },
    ];
  }
  if (burstValue >= baseValue) return [];
  return [
    {
      key: burst,
      wrong: `is below its base ${base}, ${baseValue}`,
      got: burstValue,
      allowed: `${baseValue} or more`,
      fix: `raise ${burst} or lower ${base}`,
    },
  ];
}

function lengthOfBurst(caps: CapsSpec, burst: keyof CapsSpec, length: keyof CapsSpec): Rule[] {
  if (caps[length] === undefined || (caps[burst] ?? 0) > 0) return [];
  return [
    {
      key: length,
      wrong: `is the length of a burst that is not there`,
      got: caps[length],
      allowed: `a length only beside a ${burst} above 0`,
      fix: `add ${burst} or remove ${length}`,
    },
  ];
}
