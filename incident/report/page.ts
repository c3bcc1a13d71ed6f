import { createHash } from "node:crypto";
import type { Evidence } from "./evidence.ts";
import { dayAndMinute } from "./format.ts";
import { Html, html } from "./html.ts";
import { plotsOf, shownRange } from "./plots.ts";
import { contents, drives, figures, threads, tiles, timeline } from "./sections.ts";
import { style } from "./style.ts";
import { verdictOf } from "./verdict.ts";

/** No script, no picture, no request: the one style is known by its hash. */
const policy = `default-src 'none'; style-src 'sha256-${createHash("sha256").update(style).digest("base64")}'; base-uri 'none'; form-action 'none'`;

/** The report as one page that needs nothing but itself. */
export function reportPage(evidence: Evidence): string {
  const { manifest, series, happenings } = evidence;
  const { vm, host } = manifest;
  const verdict = verdictOf(evidence);
  const range = shownRange(series, verdict.window);
  const taken = dayAndMinute(Date.parse(manifest.started));
  const from = host === undefined ? "the API" : `the API and ${host}`;
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${new Html(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>Autopsy of ${vm.name} (${vm.vmid}), ${taken}</title>
<style>${new Html(style)}</style>
</head>
<body>
<a class="skip" href="#timeline">To the timeline</a>
<header class="${verdict.tone}">
<p class="kicker">Autopsy of <b>${vm.name}</b>, VM ${vm.vmid} on ${vm.node}</p>
<h1>${verdict.headline}</h1>
<ul class="reasons">${verdict.reasons.map((reason) => html`<li>${reason}</li>`)}</ul>
${tiles(evidence, verdict.window)}
</header>
<main>
<section id="figures" aria-labelledby="figures-title">
<h2 id="figures-title">Figures</h2>
${range === undefined ? html`<p class="soft">Proxmox's figures were not captured.</p>` : html`${plotsOf(series, range, verdict.window)}${figures(series, range)}`}
</section>
<section id="timeline" aria-labelledby="timeline-title">
<h2 id="timeline-title">Timeline</h2>
<p class="lead">Tasks and log lines of all sources, whatever their time zone, in UTC.</p>
${timeline(happenings, range, verdict.window)}
</section>
<section id="drives" aria-labelledby="drives-title">
<h2 id="drives-title">Drives</h2>
${drives(evidence)}
</section>
<section id="threads" aria-labelledby="threads-title">
<h2 id="threads-title">Threads of QEMU</h2>
${threads(evidence)}
</section>
<section id="bundle" aria-labelledby="bundle-title">
<h2 id="bundle-title">What is in the bundle</h2>
${contents(manifest, evidence.remarks)}
</section>
</main>
<footer>Captured ${taken} from ${from}, by way of ${manifest.endpoint}. Times are UTC. Secrets are masked. The page is made from the files beside it: fleet autopsy --verify checks them.</footer>
</body>
</html>
`;
  return page.text;
}
