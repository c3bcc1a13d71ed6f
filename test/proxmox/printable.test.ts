import { expect, test } from "vitest";
import { printable, printableLines } from "../../proxmox/printable.ts";

test.each([
  ["\u001b[31mred\u001b[0m", "\\u001b[31mred\\u001b[0m"],
  ["\u001b]0;title\u0007", "\\u001b]0;title\\u0007"],
  ["one\ntwo\r\n", "one\\ntwo\\u000d\\n"],
  ["tab\there", "tab\\there"],
  ["\u009b2J\u007f\u0000\b", "\\u009b2J\\u007f\\u0000\\u0008"],
  ["user\u202egpj.exe", "user\\u202egpj.exe"],
  ["a\u2028b\ufeff", "a\\u2028b\\ufeff"],
])("%j is shown as %j", (text, shown) => {
  expect(printable(text)).toBe(shown);
});

test("markup and text of any language are shown as they are", () => {
  for (const text of ["<b>&amp;</b>", "key: {yaml: [1]}", "--- # *a !!x", "größer 漢字 🚀"]) {
    expect(printable(text)).toBe(text);
  }
});

test("lines of our own stay lines", () => {
  expect(printableLines("one\n  two\u001b[2J")).toBe("one\n  two\\u001b[2J");
});
