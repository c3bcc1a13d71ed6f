/** The report's style: calm, in light and dark, from 360 px on. No resource from anywhere. */
export const style = `
:root {
  color-scheme: light dark;
  --paper: #f6f6f3; --card: #ffffff; --ink: #1d2127; --soft: #59616b; --rule: #e3e3dd; --grid: #ececE6;
  --alarm: #a8321c; --alarm-wash: #f9e3dc; --good: #2b6a4a; --good-wash: #dfeee6; --warn: #7a5600; --warn-wash: #f5ebd0;
  --write: #a8321c; --read: #2f5f98; --net: #2b6a4a; --cpu: #6a4a9c; --pressure: #7a5600;
  --sans: system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif;
  --mono: ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #121417; --card: #1a1d22; --ink: #e6e8eb; --soft: #a0a8b2; --rule: #2c3138; --grid: #252a30;
    --alarm: #ff9d85; --alarm-wash: #41241d; --good: #86d0a9; --good-wash: #1b3327; --warn: #e3c06c; --warn-wash: #362d16;
    --write: #ff9d85; --read: #8db9ee; --net: #86d0a9; --cpu: #c3a8f0; --pressure: #e3c06c;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; scroll-behavior: smooth; }
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 var(--sans); font-variant-numeric: tabular-nums; }
main, header, footer { max-width: 62rem; margin: 0 auto; padding: 0 1.25rem; }
header { padding-top: 3rem; }
a { color: inherit; text-underline-offset: 0.2em; }
a:focus-visible, summary:focus-visible, .scroll:focus-visible { outline: 2px solid var(--read); outline-offset: 3px; border-radius: 4px; }
.skip { position: absolute; left: -100rem; }
.skip:focus { left: 1rem; top: 1rem; background: var(--card); padding: 0.4rem 0.8rem; }
.kicker { margin: 0; color: var(--soft); font-size: 0.875rem; overflow-wrap: anywhere; }
h1 { margin: 0.35rem 0 0; font-size: clamp(1.6rem, 1.1rem + 2.6vw, 2.6rem); line-height: 1.15; letter-spacing: -0.02em; font-weight: 650; text-wrap: balance; overflow-wrap: anywhere; }
.stalled h1 { color: var(--alarm); }
h2 { margin: 0 0 0.25rem; font-size: 1.15rem; letter-spacing: -0.01em; font-weight: 650; }
h3 { margin: 1.5rem 0 0.25rem; font-size: 0.9375rem; font-weight: 650; }
p { margin: 0.4rem 0; max-width: 44rem; overflow-wrap: anywhere; }
.soft, .lead { color: var(--soft); }
.lead { margin-top: 0; font-size: 0.9375rem; }
ul.reasons { margin: 1rem 0 0; padding: 0; list-style: none; max-width: 46rem; }
ul.reasons li { padding-left: 1.1rem; position: relative; margin: 0.3rem 0; overflow-wrap: anywhere; }
ul.reasons li::before { content: ""; position: absolute; left: 0; top: 0.62em; width: 0.4rem; height: 0.4rem; border-radius: 50%; background: currentColor; opacity: 0.45; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: 1px; margin: 1.75rem 0 0; background: var(--rule); border: 1px solid var(--rule); border-radius: 12px; overflow: hidden; }
.tile { background: var(--card); padding: 0.8rem 1rem; min-width: 0; }
.tile dt { color: var(--soft); font-size: 0.8125rem; }
.tile dd { margin: 0.1rem 0 0; font-size: 1.1875rem; font-weight: 600; letter-spacing: -0.01em; overflow-wrap: anywhere; }
.tile .was { color: var(--soft); font-weight: 400; font-size: 0.9375rem; white-space: nowrap; }
section { background: var(--card); border: 1px solid var(--rule); border-radius: 12px; margin: 1.25rem 0; padding: 1.25rem 1.25rem 1.4rem; }
.plot-head { display: flex; justify-content: space-between; gap: 1rem; margin-top: 0.9rem; font-size: 0.875rem; }
.plot-head b { font-weight: 600; }
.plot-head span { color: var(--soft); text-align: right; }
svg { display: block; width: 100%; overflow: visible; }
.frame { fill: none; }
.base { stroke: var(--rule); stroke-width: 1; }
.grid { stroke: var(--grid); stroke-width: 1; }
.band { fill: var(--alarm-wash); }
.edge { stroke: var(--alarm); stroke-width: 1; stroke-dasharray: 3 3; opacity: 0.7; }
.line { fill: none; stroke: currentColor; stroke-width: 1.75; stroke-linejoin: round; stroke-linecap: round; }
.area { fill: currentColor; opacity: 0.13; }
.write { color: var(--write); } .read { color: var(--read); } .net { color: var(--net); } .cpu { color: var(--cpu); } .pressure { color: var(--pressure); }
svg text { font: 12px var(--sans); fill: var(--soft); font-variant-numeric: tabular-nums; }
svg .band-label { fill: var(--alarm); font-weight: 600; }
.tick-mark { stroke: var(--ink); stroke-width: 2; stroke-linecap: round; }
.events { list-style: none; margin: 0.75rem 0 0; padding: 0; border-top: 1px solid var(--rule); }
.events li { display: grid; grid-template-columns: 4.75rem 8rem minmax(0, 1fr); gap: 0 1rem; padding: 0.4rem 0 0.4rem 0.75rem; border-bottom: 1px solid var(--rule); border-left: 3px solid transparent; font-size: 0.875rem; }
.events li.within { border-left-color: var(--alarm); }
.events li.mark { background: var(--alarm-wash); color: var(--alarm); font-weight: 600; border-left-color: var(--alarm); }
.events .day { display: block; padding: 0.9rem 0 0.35rem; color: var(--soft); font-weight: 600; }
.events time { font-family: var(--mono); font-size: 0.8125rem; line-height: 1.7; }
.events .source { color: var(--soft); overflow-wrap: anywhere; }
.events .mark .source { color: inherit; font-weight: 400; }
.events .what { font-family: var(--mono); font-size: 0.8125rem; line-height: 1.7; overflow-wrap: anywhere; white-space: pre-wrap; }
.events .mark .what { font-family: var(--sans); font-size: 0.875rem; }
.scroll { overflow-x: auto; margin-top: 0.6rem; }
table { border-collapse: collapse; width: 100%; font-size: 0.875rem; }
th, td { text-align: left; vertical-align: top; padding: 0.4rem 1rem 0.4rem 0; border-bottom: 1px solid var(--rule); overflow-wrap: anywhere; }
th { color: var(--soft); font-weight: 500; font-size: 0.8125rem; }
tr:last-child td { border-bottom: 0; }
td.figure, th.figure { text-align: right; white-space: nowrap; }
code, pre { font-family: var(--mono); font-size: 0.8125rem; }
code { overflow-wrap: anywhere; }
pre { margin: 0.5rem 0 0; padding: 0.9rem; background: var(--paper); border: 1px solid var(--rule); border-radius: 8px; overflow: auto; max-height: 28rem; line-height: 1.5; white-space: pre-wrap; overflow-wrap: anywhere; }
.pill { display: inline-block; padding: 0.05rem 0.55rem; border-radius: 99px; font-size: 0.8125rem; font-weight: 600; white-space: nowrap; }
.pill.good { color: var(--good); background: var(--good-wash); } .pill.bad { color: var(--alarm); background: var(--alarm-wash); } .pill.so { color: var(--warn); background: var(--warn-wash); }
details { margin-top: 1rem; }
summary { cursor: pointer; font-weight: 600; font-size: 0.9375rem; padding: 0.3rem 0; }
footer { padding-top: 0.5rem; padding-bottom: 3rem; color: var(--soft); font-size: 0.8125rem; }
@media (max-width: 40rem) {
  header { padding-top: 1.75rem; }
  main, header, footer { padding-left: 1rem; padding-right: 1rem; }
  section { padding: 1rem; border-radius: 10px; }
  .tiles { grid-template-columns: 1fr 1fr; }
  .events li { grid-template-columns: auto minmax(0, 1fr); }
  .events .what { grid-column: 1 / -1; }
  table.stack thead { position: absolute; left: -100rem; }
  table.stack tr { display: block; padding: 0.5rem 0; border-bottom: 1px solid var(--rule); }
  table.stack tr:last-child { border-bottom: 0; }
  table.stack td { display: block; border: 0; padding: 0.05rem 0; text-align: left; white-space: normal; }
  table.stack td:empty { display: none; }
}
@media print { body { background: #fff; } section { break-inside: avoid; } }
`;
