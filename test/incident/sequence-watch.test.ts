import { expect, test } from "vitest";
import { SequenceWatch } from "../../incident/listener/sequence-watch.ts";

/** What is noted of records with these numbers and uptimes in seconds. */
function notesOf(records: readonly (readonly [sequence: number, uptime: number])[]): (string | undefined)[] {
  const watch = new SequenceWatch();
  return records.map(([sequence, uptime]) => watch.note({ level: 6, sequence, uptimeUs: uptime * 1e6 }));
}

const missing = (count: number) =>
  `records missing: ${count} (lost, or below the log level that the guest sends)`;

test("records that follow each other, and the pieces of one, need no word", () => {
  expect(
    notesOf([
      [7, 1],
      [8, 1],
      [8, 1],
      [9, 2],
    ]),
  ).toEqual([undefined, undefined, undefined, undefined]);
});

test("records that did not arrive are counted", () => {
  expect(
    notesOf([
      [7, 1],
      [10, 2],
      [11, 2],
    ]),
  ).toEqual([undefined, missing(2), undefined]);
});

test("a record that was overtaken is no restart, and the next one no gap", () => {
  expect(
    notesOf([
      [7, 1],
      [9, 2],
      [8, 1],
      [10, 2],
    ]),
  ).toEqual([undefined, missing(1), undefined, undefined]);
});

test("a guest that restarted is told by its numbers, also when it had said little before", () => {
  const anew = "the guest's kernel started anew: its records are numbered from the beginning";
  expect(
    notesOf([
      [900, 5000],
      [1, 0],
      [2, 0],
    ]),
  ).toEqual([undefined, anew, undefined]);
  expect(
    notesOf([
      [12, 5000],
      [1, 0],
    ]),
  ).toEqual([undefined, anew]);
});
