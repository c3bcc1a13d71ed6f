import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { type VerifiedBundle, verifyBundle } from "./verify.ts";

/** The bundles of a VM in a folder, newest first; no folder is no bundles, and what is no bundle is passed over. */
export async function bundlesOf(vmid: number, out: string): Promise<VerifiedBundle[]> {
  const names = await readdir(out).catch(() => []);
  const folders = names.filter((name) => name.startsWith(`autopsy-${vmid}-`) && !name.endsWith(".tar.gz"));
  const read = await Promise.all(folders.map((name) => verifyBundle(join(out, name)).catch(() => undefined)));
  return read
    .filter((bundle) => bundle !== undefined)
    .filter(({ manifest }) => manifest.vm.vmid === vmid)
    .sort((one, other) => Date.parse(other.manifest.started) - Date.parse(one.manifest.started));
}
