import type { VmReader } from "../proxmox/api/vm-reader.ts";
import { requireNoProblems } from "../proxmox/converge/converge.ts";
import { explained } from "../proxmox/converge/setbacks.ts";
import { changedMade, madeProblems } from "./made.ts";
import type { VmConfigInputs } from "./vm-config-inputs.ts";

/** @throws when an entry changes what only a creation reads, and the VM is not so */
export async function requireMade(
  reader: VmReader,
  olds: VmConfigInputs,
  news: VmConfigInputs,
  where: string,
): Promise<void> {
  const changed = changedMade(olds, news);
  if (changed.length === 0) return;
  const live = await reader.read(news.vmid, news.node).catch((error: unknown) => {
    throw explained(where, error);
  });
  if (live === undefined) return;
  const located = changed.some(([path]) => path === "pool") ? await reader.locate(news.vmid) : undefined;
  const problems = madeProblems(olds, news, {
    vmid: news.vmid,
    snapshot: live.snapshot,
    pool: located?.pool,
  });
  requireNoProblems({ problems }, `${where}: nothing was written, because`);
}
