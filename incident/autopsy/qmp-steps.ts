import { z } from "zod";
import { type BlockSample, blockstatOf } from "./block-statistics.ts";
import type { Host } from "./host.ts";
import { type QmpCommand, withQmp } from "./qmp.ts";
import { NotAvailable, type Step } from "./step.ts";

/** What the QMP steps need. */
export interface QmpSource {
  readonly host: Host;
  /** The socket's path on the host. */
  readonly path: string;
  readonly now: () => Date;
  /** Milliseconds between two samples of the drives' counters. */
  readonly sampleGap: number;
  readonly sleep: (milliseconds: number) => Promise<unknown>;
}

/** Longest that one step at the socket may take, in seconds. */
const longest = 8;

/** The socket, command by command; each opens it anew, so that a command that hangs spoils no other. */
export function qmpSteps(source: QmpSource): Step[] {
  const { host, path, now, sampleGap, sleep } = source;
  let refused: string | undefined;
  const step = (
    name: string,
    file: string,
    work: (command: QmpCommand) => Promise<unknown>,
    seconds = longest,
  ): Step => ({
    name: `QMP ${name}`,
    file: `qmp/${file}`,
    need: "required",
    seconds,
    async run(signal) {
      if (refused !== undefined) throw new Error(`not tried again: ${refused}`);
      let greeted = false;
      try {
        return await withQmp(
          path,
          (socket) => host.connect(socket),
          signal,
          (command) => {
            greeted = true;
            return work(command);
          },
        );
      } catch (error) {
        if (!greeted) refused = (error as Error).message;
        throw error;
      }
    },
  });
  const sample = async (command: QmpCommand): Promise<BlockSample> => ({
    at: now().toISOString(),
    blockstat: blockstatOf(await command("query-blockstats")),
  });
  return [
    step("query-status", "query-status.json", (command) => command("query-status")),
    step("query-block", "query-block.json", (command) => command("query-block")),
    step("query-blockstats", "query-blockstats.json", (command) => command("query-blockstats")),
    step("throttle state", "throttle.json", throttleState),
    step("query-iothreads", "query-iothreads.json", (command) => command("query-iothreads")),
    step("query-block-jobs", "query-block-jobs.json", (command) => command("query-block-jobs")),
    step(
      "block statistics, twice",
      "block-statistics.json",
      async (command) => {
        const first = await sample(command);
        await sleep(sampleGap);
        return { samples: [first, await sample(command)] };
      },
      longest + sampleGap / 1000,
    ),
  ];
}

const inserted = z.array(
  z.looseObject({
    device: z.string().default(""),
    qdev: z.string().optional(),
    inserted: z.looseObject({ group: z.string().optional() }).optional(),
  }),
);
const limitKey = /^(?:bps|iops)(?:_rd|_wr)?(?:_max(?:_length)?)?$|^iops_size$|^group$/;
const children = z.array(z.looseObject({ name: z.string(), type: z.string() }));

/** Limits where QEMU keeps them: at the drives, and in the throttle groups that newer machines use. */
async function throttleState(command: QmpCommand): Promise<unknown> {
  const blocks = inserted.parse(await command("query-block"));
  const drives = blocks.flatMap(({ device, qdev, inserted: medium }) => {
    if (medium === undefined) return [];
    const limits = Object.entries(medium).filter(([key]) => limitKey.test(key));
    return [{ device, ...(qdev !== undefined && { qdev }), limits: Object.fromEntries(limits) }];
  });
  const objects = children.parse(await command("qom-list", { path: "/objects" }));
  const groups: Record<string, unknown> = {};
  for (const { name, type } of objects) {
    if (type !== "child<throttle-group>") continue;
    groups[name] = await command("qom-get", { path: `/objects/${name}`, property: "limits" });
  }
  return { drives, groups };
}

/** The same steps where the host is out of reach: recorded, so that the reader knows what is missing. */
export function withoutHost(steps: readonly Step[], how: string): Step[] {
  return steps.map((step) => ({
    ...step,
    need: "allowed" as const,
    run: () => Promise.reject(new NotAvailable(how)),
  }));
}
