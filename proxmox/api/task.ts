import type { ProxmoxClient } from "./client.ts";
import { ProxmoxError } from "./proxmox-error.ts";

/**
 * Waits until a Proxmox task has ended, and answers what it warned of; a task that fails is a {@link ProxmoxError} with the task's own words.
 * Status 500 is given to it because Proxmox answers the same failure so where no task is involved.
 *
 * @param longest milliseconds. @default what the client's patience says
 * @see GET /nodes/{node}/tasks/{upid}/status
 */
export async function finishedTask(
  client: ProxmoxClient,
  node: string,
  upid: string,
  longest: number = client.patience.task,
): Promise<readonly string[]> {
  const task = `/nodes/${encodeURIComponent(node)}/tasks/${encodeURIComponent(upid)}`;
  const path = `${task}/status`;
  const { now, sleep } = client.patience;
  const deadline = now() + longest;
  for (let pause = 50; now() < deadline; pause = Math.min(pause * 2, 1_000)) {
    const answer = await taskStatus(client, path, upid);
    if (answer?.status === "stopped") {
      const exit = String(answer.exitstatus ?? "unexpected status");
      if (exit === "OK") return [];
      if (exit.startsWith("WARNINGS")) return taskWarnings(client, task, exit);
      throw new ProxmoxError(`task ${upid} failed: ${client.masked(exit)}`, 500);
    }
    await sleep(pause);
  }
  throw new ProxmoxError(
    `task ${upid}: still running after ${longest / 1000} s; it goes on in Proxmox; look at its log there, then run again`,
    0,
  );
}

/** A poll that is refused says nothing about the task: it was started, and may well have done its work. */
async function taskStatus(
  client: ProxmoxClient,
  path: string,
  upid: string,
): Promise<{ status?: unknown; exitstatus?: unknown } | null> {
  try {
    return (await client.get(path)) as { status?: unknown; exitstatus?: unknown } | null;
  } catch (error) {
    if (error instanceof ProxmoxError && error.isPassing) throw error;
    throw new ProxmoxError(`task ${upid}: its end is not known: ${(error as Error).message}`, 0);
  }
}

/** What a task warned of; where its log does not say, how often. @see GET /nodes/{node}/tasks/{upid}/log */
async function taskWarnings(client: ProxmoxClient, task: string, exit: string): Promise<readonly string[]> {
  const lines = await client.get(`${task}/log`, { limit: "1000" }).catch(() => undefined);
  const texts = Array.isArray(lines)
    ? lines.map((line: { t?: unknown } | null) => String(line?.t ?? ""))
    : [];
  const warnings = texts.flatMap((text) => /^WARN(?:ING)?: (.+)$/.exec(text)?.[1] ?? []);
  return (warnings.length === 0 ? [exit] : warnings).map((text) => client.masked(text));
}
