import { expect, test } from "vitest";
import { parse } from "yaml";
import { withEntries } from "../../../cli/adopt/stack-text.ts";
import { unifiedDiff } from "../../../cli/files/unified-diff.ts";

const path = "Pulumi.prod.yaml";
const entries = [
  {
    key: "web",
    spec: { vmid: 120, boot: ["scsi0"], nics: { net0: { bridge: "vmbr0", mac: "52:54:00:12:34:56" } } },
  },
  { key: "no", spec: { vmid: 121 } },
];
const added = (indent: string) =>
  [
    "web:",
    "  vmid: 120",
    "  boot: [scsi0]",
    "  nics:",
    '    net0: {bridge: vmbr0, mac: "52:54:00:12:34:56"}',
    '"no":',
    "  vmid: 121",
  ]
    .map((line) => `${indent}${line}\n`)
    .join("");

test.each([
  ["an empty file", "", `config:\n  proxmox-fleet:fleet:\n    vms:\n${added("      ")}`],
  ["a file with the engine's salt", "encryptionsalt: v1:a:b\n", `encryptionsalt: v1:a:b\nconfig:\n  proxmox-fleet:fleet:\n    vms:\n${added("      ")}`],
  ["an empty list of VMs", "# top\nconfig:\n  proxmox-fleet:fleet:\n    node: pve # here\n    vms: {} # none yet\n# end\n", `# top\nconfig:\n  proxmox-fleet:fleet:\n    node: pve # here\n    vms: # none yet\n${added("      ")}# end\n`],
  ["entries on one line", "config:\n  proxmox-fleet:fleet: { vms: { a: { vmid: 100 } } }\n", `config:\n  proxmox-fleet:fleet:\n    vms:\n      a: {vmid: 100}\n${added("      ")}`],
  ["another indentation, comments, and keys behind", "config:\n    proxmox-fleet:fleet:\n        vms:\n            a:\n                vmid: 100 # x\n                # of a\n            # of the list\n        node: pve\nencryptionsalt: v1\n", `config:\n    proxmox-fleet:fleet:\n        vms:\n            a:\n                vmid: 100 # x\n                # of a\n${added("            ")}            # of the list\n        node: pve\nencryptionsalt: v1\n`],
  ["no line end at the end", "config:\n  proxmox-fleet:fleet:\n    vms:\n      a: { vmid: 100 }", `config:\n  proxmox-fleet:fleet:\n    vms:\n      a: { vmid: 100 }\n${added("      ")}`],
])("entries are added to %s", (_, text, expected) => {
  expect(withEntries(text, entries, path)).toBe(expected);
}); // biome-ignore format: a table

test("keys and values that an older parser would take for something else are quoted", () => {
  const text = withEntries("", entries, path);
  const { vms } = (parse(text, { version: "1.1" }) as { config: { "proxmox-fleet:fleet": { vms: object } } })
    .config["proxmox-fleet:fleet"];
  expect(vms).toEqual({ web: entries[0]?.spec, no: entries[1]?.spec });
});

test("a file in a form that could not be kept is refused", () => {
  const text = "config:\n  proxmox-fleet:fleet:\n    vms: &all\n      a: { vmid: 100 }\n  other: *all\n";
  expect(() => withEntries(text, entries, path)).toThrow(
    /^Pulumi\.prod\.yaml: entries cannot be added without changing what it says \(got .+\); allowed is vms: as a plain block/,
  );
});

test("a diff shows three lines around what was added, and the missing end of a last line", () => {
  const before = "a\nb\nc\nd\ne\nf\ng";
  expect(unifiedDiff("file", before, before)).toBe("");
  expect(unifiedDiff("file", before, "a\nb\nc\nd\nnew\ne\nf\ng")).toBe(
    "--- file\n+++ file\n@@ -2,6 +2,7 @@\n b\n c\n d\n+new\n e\n f\n g\n\\ No newline at end of file\n",
  );
  expect(unifiedDiff("file", "", "new\n")).toBe("--- file\n+++ file\n@@ -0,0 +1,1 @@\n+new\n");
});
