import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { readRows } from "./rows.ts";
import { SUBJECTS } from "./subjects.ts";
import { tally } from "./tally.ts";

const data = fileURLToPath(new URL("data", import.meta.url));

test.each(SUBJECTS.map((subject) => ({ subject, name: `${subject.name}, ${subject.file}` })))(
  "$name: the selected answers of Proxmox's own code come out, or have a written reason",
  async ({ subject }) => {
    const rows = await readRows(data, subject.file);
    expect(rows?.length).toBeGreaterThan(100);
    const { cases, classes } = await tally(subject, rows ?? []);
    expect(cases).toBeGreaterThan(100);
    expect(classes.filter(({ reason }) => reason === undefined)).toEqual([]);
  },
);
