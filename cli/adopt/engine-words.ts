import { z } from "zod";
import { printable } from "../../proxmox/printable.ts";
import type { EngineRun } from "./engine.ts";

const diagnostic = z.looseObject({
  urn: z.string().optional(),
  message: z.string(),
  severity: z.string(),
});
const previewAnswer = z.looseObject({ diagnostics: z.array(diagnostic).optional() });
const event = z.looseObject({ diagnosticEvent: diagnostic.optional() });

/** What a run said of the VMs, and what went wrong. */
export interface EngineWords {
  /** By key in the fleet file, what the provider said of the VM's configuration. */
  readonly ofVms: ReadonlyMap<string, readonly string[]>;
  readonly errors: readonly string[];
}

/** Reads what `--json` prints: one object of a preview, or one event a line of an up. */
export function engineWords({ stdout, stderr }: EngineRun): EngineWords {
  const said = diagnosticsOf(stdout);
  const ofVms = new Map<string, string[]>();
  for (const { urn = "", message } of said) {
    const key = /::proxmoxfleet:index:Vm\$proxmoxfleet:index:VmConfig::(.+)$/.exec(urn)?.[1];
    if (key !== undefined) ofVms.set(key, [...(ofVms.get(key) ?? []), message.trim()]);
  }
  const errors = said.filter(({ severity }) => severity === "error").map(({ message }) => message.trim());
  // Before it has begun, the engine, or what launches it, only says so on standard error.
  const plain = stderr.split("\n").flatMap((line) => /^(?:error|pulumi): (.+)$/.exec(line)?.[1] ?? []);
  return { ofVms, errors: errors.length > 0 ? errors : plain };
}

/** The first line of what went wrong. */
export function firstError({ errors }: EngineWords, { code }: EngineRun): string {
  const [line = `it ended with code ${code} and said nothing`] = (errors[0] ?? "")
    .split("\n")
    .filter(Boolean);
  return printable(line);
}

function diagnosticsOf(stdout: string): z.infer<typeof diagnostic>[] {
  const whole = previewAnswer.safeParse(json(stdout));
  if (whole.success) return whole.data.diagnostics ?? [];
  return stdout.split("\n").flatMap((line) => {
    const parsed = event.safeParse(json(line));
    return parsed.success && parsed.data.diagnosticEvent !== undefined ? [parsed.data.diagnosticEvent] : [];
  });
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
