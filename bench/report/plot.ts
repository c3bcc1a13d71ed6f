import { type SubjectName, subjects } from "../options.ts";
import type { Row } from "../rows.ts";
import { subjectWords } from "./words.ts";

const width = 720;
const height = 400;
const frame = { left: 56, right: 200, top: 24, bottom: 44 };

/** Colours that are told apart on white and on black. */
const colours: Readonly<Record<SubjectName, string>> = {
  adopted: "#1f8f5f",
  created: "#3b82d6",
  plain: "#c2620e",
  terraform: "#9a5cd0",
  empty: "#808080",
};

/** Seconds of the preview with refresh against VMs, both on logarithmic scales, as an SVG. */
export function plotOf(rows: readonly Row[]): string {
  const latencyMs = Math.min(...rows.map((row) => row.latencyMs));
  const those = rows.filter((row) => row.operation === "refresh" && row.latencyMs === latencyMs);
  const x = scale(
    those.map(({ vms }) => vms),
    frame.left,
    width - frame.right,
  );
  const y = scale(
    those.map(({ seconds }) => seconds.median),
    height - frame.bottom,
    frame.top,
  );
  const lines = subjects.flatMap((subject) => {
    const own = those.filter((row) => row.subject === subject).toSorted((a, b) => a.vms - b.vms);
    return own.length === 0 ? [] : [lineOf(subject, own, x, y)];
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img">
<title>Preview with refresh: seconds against VMs, ${latencyMs} ms per call</title>
<style>
text { font: 12px sans-serif; fill: #24292f; }
.grid { stroke: #8c959f; stroke-opacity: 0.4; }
@media (prefers-color-scheme: dark) { text { fill: #e6edf3; } }
</style>
${x.marks.map((mark) => `<line class="grid" x1="${x.at(mark)}" y1="${frame.top}" x2="${x.at(mark)}" y2="${height - frame.bottom}"/><text x="${x.at(mark)}" y="${height - frame.bottom + 18}" text-anchor="middle">${mark}</text>`).join("\n")}
${y.marks.map((mark) => `<line class="grid" x1="${frame.left}" y1="${y.at(mark)}" x2="${width - frame.right}" y2="${y.at(mark)}"/><text x="${frame.left - 8}" y="${y.at(mark) + 4}" text-anchor="end">${mark} s</text>`).join("\n")}
<text x="${(frame.left + width - frame.right) / 2}" y="${height - 6}" text-anchor="middle">VMs</text>
${lines.join("\n")}
${labels(those, y).join("\n")}
</svg>
`;
}

interface Scale {
  readonly at: (value: number) => number;
  readonly marks: readonly number[];
}

/** A logarithmic scale over all values, whose marks are 1, 2 and 5 times the powers of ten. */
function scale(values: readonly number[], from: number, to: number): Scale {
  const low = Math.min(...values);
  const high = Math.max(...values, low * 2);
  const at = (value: number) =>
    Math.round(from + ((to - from) * Math.log(value / low)) / Math.log(high / low));
  const marks = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000];
  return { at, marks: marks.filter((mark) => mark >= low && mark <= high) };
}

function lineOf(subject: SubjectName, rows: readonly Row[], x: Scale, y: Scale): string {
  const points = rows.map(({ vms, seconds }) => [x.at(vms), y.at(seconds.median)] as const);
  const colour = colours[subject];
  return [
    `<polyline fill="none" stroke="${colour}" stroke-width="2" points="${points.map((point) => point.join(",")).join(" ")}"/>`,
    ...points.map(([cx, cy]) => `<circle cx="${cx}" cy="${cy}" r="3" fill="${colour}"/>`),
  ].join("\n");
}

/** The names at the right edge, each as high as its line ends, and none over another. */
function labels(rows: readonly Row[], y: Scale): string[] {
  const ends = subjects.flatMap((subject) => {
    const last = rows
      .filter((row) => row.subject === subject)
      .toSorted((a, b) => a.vms - b.vms)
      .at(-1);
    return last === undefined ? [] : [{ subject, at: y.at(last.seconds.median) + 4 }];
  });
  let lowest = 0;
  return ends
    .toSorted((a, b) => a.at - b.at)
    .map(({ subject, at }) => {
      lowest = Math.max(at, lowest + 16);
      return `<text x="${width - frame.right + 10}" y="${lowest}" style="fill:${colours[subject]}">${subjectWords[subject]}</text>`;
    });
}
