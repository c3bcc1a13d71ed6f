import type { Captured } from "../../incident/autopsy/capture.ts";
import { missingOf } from "../../incident/autopsy/missing.ts";
import type { VerifiedBundle } from "../../incident/autopsy/verify.ts";
import { printable } from "../../proxmox/printable.ts";

/** What was made of a bundle, and what could not be. */
export interface Finished {
  /** The page and the archive, as far as they were written. */
  readonly files: readonly string[];
  readonly remarks: readonly string[];
}

/** What was captured, what is missing, and where it lies. */
export function capturedText({ folder, manifest }: Captured, { files, remarks }: Finished): string {
  const { vm, steps, complete } = manifest;
  const count = steps.filter(({ outcome }) => outcome === "captured").length;
  const scope = manifest.host === undefined ? "complete as far as the API goes" : "complete";
  const head = `${vm.vmid} ${vm.name}: ${complete ? scope : "not complete"}, ${count} of ${steps.length} steps captured`;
  const missing = missingOf(manifest).map(
    ({ names, outcome, reason }) => `  ${outcome}: ${names.join(", ")}: ${reason}`,
  );
  const own = manifest.remarks.filter((remark) => !steps.some(({ name }) => remark.startsWith(`${name}: `)));
  const said = [...own, ...remarks].map((remark) => `  ${remark}`);
  const paths = [folder, ...files].map((path) => `  ${path}`);
  const blocks = [[head, ...paths], missing, said].filter((block) => block.length > 0);
  return `${blocks.map((block) => block.map(printable).join("\n")).join("\n\n")}\n`;
}

/** Whether a bundle is as it was captured. */
export function verifiedText({ folder, manifest, mistakes }: VerifiedBundle): string {
  const count = manifest.steps.filter(({ outcome }) => outcome === "captured").length;
  const complete = manifest.complete ? "complete" : "not complete";
  if (mistakes.length === 0)
    return `${printable(folder)}: ${complete}, ${count} files are as they were captured\n`;
  return `${[folder, ...mistakes.map((one) => `  ${one}`)].map(printable).join("\n")}\n`;
}
