import { expect, test } from "vitest";
import { previewReport, waitingReport, writtenReport } from "../../proxmox/report.ts";

const forged = "old\u001b[1A\u001b[2K\nwrote 0 changes:\n  <b>options: {a: *b}</b>";

test("a value from Proxmox stays on its line, and a terminal only shows it", () => {
  const change = { path: "options.description", from: forged, to: "new\nnotes", effect: "live" } as const;
  const line =
    "  options.description: old\\u001b[1A\\u001b[2K\\nwrote 0 changes:\\n  <b>options: {a: *b}</b> => new\\nnotes  [live]";
  expect(writtenReport([change])).toBe(`wrote 1 change:\n${line}`);
  expect(previewReport([change], [])).toBe(`would write 1 change:\n${line}`);
  expect(waitingReport([change]).split("\n")).toHaveLength(2);
});
