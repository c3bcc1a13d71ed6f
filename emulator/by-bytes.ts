/** Byte-wise order, as Perl's `sort` has it; the locale must not matter. */
export function byBytes(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

/** The entries of a map in the byte order of their keys; the map may change while they are walked. */
export function sortedEntries<T>(map: ReadonlyMap<string, T>): [string, T][] {
  return [...map].sort(([left], [right]) => byBytes(left, right));
}
