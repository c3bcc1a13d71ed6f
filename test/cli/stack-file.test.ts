import { expect, test } from "vitest";
import { parseStackFile, readStackFile } from "../../cli/stack/stack-file.ts";

test("each VM is found at the line of its entry", () => {
  const text = [
    "config:",
    "  proxmox-fleet:fleet:",
    "    vms:",
    "      # a comment",
    "      first: { vmid: 100 }",
    "      second:",
    "        vmid: 101",
    "        create: { template: { vmid: 1000 } }",
    "",
  ].join("\n");
  expect(parseStackFile(text, "Pulumi.test.yaml")).toMatchObject({
    path: "Pulumi.test.yaml",
    vmsLine: 5,
    declarations: [
      { name: "first", vmid: 100, created: false, line: 5 },
      { name: "second", vmid: 101, created: true, line: 6 },
    ],
  });
});

test("a stack file without a fleet declares nothing", () => {
  expect(parseStackFile("config: {}\n", "Pulumi.test.yaml").declarations).toEqual([]);
});

test("a stack that has no file declares nothing", () => {
  expect(readStackFile(import.meta.dirname, "absent")).toEqual({
    path: "Pulumi.absent.yaml",
    document: undefined,
    config: {},
    declarations: [],
    vmsLine: 1,
  });
});

test("a file that is no YAML is refused with its line", () => {
  expect(() => parseStackFile("config:\n  a: [1\n", "Pulumi.test.yaml")).toThrow(
    /^Pulumi\.test\.yaml:\d: is no YAML \(got .+\); allowed is a stack file/,
  );
});
