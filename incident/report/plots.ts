import { clock, dayAndMinute, duration, minute, percent, rate } from "./format.ts";
import { type Html, html } from "./html.ts";
import type { Point, StallWindow } from "./series.ts";

/** The time that all plots share, in milliseconds since the epoch. */
export interface TimeRange {
  readonly from: number;
  readonly to: number;
}

interface Plot {
  readonly key: "diskwrite" | "diskread" | "netout" | "cpu" | "pressure";
  readonly title: string;
  /** Class that gives the line its colour. */
  readonly colour: string;
  readonly format: (value: number) => string;
}

const plots: readonly Plot[] = [
  { key: "diskwrite", title: "Disk write", colour: "write", format: rate },
  { key: "diskread", title: "Disk read", colour: "read", format: rate },
  { key: "netout", title: "Network out", colour: "net", format: rate },
  { key: "cpu", title: "CPU", colour: "cpu", format: percent },
  {
    key: "pressure",
    title: "I/O pressure, some",
    colour: "pressure",
    format: (value) => `${Math.round(value)} %`,
  },
];

/** Height of a plot, and of what is kept free above its line, in pixels. */
const height = 76;
const headroom = 8;
const axisHeight = 22;

/** What the plots show: the window with some time around it, or the last three hours. */
export function shownRange(series: readonly Point[], window: StallWindow | undefined): TimeRange | undefined {
  const [first, last] = [series[0], series.at(-1)];
  if (first === undefined || last === undefined || first === last) return undefined;
  if (window === undefined) return { from: Math.max(first.at, last.at - 3 * 3_600_000), to: last.at };
  const around = Math.max(20 * 60_000, (window.to - window.from) * 0.4);
  return { from: Math.max(first.at, window.from - around), to: Math.min(last.at, window.to + around) };
}

/** One plot under another on one time axis, the window marked in all of them. */
export function plotsOf(series: readonly Point[], range: TimeRange, window: StallWindow | undefined): Html {
  const shown = series.filter(({ at }) => at >= range.from && at <= range.to);
  const drawn = plots.filter(({ key }) => shown.some((point) => point[key] !== undefined));
  const pictures = drawn.map((plot, index) =>
    picture(plot, shown, range, index === 0 ? window : undefined, window),
  );
  return html`${pictures}${axis(range, window)}`;
}

function picture(
  { key, title, colour, format }: Plot,
  series: readonly Point[],
  range: TimeRange,
  labelled: StallWindow | undefined,
  window: StallWindow | undefined,
): Html {
  const values = series.flatMap((point) => point[key] ?? []);
  const most = Math.max(...values);
  const top = most > 0 ? most : 1;
  const label = labelled === undefined ? 0 : 18;
  const tall = height + label;
  return html`<div class="plot-head"><b>${title}</b><span>${most > 0 ? `peak ${format(most)}` : "always 0"}</span></div>
<svg class="${colour}" role="img" height="${tall}">
<title>${title}, from ${dayAndMinute(range.from)} to ${dayAndMinute(range.to)}</title>
<desc>${described(key, format, series, window)}</desc>
${band(range, window, tall)}
${ticks(range).map((at) => html`<line class="grid" x1="${x(at, range)}" x2="${x(at, range)}" y1="${label}" y2="${tall}"/>`)}
${labelled && bandLabel(range, labelled)}
<line class="base" x1="0" x2="100%" y1="${tall - 0.5}" y2="${tall - 0.5}"/>
<svg y="${label + headroom}" width="100%" height="${height - headroom}" viewBox="0 0 1000 100" preserveAspectRatio="none">${curves(series, key, range, top)}</svg>
</svg>`;
}

/** A line for each stretch without a gap, and the area beneath it. */
function curves(series: readonly Point[], key: Plot["key"], range: TimeRange, top: number): Html[] {
  const stretches: string[][] = [[]];
  for (const point of series) {
    const value = point[key];
    if (value === undefined) {
      stretches.push([]);
      continue;
    }
    const left = ((point.at - range.from) / (range.to - range.from)) * 1000;
    stretches.at(-1)?.push(`${left.toFixed(1)} ${(100 - (value / top) * 98).toFixed(1)}`);
  }
  return stretches.flatMap((points) => {
    const [first = "", last = ""] = [points[0], points.at(-1)];
    if (points.length < 2) return [];
    const line = points.join("L");
    const [start] = first.split(" ");
    const [end] = last.split(" ");
    return [
      html`<path class="area" d="M${start} 100L${line}L${end} 100Z"/><path class="line" vector-effect="non-scaling-stroke" d="M${line}"/>`,
    ];
  });
}

function band(range: TimeRange, window: StallWindow | undefined, tall: number): Html | undefined {
  if (window === undefined) return undefined;
  const [left, right] = [share(window.from, range), share(window.to, range)];
  return html`<rect class="band" x="${left}%" width="${Number((right - left).toFixed(3))}%" y="0" height="${tall}"/><line class="edge" x1="${left}%" x2="${left}%" y1="0" y2="${tall}"/>${window.open ? undefined : html`<line class="edge" x1="${right}%" x2="${right}%" y1="0" y2="${tall}"/>`}`;
}

function bandLabel(range: TimeRange, window: StallWindow): Html {
  const middle = (share(window.from, range) + share(window.to, range)) / 2;
  return html`<text class="band-label" x="${Math.min(80, Math.max(20, middle))}%" y="15" text-anchor="middle">no writes, ${duration(window.to - window.from)}</text>`;
}

function axis(range: TimeRange, window: StallWindow | undefined): Html {
  const labels = ticks(range).map((at) => {
    const place = share(at, range);
    const anchor = place < 4 ? "start" : place > 96 ? "end" : "middle";
    return html`<text x="${place}%" y="16" text-anchor="${anchor}">${minute(at)}</text>`;
  });
  const days = new Date(range.from).toISOString().slice(0, 10);
  const marked =
    window === undefined ? "" : `, the window from ${clock(window.from)} to ${clock(window.to)} marked`;
  return html`<svg role="img" aria-label="Time axis in UTC${marked}" height="${axisHeight}">${labels}</svg><p class="soft">UTC, ${days}.${window === undefined ? "" : " The coloured band is the time in which nothing was written."}</p>`;
}

/** Whole steps of the clock, at most seven. */
function ticks({ from, to }: TimeRange): number[] {
  const steps = [5, 10, 15, 30, 60, 120, 180, 360, 720, 1440].map((minutes) => minutes * 60_000);
  const step = steps.find((one) => (to - from) / one <= 6) ?? 1440 * 60_000;
  const first = Math.ceil(from / step) * step;
  return Array.from({ length: Math.floor((to - first) / step) + 1 }, (_, index) => first + index * step);
}

function x(at: number, range: TimeRange): string {
  return `${share(at, range)}%`;
}

function share(at: number, { from, to }: TimeRange): number {
  return Number(Math.min(100, Math.max(0, ((at - from) / (to - from)) * 100)).toFixed(3));
}

/** The plot in words, for those who do not see it. */
function described(
  key: Plot["key"],
  format: Plot["format"],
  series: readonly Point[],
  window: StallWindow | undefined,
): string {
  const mean = (points: readonly Point[]) => {
    const values = points.flatMap((point) => point[key] ?? []);
    return values.length === 0
      ? "unknown"
      : format(values.reduce((sum, value) => sum + value, 0) / values.length);
  };
  if (window === undefined) return `On average ${mean(series)}.`;
  const before = mean(series.filter(({ at }) => at < window.from));
  const within = mean(series.filter(({ at }) => at >= window.from && at < window.to));
  return `On average ${before} before the window and ${within} within it.`;
}
