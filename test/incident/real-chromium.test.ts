import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { writeReport } from "../../incident/report/write-report.ts";
import { Chromium, type View } from "./chromium.ts";
import { incidentBundle } from "./incident-bundle.ts";
import { missingPrograms } from "./installed.ts";

const missing = missingPrograms("chromium");
const views: readonly View[] = [
  { width: 1280, scheme: "light" },
  { width: 1280, scheme: "dark" },
  { width: 360, scheme: "light" },
  { width: 360, scheme: "dark" },
];

describe.skipIf(missing !== "")(`report.html in a real Chromium${missing}`, () => {
  let out: string;
  let page: string;
  let chromium: Chromium;
  beforeAll(async () => {
    out = mkdtempSync(join(tmpdir(), "fleet-page-"));
    // Words without a place to break are what makes a page too wide.
    const long = "x".repeat(300);
    const folder = await incidentBundle(out, {
      "logs/3-long.log.json": { name: `${long}.log`, timezone: "UTC", text: `2026-06-11T15:20:00Z ${long}` },
      "qmp/query-status.json": { status: long },
    });
    page = pathToFileURL((await writeReport(folder)).path).href;
    chromium = await Chromium.start();
  });
  afterAll(async () => {
    await chromium.close();
    rmSync(out, { recursive: true });
  });

  test.each(views)(
    "$width px wide, $scheme: nothing to complain, nothing to fetch, nothing too wide",
    async (view) => {
      const { complaints, requests, width, tooWide, beyond, background, contrast, screenshot } =
        await chromium.look(page, view);
      expect(complaints).toEqual([]);
      expect(requests).toEqual([page]);
      expect([width, tooWide, beyond]).toEqual([view.width, 0, []]);
      // The style was not refused by the page's own policy.
      expect(background).toBe(view.scheme === "light" ? "rgb(246, 246, 243)" : "rgb(18, 20, 23)");
      expect(contrast).toBeGreaterThanOrEqual(4.5);
      expect(screenshot.length).toBeGreaterThan(20_000);
    },
  );
});
