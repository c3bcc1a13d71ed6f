import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { rules } from "../../policy/rules.ts";

const folder = resolve(import.meta.dirname, "../../docs/policy");
const read = (file: string) => readFileSync(resolve(folder, file), "utf8");

test("every rule has its page, and every page its rule", () => {
  const pages = readdirSync(folder).filter((file) => file !== "README.md");
  expect(pages.sort()).toEqual(rules.map(({ id }) => `${id}.md`).sort());
});

describe.each(rules.map((rule) => [rule.id, rule] as const))(
  "%s",
  (id, { description, defaultLevel, remediation }) => {
    test("its page begins with the id, the description and the level of the code", () => {
      expect(
        read(`${id}.md`).startsWith(`# ${id}\n\n${description} Default level: **${defaultLevel}**.\n`),
      ).toBe(true);
    });

    test("its page says the remediation of the code", () => {
      expect(read(`${id}.md`)).toContain(`## How to fix\n\n${remediation}\n`);
    });

    test("the list of rules has its level", () => {
      expect(read("README.md")).toContain(`| [\`${id}\`](${id}.md) | ${defaultLevel} |`);
    });

    test("its texts have the one form", () => {
      expect(description).toMatch(/^Checks whether [^.]+\.$/);
      expect(remediation).toMatch(/\.$/);
      expect(id).toMatch(/^[a-z]+(-[a-z]+)+$/);
    });
  },
);
