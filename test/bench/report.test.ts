import { expect, test } from "vitest";
import { figuresOf } from "../../bench/figures.ts";
import { marker, pageOf, withGenerated } from "../../bench/report/page.ts";
import { plotOf } from "../../bench/report/plot.ts";
import { rowsOf } from "../../bench/rows.ts";
import { sample } from "./samples.ts";

const rows = rowsOf([
  sample({ seconds: 3, cpuSeconds: { engine: 1.234 }, peakMiB: { engine: 99.6 }, peakTotalMiB: 250 }),
  sample({ seconds: 4, cpuSeconds: { engine: 1.234 }, peakMiB: { engine: 99.6 }, peakTotalMiB: 250 }),
  sample({ seconds: 6, vms: 100, calls: { "GET /version": 1 } }),
  sample({ subject: "empty", seconds: 2 }),
]);

const page = pageOf(
  {
    machine: { cpus: 2, kernel: "6.1", node: "24.21.0", engine: "3.256.0" },
    command: "npm run bench -- --runs 2",
    figures: figuresOf(rows),
    rows,
    pack: undefined,
    profiles: [
      { kind: "program", places: { zod: 40.4, "this project": 100, small: 4 } },
      { kind: "our provider", places: { zod: 20 } },
    ],
    notes: ["Terraform is left out: there is no `terraform` on the PATH."],
  },
  "performance.svg",
);

test("the page says where it comes from and what was left out", () => {
  expect(page).toContain(
    "`npm run bench -- --runs 2` on 2 cores, Linux 6.1, Node 24.21.0, engine 3.256.0.\n",
  );
  expect(page).toContain("\n- Terraform is left out: there is no `terraform` on the PATH.\n");
  expect(page).not.toContain("## Policy pack");
});

test("a figure stands beside its bar and its goal", () => {
  expect(page).toContain(
    "| `overFloor` | preview with refresh, 12 VMs: ours / empty program | 1.5 | 1.15 | 1.75 | missed |",
  );
  expect(page).toContain(
    "| `overPlain` | adopted VMs / plain VmLegacy, 100 VMs, with refresh | 0.4 | 0.2 | not measured |  |",
  );
});

test("a time has its spread, a process its CPU seconds and memory, a run its calls", () => {
  expect(page).toContain("| this project, adopted VMs | 3.50 (3.00 to 4.00) | 6.00 |");
  expect(page).toContain("| this project, adopted VMs, 12 | 1.23 s, 100 MiB | 250 MiB |");
  expect(page).toContain("| this project, adopted VMs, 100: refresh | 1 | 0 | 1 GET /version |");
});

test("a profile has whose code ran, the most expensive first, and leaves out what is next to nothing", () => {
  expect(page).toContain(
    [
      "| milliseconds | program | our provider |",
      "| --- | ---: | ---: |",
      "| all | 144 | 20 |",
      "| this project | 100 | 0 |",
      "| zod | 40 | 20 |",
      "",
    ].join("\n"),
  );
});

test("only what is below the marker is replaced", () => {
  expect(withGenerated(`# Performance\n\nBy hand.\n\n${marker}\n\nold\n`, "new\n")).toBe(
    `# Performance\n\nBy hand.\n\n${marker}\n\nnew\n`,
  );
  expect(withGenerated("", "new\n")).toBe(`${marker}\n\nnew\n`);
});

test("the plot has a line for each subject, on logarithmic scales from the least to the greatest value", () => {
  const plot = plotOf(rows);
  expect(plot.match(/<polyline [^>]*points="([^"]*)"/)?.[1]).toBe("56,187 520,24");
  expect(plot).toContain(">this project, adopted VMs</text>");
  expect(plot).toContain(">empty program</text>");
  expect(plot).toContain("prefers-color-scheme: dark");
});
