import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type GivenLog, readEvidence } from "../../incident/report/evidence.ts";
import { reportPage } from "../../incident/report/page.ts";
import { threadsOf } from "../../incident/report/threads.ts";
import { backtrace, incidentBundle } from "./incident-bundle.ts";
import { incidentRows } from "./incident-series.ts";

let out: string;
beforeEach(() => {
  out = mkdtempSync(join(tmpdir(), "fleet-report-"));
});
afterEach(() => rmSync(out, { recursive: true }));

async function page(over: Record<string, unknown> = {}, more: readonly GivenLog[] = [], name?: string) {
  const evidence = await readEvidence(await incidentBundle(out, over, name), more);
  const html = reportPage(evidence);
  // Numbers and units are held together by spaces that do not break.
  return {
    html,
    evidence,
    text: html
      .replace(/<style>[\s\S]*<\/style>/, "")
      .replace(/<[^>]*>/g, " ")
      .replaceAll("&#39;", "'")
      .replace(/[\s\u00a0\u202f]+/g, " "),
  };
}

test("while the VM hangs the page says which drive stands still, since when, and that QEMU answers", async () => {
  const { text } = await page();
  expect(text).toContain("scsi0 stands still since 15:21 UTC, while QEMU answers.");
  expect(text).toContain("QEMU's counters: no operation completed on scsi0 between 16:40:03 and 16:40:08.");
  expect(text).toContain("guest.log: the last line is of 15:19:08");
  expect(text).toContain("reads 60 MiB/s, writes 60 MiB/s");
});

test("afterwards the window is that of the incident: 87 minutes", async () => {
  const { text } = await page({ "api/rrd-day.json": incidentRows(), "qmp/block-statistics.json": undefined });
  expect(text).toContain("Nothing was written from 15:21 to 16:48 UTC: 87 min.");
  expect(text).toContain("disk writes again");
});

test("host and guest lines are merged in UTC, whatever zone they were written in", async () => {
  const { html } = await page();
  const times = [...html.matchAll(/<time datetime="[^"]*">([\d:]+)<\/time><span class="source">([^<]*)/g)];
  expect(times.map(([, time, source]) => `${time} ${source}`)).toEqual([
    "15:01:03 task",
    "15:01:04 host.log",
    "15:18:52 guest.log",
    "15:19:08 guest.log",
    "15:20:51 host.log",
    "15:21:00 figures",
    "16:36:02 host.log",
  ]);
});

test("an unknown zone and an unknown form are a line each, and the other logs are shown", async () => {
  const { evidence } = await page({}, [
    { name: "mars.log", timezone: "Mars/Olympus", text: "Jun 11 18:20:51 x y" },
    { name: "odd.log", timezone: "UTC", text: "no time here" },
  ]);
  expect(evidence.remarks).toEqual([
    'mars.log: no such time zone (got "Mars/Olympus"); allowed is a name such as Europe/Sofia, UTC, or an offset such as +03:00; correct it',
    "odd.log: no time is known in any of its lines; allowed are syslog (journalctl), short-iso, RFC 3339 and dmesg -T; write it with one of them",
  ]);
  expect(new Set(evidence.happenings.map(({ source }) => source))).toEqual(
    new Set(["task", "host.log", "guest.log"]),
  );
});

test("nothing that a guest, a log or a name says becomes markup", async () => {
  const evil = `</title><script>alert(1)</script><img src=x onerror="alert(1)">'\u202e\u001b[31m`;
  const { html } = await page(
    {
      "logs/1-host.log.json": {
        name: evil,
        timezone: "UTC",
        text: `2026-06-11T15:20:00Z ${evil}\n  ${evil}`,
      },
      "host/gdb-backtrace.txt": backtrace
        .replace("CPU 0/KVM", evil.replaceAll('"', ""))
        .replace("lsi_mmio_write", "<b>"),
      "qmp/query-status.json": { status: evil },
      "qmp/throttle.json": { drives: [], groups: { [evil]: { "bps-write": 1 } } },
    },
    [],
    evil,
  );
  expect(html).not.toMatch(/<script|<img|<b>\s*\(\)/);
  expect(html).not.toContain("\u202e");
  expect(html).not.toContain("\u001b");
  expect(html).toContain("&lt;/title&gt;&lt;script&gt;alert(1)");
});

test("the page needs nothing but itself: no script, no address, one style known by its hash", async () => {
  const { html } = await page();
  const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(html)?.[1] ?? "";
  expect(policy).toMatch(
    /^default-src 'none'; style-src 'sha256-[A-Za-z0-9+/=]{44}'; base-uri 'none'; form-action 'none'$/,
  );
  expect(html).not.toMatch(/\s(?:src|style|on\w+)=|<link|<script|url\(|@import/);
  expect(html.match(/href="[^"]*"/g)).toEqual(['href="#timeline"']);
});

test("drives are in the order of their slots", async () => {
  const blockstat = Object.fromEntries(
    ["scsi10", "scsi2", "scsi1"].map((slot) => [slot, { wr_operations: 1 }]),
  );
  const sample = (at: string) => ({ at, blockstat });
  const samples = [sample("2026-06-11T16:40:03Z"), sample("2026-06-11T16:40:08Z")];
  const { html } = await page({ "qmp/block-statistics.json": { samples } });
  const slots = [...html.matchAll(/<td><b>(scsi\d+)<\/b><\/td><td><span class="pill bad">stands still/g)];
  expect(slots.map(([, slot]) => slot)).toEqual(["scsi1", "scsi2", "scsi10"]);
});

test("every plot has a name and its content in words", async () => {
  const { html } = await page();
  const pictures = html.match(/<svg [^>]*role="img"[^>]*>/g) ?? [];
  expect(pictures).toHaveLength(6);
  expect(html.match(/<title>Disk write, from [^<]*<\/title>/g)).toHaveLength(1);
  expect(html.replace(/\u00a0/g, " ")).toMatch(
    /<desc>On average [\d.]+ MB\/s before the window and 0 B\/s within it\.<\/desc>/,
  );
});

test("a bundle of which nothing was captured still has a page", async () => {
  const nothing = Object.fromEntries(
    [
      "api/rrd-day.json",
      "api/tasks.json",
      "qmp/block-statistics.json",
      "host/gdb-backtrace.txt",
      "qmp/throttle.json",
    ].map((file) => [file, "nonsense"]),
  );
  const { text, evidence } = await page(nothing);
  expect(text).toContain("There are no figures to judge by.");
  expect(evidence.remarks).toContain("api/tasks.json: is not what was expected, and is not shown here.");
});

test("threads are told apart by what they wait for", () => {
  expect(threadsOf(backtrace).map(({ name, state }) => [name, state])).toEqual([
    ["kvm", "waits for events"],
    ["CPU 0/KVM", "waits for a lock"],
    ["CPU 1/KVM", "runs the guest"],
  ]);
});
