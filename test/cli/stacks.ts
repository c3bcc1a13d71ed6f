import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** A folder with this stack file alone, gone after the test. */
export function folderWithStack(text: string, stack = "prod"): string {
  const folder = mkdtempSync(join(tmpdir(), "fleet-stack-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, `Pulumi.${stack}.yaml`), text);
  return folder;
}
