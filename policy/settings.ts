import { z } from "zod";
import { formatMistake } from "../components/rules/mistake.ts";
import { schemaMistakes } from "../components/rules/schema-mistakes.ts";
import type { Level } from "./rule.ts";

const noSettings = z.strictObject({});

const rate = z.number().nonnegative();
const count = z.int().nonnegative();

/** Bounds of caps; a bound that is absent bounds nothing. */
const capBounds = z.strictObject({
  minMiBps: rate.optional().describe("Least limit of throughput, in MiB/s."),
  maxMiBps: rate.optional().describe("Greatest limit or burst of throughput, in MiB/s."),
  minIops: count.optional().describe("Least limit of operations per second."),
  maxIops: count.optional().describe("Greatest limit or burst of operations per second."),
});

/** What the caps of all drives on one datastore may add up to. */
const storageBudgets = z.strictObject({
  budgets: z
    .record(
      z.string().min(1),
      z.strictObject({
        readMiBps: rate.optional().describe("Sum of the limits of reads, in MiB/s."),
        writeMiBps: rate.optional().describe("Sum of the limits of writes, in MiB/s."),
      }),
    )
    .optional()
    .describe("Budget by datastore; a datastore without one is not judged."),
});

/** Which exemptions hold. */
export const exemptionSettings = z.strictObject({
  use: z.boolean().optional().describe("False: judge without any exemption. Default: true."),
  file: z.string().min(1).optional().describe("Path of the file. Default: exemptions.yaml of the pack."),
});

/** Numbers that rules compare with. */
export interface Bounds {
  readonly caps: z.output<typeof capBounds>;
  readonly budgets: NonNullable<z.output<typeof storageBudgets>["budgets"]>;
}

/** Levels that differ from the rules' own, and bounds. */
export interface Settings {
  readonly levels: Readonly<Record<string, Level>>;
  readonly bounds: Bounds;
}

/** Every rule at its own level, and no bounds. */
export const defaultSettings: Settings = { levels: {}, bounds: { caps: {}, budgets: {} } };

/** Which exemptions hold. */
export type ExemptionSettings = z.output<typeof exemptionSettings>;

/** What may be configured of a rule, beside its level. */
export function schemaOf(rule: string): z.ZodObject {
  if (rule === "caps-are-sane") return capBounds;
  return rule === "caps-fit-storage" ? storageBudgets : noSettings;
}

/**
 * The bounds in a rule's configuration.
 *
 * @throws {Error} with every mistake, one line each
 */
export function boundsFrom(rule: string, config: unknown): Bounds {
  const { bounds } = defaultSettings;
  if (rule === "caps-are-sane") return { ...bounds, caps: parseConfig(rule, capBounds, config) };
  if (rule === "caps-fit-storage") {
    return { ...bounds, budgets: parseConfig(rule, storageBudgets, config).budgets ?? {} };
  }
  parseConfig(rule, noSettings, config);
  return bounds;
}

/**
 * A policy's configuration, checked.
 *
 * @param where what the mistakes begin with
 * @throws {Error} with every mistake, one line each
 */
export function parseConfig<Schema extends z.ZodObject>(
  policy: string,
  schema: Schema,
  config: unknown,
  where = "policy configuration",
): z.output<Schema> {
  const mistakes = schemaMistakes(schema, config);
  if (mistakes.length > 0) {
    const lines = mistakes.map((one) => formatMistake(where, { ...one, path: [policy, ...one.path] }));
    throw new Error(lines.join("\n"));
  }
  return schema.parse(config);
}
