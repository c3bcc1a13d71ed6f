import { z } from "zod";
import { advice } from "../components/spec/advice.ts";
import type { Exemption } from "./exemption.ts";
import { rules } from "./rules.ts";
import { parseYaml, readYaml } from "./yaml-file.ts";

const day = z.string().refine(isDay);
advice.add(day, {
  wrong: "is no day",
  allowed: "a day of the calendar as 2026-12-31",
  fix: "write the last day on which the exemption holds",
});
const slot = z.string().regex(/^(?:scsi|virtio|sata|ide)\d+$/);
advice.add(slot, { wrong: "is no drive slot", allowed: "a slot such as scsi0", fix: "correct it" });
const text = z.string().trim().min(1);
advice.add(text, { allowed: "a text", fix: "say it, so that the exemption can be judged later" });

/** As text, where YAML reads a number. */
const vmName = z.preprocess(
  (value) => (typeof value === "number" ? String(value) : value),
  z.string().min(1),
);

const schema = z.strictObject({
  exemptions: z.array(
    z.strictObject({
      rule: z.enum(rules.map(({ id }) => id)),
      vms: z.array(vmName).min(1),
      slot: slot.optional(),
      reason: text,
      owner: text,
      expires: day,
    }),
  ),
});

/**
 * Reads a file of exemptions.
 *
 * @throws {Error} with every mistake, one line each: file and line, field, value, what is allowed, what to do
 */
export function readExemptions(file: string): Exemption[] {
  return perVm(readYaml(file, schema));
}

/** @throws {Error} as {@link readExemptions} */
export function parseExemptions(yaml: string, file: string): Exemption[] {
  return perVm(parseYaml(yaml, file, schema));
}

function perVm({ exemptions }: z.output<typeof schema>): Exemption[] {
  return exemptions.flatMap(({ vms, slot: only, ...same }) =>
    vms.map((vm) => ({ ...same, vm, ...(only !== undefined && { slot: only }) })),
  );
}

function isDay(value: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(value)) return false;
  const time = Date.parse(`${value}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(value);
}
