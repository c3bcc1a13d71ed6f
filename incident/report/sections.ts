import type { Movement } from "../autopsy/block-statistics.ts";
import type { Manifest } from "../autopsy/manifest.ts";
import { missingOf } from "../autopsy/missing.ts";
import type { Evidence, Happening } from "./evidence.ts";
import { bytes, cap, clock, count, day, duration, minute, percent, rate } from "./format.ts";
import { type Html, html, lines } from "./html.ts";
import type { TimeRange } from "./plots.ts";
import type { Point, StallWindow } from "./series.ts";
import { telling } from "./threads.ts";
import { type Change, changesOf } from "./verdict.ts";

/** Most lines of the timeline; what is nearest to the window's beginning stays. */
const mostHappenings = 300;
/** Most characters of the backtrace in the page; the file has it all. */
const longestBacktrace = 200_000;

/** The few figures that say it all. */
export function tiles({ series, manifest, qemuStatus }: Evidence, window: StallWindow | undefined): Html {
  const changes = window === undefined ? [] : changesOf(series, window);
  const names: Readonly<Partial<Record<Change["key"], readonly [string, (value: number) => string]>>> = {
    netout: ["Network out", rate],
    cpu: ["CPU", percent],
  };
  const figures = changes.flatMap(({ key, before, within }) => {
    const [title, format] = names[key] ?? [];
    if (title === undefined || format === undefined) return [];
    return [tile(title, html`<span class="was">${format(before)} →</span> ${format(within)}`)];
  });
  const process = manifest.process;
  return html`<dl class="tiles">
${window && tile("No write for", html`${duration(window.to - window.from)}`)}
${figures}
${qemuStatus === undefined ? undefined : tile("QEMU says", html`${qemuStatus}`)}
${process && tile("QEMU process", html`${process.pid} <span class="was">since ${day(Date.parse(process.started))}</span>`)}
${tile("Evidence", evidencePill(manifest))}
</dl>`;
}

function evidencePill({ complete, host }: Manifest): Html {
  if (!complete) return html`<span class="pill bad">not complete</span>`;
  return host === undefined
    ? html`<span class="pill so">API only</span>`
    : html`<span class="pill good">complete</span>`;
}

function tile(title: string, value: Html): Html {
  return html`<div class="tile"><dt>${title}</dt><dd>${value}</dd></div>`;
}

/** Everything that was logged or done in the time that the plots show, in the order of UTC. */
export function timeline(
  happenings: readonly Happening[],
  range: TimeRange | undefined,
  window: StallWindow | undefined,
): Html {
  const marks: Happening[] =
    window === undefined
      ? []
      : [
          { at: window.from, source: "figures", text: "disk writes drop to exactly 0" },
          ...(window.open ? [] : [{ at: window.to, source: "figures", text: "disk writes again" }]),
        ];
  const inRange = happenings.filter(({ at }) => range === undefined || (at >= range.from && at <= range.to));
  const shown = nearest(inRange, window?.from ?? range?.to ?? Number.POSITIVE_INFINITY);
  const all = [...shown, ...marks].sort((one, other) => one.at - other.at);
  if (all.length === 0)
    return html`<p class="soft">Nothing was logged in this time, as far as was captured.</p>`;
  const left = happenings.length - shown.length;
  const items = all.map((one, index) => {
    const previous = all[index - 1];
    const newDay = previous === undefined || day(previous.at) !== day(one.at);
    return html`${newDay ? html`<li class="day">${day(one.at)}, UTC</li>` : undefined}${item(one, marks.includes(one), window)}`;
  });
  const leftOut =
    left === 0
      ? undefined
      : html`<p class="soft">${count(left)} more lines are earlier, later, or farther from the window; they are in the bundle.</p>`;
  return html`<ol class="events">${items}</ol>${leftOut}`;
}

function nearest(happenings: readonly Happening[], moment: number): Happening[] {
  const tasks = happenings.filter(({ source }) => source === "task");
  const others = happenings
    .filter(({ source }) => source !== "task")
    .sort((one, other) => Math.abs(one.at - moment) - Math.abs(other.at - moment));
  return [...tasks, ...others].slice(0, mostHappenings);
}

function item({ at, source, text }: Happening, mark: boolean, window: StallWindow | undefined): Html {
  const within = window !== undefined && at >= window.from && at <= window.to;
  const kind = mark ? "mark" : within ? "within" : "";
  const shown = text.length > 600 ? `${text.slice(0, 600)} …` : text;
  return html`<li class="${kind}"><time datetime="${new Date(at).toISOString()}">${clock(at)}</time><span class="source">${source}</span><span class="what">${lines(shown)}</span></li>`;
}

/** Drives as QEMU has them: limits and counters. */
export function drives({ limits, sample, moved, manifest }: Evidence): Html {
  const slots = Object.entries(sample?.blockstat ?? {}).sort(([one], [other]) =>
    one.localeCompare(other, "en", { numeric: true }),
  );
  const counters = slots.map(([slot, stats]) => {
    const movement = moved?.drives[slot] ?? "idle";
    return html`<tr><td><b>${slot}</b></td><td>${pillOf(movement)}</td><td class="figure">${count(Number(stats.wr_operations ?? 0))} writes, ${bytes(Number(stats.wr_bytes ?? 0))}</td><td class="figure">${count(Number(stats.rd_operations ?? 0))} reads, ${bytes(Number(stats.rd_bytes ?? 0))}</td></tr>`;
  });
  const between =
    moved &&
    html`<p class="lead">Two samples, at ${clock(moved.from)} and ${clock(moved.to)} UTC. A drive that was written to before and completed nothing in between stands still; an idle one does so too.</p>`;
  const throttles = limits.map(({ name, limits: said }) => {
    const texts = said.map(
      ({ what, value, bytes: isBytes }) => `${what} ${isBytes ? cap(value) : `${count(value)}\u00a0op/s`}`,
    );
    return html`<tr><td><b>${name}</b></td><td>${texts.length === 0 ? html`<span class="soft">no limit</span>` : texts.join(", ")}</td></tr>`;
  });
  return html`${between}${counters.length > 0 ? html`<table class="stack"><thead><tr><th>Drive</th><th>State</th><th class="figure">Written</th><th class="figure">Read</th></tr></thead><tbody>${counters}</tbody></table>` : html`<p class="soft">No counters were captured.</p>`}
<h3>Throttle state in QEMU</h3>
${throttles.length > 0 ? html`<table class="stack"><thead><tr><th>Where</th><th>Limit</th></tr></thead><tbody>${throttles}</tbody></table>` : html`<p class="soft">Not captured: it is at the QMP socket, on the node.${asText(manifest)}</p>`}`;
}

/** The monitor says the limits of drives too, as text. */
function asText({ steps }: Manifest): Html | undefined {
  const file = "api/monitor-info-block.txt";
  const captured = steps.some((step) => step.file === file && step.outcome === "captured");
  return captured ? html` What the monitor says of limits is in <code>${file}</code>.` : undefined;
}

function pillOf(movement: Movement): Html {
  if (movement === "idle") return html`<span class="soft">never written to</span>`;
  return html`<span class="pill ${movement === "moves" ? "good" : "bad"}">${movement}</span>`;
}

/** What each thread of QEMU waits for, the telling ones first. */
export function threads({ threads: all, backtrace }: Evidence): Html {
  if (all.length === 0 || backtrace === undefined) {
    return html`<p class="soft">No backtrace was captured. It needs gdb on the node; see what is missing below.</p>`;
  }
  const sorted = [...all].sort((one, other) => rank(one.state) - rank(other.state));
  const rows = sorted.map(({ name, id, state, frames }) => {
    const pill = telling.includes(state) ? html`<span class="pill bad">${state}</span>` : html`${state}`;
    return html`<tr><td><b>${name}</b> <span class="soft">${id}</span></td><td>${pill}</td><td><code>${frames.slice(0, 5).join(" ← ")}</code></td></tr>`;
  });
  const cut = backtrace.length > longestBacktrace ? "\n… the rest is in host/gdb-backtrace.txt" : "";
  return html`<p class="lead">${all.length} threads. The state is read from the innermost functions; without QEMU's debug symbols it is a hint.</p>
<table class="stack"><thead><tr><th>Thread</th><th>State</th><th>Innermost functions</th></tr></thead><tbody>${rows}</tbody></table>
<details><summary>Full backtrace</summary><pre tabindex="0">${lines(backtrace.slice(0, longestBacktrace) + cut)}</pre></details>`;
}

function rank(state: Evidence["threads"][number]["state"]): number {
  const index = telling.indexOf(state);
  return index < 0 ? telling.length : index;
}

/** What is in the bundle; what is missing, and why, first. */
export function contents({ steps, remarks }: Manifest, further: readonly string[]): Html {
  const missing = missingOf({ steps });
  const captured = steps.filter(({ outcome }) => outcome === "captured");
  const stepNames = steps.map(({ name }) => `${name}: `);
  const said = [
    ...remarks.filter((remark) => !stepNames.some((name) => remark.startsWith(name))),
    ...further,
  ];
  const without = missing.map(
    ({ names, outcome, reason }) =>
      html`<tr><td>${names.join(", ")}</td><td><span class="pill ${outcome === "not available" ? "so" : "bad"}">${outcome}</span></td><td>${reason}</td></tr>`,
  );
  const rows = captured.map(
    ({ name, file, bytes: size, sha256, ended }) =>
      html`<tr><td>${name}</td><td><code>${file}</code></td><td class="figure">${bytes(size ?? 0)}</td><td class="figure">${clock(Date.parse(ended))}</td><td><code>${sha256?.slice(0, 12)}</code></td></tr>`,
  );
  return html`${said.length > 0 ? html`<ul class="reasons">${said.map((one) => html`<li>${one}</li>`)}</ul>` : undefined}
${without.length > 0 ? html`<h3>Missing</h3><table class="stack"><thead><tr><th>What</th><th>How it ended</th><th>Why</th></tr></thead><tbody>${without}</tbody></table>` : undefined}
<h3>Captured</h3>
<table class="stack"><thead><tr><th>What</th><th>File</th><th class="figure">Size</th><th class="figure">UTC</th><th>SHA-256</th></tr></thead><tbody>${rows}</tbody></table>`;
}

/** The plots as a table. */
export function figures(series: readonly Point[], range: TimeRange): Html {
  const shown = series.filter(({ at }) => at >= range.from && at <= range.to);
  const cell = (value: number | undefined, format: (value: number) => string) =>
    html`<td class="figure">${value === undefined ? "–" : format(value)}</td>`;
  const rows = shown.map(
    ({ at, diskwrite, diskread, netout, cpu, pressure }) =>
      html`<tr><td>${minute(at)}</td>${cell(diskwrite, rate)}${cell(diskread, rate)}${cell(netout, rate)}${cell(cpu, percent)}${cell(pressure, (value) => `${Math.round(value)} %`)}</tr>`,
  );
  return html`<details><summary>The same as a table</summary><div class="scroll" tabindex="0" role="region" aria-label="Figures as a table"><table><thead><tr><th>UTC</th><th class="figure">Write</th><th class="figure">Read</th><th class="figure">Net out</th><th class="figure">CPU</th><th class="figure">I/O pressure</th></tr></thead><tbody>${rows}</tbody></table></div></details>`;
}
