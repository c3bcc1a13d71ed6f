import { z } from "zod";
import { fleetSpec } from "../fleet-spec.ts";

type Schema = z.core.JSONSchema.JSONSchema;
type Definitions = Readonly<Record<string, Schema>>;

/** The line in docs/fleet.md below which everything is generated. */
export const referenceMarker = "<!-- Below this line: written by npm run schema. -->";

/** Every key of a fleet as Markdown tables, one per kind of mapping. */
export function fleetReference(): string {
  const definitions = (z.toJSONSchema(fleetSpec, { io: "input" }).$defs ?? {}) as Definitions;
  return Object.entries(definitions)
    .map(([name, definition]) => section(name, definition, definitions))
    .join("");
}

function section(name: string, definition: Schema, definitions: Definitions): string {
  const required = definition.required ?? [];
  const rows = Object.entries(definition.properties ?? {}).map(([key, property]) => {
    const schema = property as Schema;
    const meaning = schema.description ?? definitions[nameIn(schema.$ref)]?.description ?? "";
    return `| \`${key}\`${required.includes(key) ? " (required)" : ""} | ${typeOf(schema)} | ${meaning} |\n`;
  });
  return `\n## ${name}\n\n${definition.description}\n\n| key | value | meaning |\n|---|---|---|\n${rows.join("")}`;
}

function typeOf(schema: Schema): string {
  if (schema.$ref !== undefined) return `[${nameIn(schema.$ref)}](#${nameIn(schema.$ref).toLowerCase()})`;
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${value}\``).join(", ");
  if (schema.anyOf !== undefined) return schema.anyOf.map((one) => typeOf(one as Schema)).join(" or ");
  switch (schema.type) {
    case "array":
      return `list of ${typeOf(schema.items as Schema)}`;
    case "boolean":
      return "`true`, `false`";
    case "integer":
    case "number":
      return numberType(schema);
    case "object":
      return `by name: ${typeOf(schema.additionalProperties as Schema)}`;
    default:
      return "text";
  }
}

function numberType({ type, minimum, maximum = Number.MAX_SAFE_INTEGER }: Schema): string {
  const kind = type === "integer" ? "whole number" : "number";
  return maximum === Number.MAX_SAFE_INTEGER
    ? `${kind} from ${minimum}`
    : `${kind}, ${minimum} to ${maximum}`;
}

function nameIn(ref = ""): string {
  return ref.slice(ref.lastIndexOf("/") + 1);
}
