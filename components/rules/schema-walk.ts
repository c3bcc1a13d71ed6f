import { z } from "zod";

/** The schema behind `.optional()`. */
function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  return schema instanceof z.ZodOptional ? unwrap(schema.unwrap()) : schema;
}

/** The schema that a path of keys leads to, or undefined where the path leaves the schema. */
export function schemaAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): z.core.$ZodType | undefined {
  const [key, ...rest] = path;
  const here = unwrap(schema);
  if (key === undefined) return here;
  let next: z.core.$ZodType | undefined;
  if (here instanceof z.ZodObject) next = here.shape[String(key)];
  else if (here instanceof z.ZodRecord) next = here.valueType;
  else if (here instanceof z.ZodArray) next = here.element;
  else if (here instanceof z.ZodUnion) next = here.options.find((option) => option instanceof z.ZodArray);
  return next === undefined ? undefined : schemaAt(next, here instanceof z.ZodUnion ? path : rest);
}

/** The value that a path of keys leads to, or undefined. */
export function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (here, key) =>
      typeof here === "object" && here !== null ? (here as Record<PropertyKey, unknown>)[key] : undefined,
    value,
  );
}

/** A copy of a JSON value without what a path leads to. */
export function without(value: unknown, path: readonly PropertyKey[]): unknown {
  const [key, ...rest] = path;
  if (key === undefined || typeof value !== "object" || value === null) return undefined;
  if (Array.isArray(value)) {
    return rest.length === 0
      ? value.filter((_, index) => index !== key)
      : value.map((item, index) => (index === key ? without(item, rest) : item));
  }
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, item]) => {
      if (name !== String(key)) return [[name, item]];
      return rest.length === 0 ? [] : [[name, without(item, rest)]];
    }),
  );
}
