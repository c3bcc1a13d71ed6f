import { z } from "zod";

const moment = z.iso.datetime({ offset: true });

const stepRecord = z.object({
  name: z.string(),
  file: z.string(),
  need: z.enum(["required", "allowed"]),
  outcome: z.enum(["captured", "failed", "timed out", "not available"]),
  started: z.string(),
  ended: z.string(),
  bytes: z.number().optional(),
  sha256: z.string().optional(),
  reason: z.string().optional(),
});

const manifestSchema = z.object({
  /** Of this form. */
  version: z.literal(1),
  vm: z.object({ vmid: z.number(), name: z.string(), node: z.string() }),
  endpoint: z.string(),
  /** UTC, ISO 8601. */
  started: moment,
  /** UTC, ISO 8601; absent when the capture did not come to its end. */
  ended: moment.optional(),
  /** How the host was reached: `this machine`, a host of ssh, or not at all. */
  host: z.string().optional(),
  /** The QEMU process that the bundle is about; absent when the VM did not run or nobody said. */
  process: z.object({ pid: z.number(), started: moment }).optional(),
  /** Every required step was captured. */
  complete: z.boolean(),
  /** Why it is not complete, and what else the reader must know. */
  remarks: z.array(z.string()),
  steps: z.array(stepRecord),
});

/** What a bundle says of itself: `manifest.json`. */
export type Manifest = z.output<typeof manifestSchema>;

/** What keeps a bundle from being complete: what was required and is not there, or what failed though allowed. */
export function lackingSteps({ steps }: Pick<Manifest, "steps">): Manifest["steps"] {
  return steps.filter(({ need, outcome }) => {
    if (outcome === "captured") return false;
    return need === "required" || outcome !== "not available";
  });
}

/** Name of the manifest in a bundle. */
export const manifestFile = "manifest.json";

/** @throws {Error} when the text is no manifest */
export function parseManifest(text: string, path: string): Manifest {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    json = undefined;
  }
  const parsed = manifestSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new Error(
    `${path}: is no manifest of a bundle (got ${issue?.path.join(".") || "no JSON"}: ${issue?.message ?? ""}); allowed is what fleet autopsy wrote; capture again`,
  );
}
