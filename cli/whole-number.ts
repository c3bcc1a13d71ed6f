/** Bounds of an option, both of them allowed. */
interface Bounds {
  readonly least: number;
  readonly most: number;
  /** What is counted, such as `seconds`. */
  readonly unit?: string;
}

/**
 * An option that is a whole number, by its text, without zeros in front.
 *
 * @throws {Error} naming the option, what it got and what is allowed
 */
export function wholeNumber(
  command: string,
  option: string,
  text: string,
  { least, most, unit }: Bounds,
): number {
  const value = /^(0|[1-9]\d*)$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  const of = unit === undefined ? "" : ` of ${unit}`;
  throw new Error(
    `fleet ${command}: --${option} is out of bounds (got ${JSON.stringify(text)}); allowed is a whole number${of} from ${least} to ${most}; correct it`,
  );
}
