import { z } from "zod";
import type { Level } from "./rule.ts";
import { rules } from "./rules.ts";
import { type ExemptionSettings, exemptionSettings, type Settings, schemaOf } from "./settings.ts";
import { parseYaml, readYaml } from "./yaml-file.ts";

const level = z.enum(["mandatory", "advisory", "disabled"]);

const schema = z.strictObject({
  exemptions: exemptionSettings.optional(),
  ...Object.fromEntries(
    rules.map(({ id }) => [
      id,
      z.strictObject({ enforcementLevel: level.optional(), ...schemaOf(id).shape }).optional(),
    ]),
  ),
});

/** A file of settings: for the engine as it is written, and for the rules. */
export interface SettingsFile extends Settings {
  readonly exemptions: ExemptionSettings;
  /** By rule, in the form of Pulumi's own policy configuration. */
  readonly policies: Readonly<Record<string, { enforcementLevel?: Level; [property: string]: unknown }>>;
}

/**
 * Reads a file of settings.
 *
 * @throws {Error} with every mistake, one line each: file and line, field, value, what is allowed, what to do
 */
export function readSettings(file: string): SettingsFile {
  return settingsFrom(readYaml(file, schema));
}

/** @throws {Error} as {@link readSettings} */
export function parseSettings(yaml: string, file: string): SettingsFile {
  return settingsFrom(parseYaml(yaml, file, schema));
}

function settingsFrom({ exemptions = {}, ...policies }: z.output<typeof schema>): SettingsFile {
  const written = policies as SettingsFile["policies"];
  const levels = Object.entries(written).flatMap(([id, { enforcementLevel }]) =>
    enforcementLevel === undefined ? [] : [[id, enforcementLevel] as const],
  );
  const { enforcementLevel: _, ...caps } = written["caps-are-sane"] ?? {};
  return {
    exemptions,
    policies: written,
    levels: Object.fromEntries(levels),
    bounds: {
      caps,
      budgets: (written["caps-fit-storage"]?.budgets ?? {}) as Settings["bounds"]["budgets"],
    },
  };
}
