import { expect, test } from "vitest";
import { LineCounter } from "yaml";
import { parseAsEngine } from "../../../cli/stack/engine-yaml.ts";
import { scalars } from "./yaml-corpus.ts";

const read = (text: string) => parseAsEngine(text, new LineCounter()).value;

test.each(scalars)("%s is read as Pulumi reads it", (text, value) => {
  expect(read(`a: ${text}\n`)).toEqual({ a: value });
});

test.each([
  ["a: 1\n---\nb: 2\n", 2, "Source contains multiple documents"],
  ["a: 1\nb: !secret x\n", 2, "Unresolved tag: !secret"],
  ['a: 1\nb: "\u0001"\n', 2, "the character U+0001"],
  ["a: b\u2028c\n", 1, "the character U+2028"],
  ["a: &x [*x]\n", 1, "circular structure"],
  ["a: { <<: 3 }\n", 1, "Merge sources must be maps"],
])("what the two readers could not agree on is refused: %j", (text, line, what) => {
  expect(() => read(text)).toThrow(expect.objectContaining({ name: "YamlMistake", line }));
  expect(() => read(text)).toThrow(what);
});

test("aliases of aliases that would fill the memory are refused at once", () => {
  const lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"];
  for (let level = 1; level < 12; level++) {
    lines.push(
      `a${level}: &a${level} [${Array(9)
        .fill(`*a${level - 1}`)
        .join(", ")}]`,
    );
  }
  expect(() => read(lines.join("\n"))).toThrow("Excessive alias count");
});
