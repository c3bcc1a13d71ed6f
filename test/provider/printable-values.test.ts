import { expect, test } from "vitest";
import { printableValues } from "../../provider/printable-values.ts";

const declared = { options: { description: "one\ttab\n", cores: 4 }, foreignSlots: ["scsi1"] };

test("what was found as declared stays as it is", () => {
  expect(printableValues(declared, declared)).toEqual(declared);
  const copy = { options: { description: "one\ttab\n" } };
  expect(printableValues(copy, declared)).toEqual(copy);
});

test("of what was found otherwise, acting characters are spelled out and lines stay lines", () => {
  const found = { options: { description: "\u001b[2J\nmore", cores: 8 }, foreignSlots: ["scsi1"] };
  expect(printableValues(found, declared)).toEqual({
    options: { description: "\\u001b[2J\nmore", cores: 8 },
    foreignSlots: ["scsi1"],
  });
});
