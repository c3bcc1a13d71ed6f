import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { type BlockSample, type Movement, movementsOf } from "../autopsy/block-statistics.ts";
import { type Manifest, manifestFile, parseManifest } from "../autopsy/manifest.ts";
import { type DriveLimits, limitsOf } from "./limits.ts";
import { readLog } from "./log-lines.ts";
import { type Point, seriesOf } from "./series.ts";
import { type Thread, threadsOf } from "./threads.ts";
import { timeZone } from "./time-zone.ts";

/** Something that happened at a moment. */
export interface Happening {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Where it comes from: `task`, `node log`, the name of a log file. */
  readonly source: string;
  readonly text: string;
}

/** A log that somebody hands in beside what was captured. */
export interface GivenLog {
  readonly name: string;
  /** IANA name or offset of the clock that wrote it. */
  readonly timezone: string;
  readonly text: string;
}

/** What a bundle holds, as far as the report shows it. */
export interface Evidence {
  readonly manifest: Manifest;
  readonly series: readonly Point[];
  readonly happenings: readonly Happening[];
  /** What the drives did between two samples, by slot, and when those were taken. */
  readonly moved:
    | { readonly drives: Readonly<Record<string, Movement>>; readonly from: number; readonly to: number }
    | undefined;
  /** The drives' counters at the last sample. */
  readonly sample: BlockSample | undefined;
  /** What QEMU says of itself: `running`, `paused`. */
  readonly qemuStatus: string | undefined;
  readonly limits: readonly DriveLimits[];
  readonly threads: readonly Thread[];
  readonly backtrace: string | undefined;
  /** What could not be read, a line each. */
  readonly remarks: readonly string[];
}

const tasks = z.array(
  z.looseObject({
    starttime: z.coerce.number(),
    endtime: z.coerce.number().optional(),
    type: z.string(),
    user: z.string().default(""),
    status: z.string().default(""),
  }),
);
const syslog = z.object({
  timezone: z.string().optional(),
  lines: z.array(z.looseObject({ t: z.string() })),
});
const samples = z.object({
  samples: z.array(
    z.object({ at: z.string(), blockstat: z.record(z.string(), z.record(z.string(), z.unknown())) }),
  ),
});
const givenLog = z.object({ name: z.string(), timezone: z.string(), text: z.string() });
const status = z.looseObject({ status: z.string().optional(), qmpstatus: z.string().optional() });

/**
 * Reads a bundle. What is missing or cannot be read is left out and said.
 *
 * @param more logs that are not in the bundle
 * @throws {Error} when there is no manifest
 */
export async function readEvidence(folder: string, more: readonly GivenLog[] = []): Promise<Evidence> {
  const manifestPath = join(folder, manifestFile);
  const manifest = parseManifest(await readFile(manifestPath, "utf8"), manifestPath);
  const remarks: string[] = [];
  const captured = new Set(
    manifest.steps.filter(({ outcome }) => outcome === "captured").map(({ file }) => file),
  );
  const text = async (file: string) =>
    captured.has(file) ? readFile(join(folder, file), "utf8") : undefined;
  const json = async <T>(file: string, schema: z.ZodType<T>): Promise<T | undefined> => {
    const content = await text(file);
    if (content === undefined) return undefined;
    const parsed = schema.safeParse(parseJson(content));
    if (!parsed.success) remarks.push(`${file}: is not what was expected, and is not shown here.`);
    return parsed.data;
  };

  const near = Date.parse(manifest.started);
  const kept = await Promise.all(
    [...captured].filter((file) => file.startsWith("logs/")).map((file) => json(file, givenLog)),
  );
  const nodeLog = await json("api/syslog.json", syslog);
  const logs: GivenLog[] = [...kept.filter((log) => log !== undefined), ...more];
  if (nodeLog !== undefined) logs.push(ofNode(nodeLog));
  const happenings = [
    ...(await happeningsOfTasks(json)),
    ...logs.flatMap((log) => happeningsOfLog(log, near, remarks)),
  ].sort((one, other) => one.at - other.at);

  const [first, last] =
    (await json("qmp/block-statistics.json", samples))?.samples ??
    (await json("api/block-statistics.json", samples))?.samples ??
    [];
  const seen = await json("api/status.json", status);
  const fromQmp = await json("qmp/query-status.json", status);
  const backtrace = await text("host/gdb-backtrace.txt");
  const hour = seriesOf(await json("api/rrd-hour.json", z.unknown()));
  const day = seriesOf(await json("api/rrd-day.json", z.unknown()));
  return {
    manifest,
    series: merged(day, hour),
    happenings,
    moved: first &&
      last && {
        drives: movementsOf(first.blockstat, last.blockstat),
        from: Date.parse(first.at),
        to: Date.parse(last.at),
      },
    sample: last,
    qemuStatus: fromQmp?.status ?? seen?.qmpstatus,
    limits: limitsOf(await json("qmp/throttle.json", z.unknown())),
    threads: threadsOf(backtrace ?? ""),
    backtrace,
    remarks,
  };
}

type ReadJson = <T>(file: string, schema: z.ZodType<T>) => Promise<T | undefined>;

async function happeningsOfTasks(json: ReadJson): Promise<Happening[]> {
  const found = (await json("api/tasks.json", tasks)) ?? [];
  return found.flatMap(({ starttime, endtime, type, user, status: ended }) => {
    const started = {
      at: starttime * 1000,
      source: "task",
      text: `${type} by ${user}${ended === "" ? "" : `: ${ended}`}`,
    };
    if (endtime === undefined || endtime - starttime < 60) return [started];
    return [started, { at: endtime * 1000, source: "task", text: `${type} by ${user} ended: ${ended}` }];
  });
}

function ofNode({ timezone = "UTC", lines }: z.output<typeof syslog>): GivenLog {
  return { name: "node log", timezone, text: lines.map(({ t }) => t).join("\n") };
}

function happeningsOfLog({ name, timezone, text }: GivenLog, near: number, remarks: string[]): Happening[] {
  if (text.trim() === "") return [];
  try {
    const { events, form, undated, ambiguous } = readLog(text, timeZone(timezone), near);
    if (form === undefined) remarks.push(unknownForm(name));
    else if (undated > 0) remarks.push(`${name}: ${undated} lines before the first time are not shown.`);
    if (ambiguous)
      remarks.push(
        `${name}: the clock of ${timezone} was set back; times that came twice are told apart by their order.`,
      );
    return events.map(({ at, text: said }) => ({ at, source: name, text: said }));
  } catch (error) {
    remarks.push(`${name}: ${(error as Error).message}`);
    return [];
  }
}

/** Of a log whose times nobody can read. */
function unknownForm(name: string): string {
  return `${name}: no time is known in any of its lines; allowed are syslog (journalctl), short-iso, RFC 3339 and dmesg -T; write it with one of them`;
}

/** The finer figures where there are some. */
function merged(day: readonly Point[], hour: readonly Point[]): Point[] {
  const points = new Map([...day, ...hour].map((point) => [point.at, point]));
  return [...points.values()].sort((one, other) => one.at - other.at);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
