import { UnknownValueError } from "@pulumi/policy";

/** Stands for a value that a preview does not know yet. */
export const notKnown: unique symbol = Symbol("not known");

/**
 * A copy of a resource's properties in which {@link notKnown} stands for what a preview does not know.
 *
 * @param properties as the policy SDK hands them over: reading what is not known throws
 */
export function knownProperties(properties: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.keys(properties).map((key) => [key, known(() => properties[key])]));
}

function known(read: () => unknown): unknown {
  let value: unknown;
  try {
    value = read();
  } catch (error) {
    if (error instanceof UnknownValueError) return notKnown;
    throw error;
  }
  if (Array.isArray(value)) {
    const list: readonly unknown[] = value;
    return Array.from({ length: list.length }, (_, index) => known(() => list[index]));
  }
  return typeof value === "object" && value !== null
    ? knownProperties(value as Record<string, unknown>)
    : value;
}
