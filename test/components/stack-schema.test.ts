import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { fleetReference, referenceMarker } from "../../components/schema/fleet-reference.ts";
import { stackSchema } from "../../components/schema/stack-schema.ts";
import { prodFile } from "./prod-file.ts";

const schema = z.fromJSONSchema(JSON.parse(stackSchema()));

describe("docs/fleet.md", () => {
  it("ends with the reference that `npm run schema` writes", () => {
    const text = readFileSync(new URL("../../docs/fleet.md", import.meta.url), "utf8");
    expect(text.split(`${referenceMarker}\n`)[1]).toBe(fleetReference());
  });
});

describe("fleet.schema.json", () => {
  it("is what `npm run schema` writes", () => {
    expect(readFileSync(new URL("../../fleet.schema.json", import.meta.url), "utf8")).toBe(stackSchema());
  });

  it("is named by Pulumi.prod.yaml in its first line, for editors", () => {
    const text = readFileSync(new URL("../../Pulumi.prod.yaml", import.meta.url), "utf8");
    expect(text.split("\n")[0]).toBe("# yaml-language-server: $schema=./fleet.schema.json");
  });

  it("accepts Pulumi.prod.yaml", () => {
    expect(schema.safeParse(prodFile()).error?.issues ?? []).toEqual([]);
  });

  it("accepts what Pulumi itself writes into a stack file", () => {
    const file = prodFile();
    const secret = { "proxmox-fleet:apiToken": { secure: "AAABAD" }, "proxmox-fleet:insecure": "true" };
    const withPulumi = {
      ...file,
      encryptionsalt: "v1:abc",
      config: { ...file.config, ...secret, "aws:region": "x" },
    };
    expect(schema.safeParse(withPulumi).success).toBe(true);
  });

  it.each([
    ["an unknown key", { vmid: 102, contoller: "virtio-scsi-single" }],
    ["the controller of the incident", { vmid: 102, controller: "lsi" }],
    ["a VLAN of 5000", { vmid: 102, nics: { net0: { vlan: 5000 } } }],
    ["a negative cap", { vmid: 102, drives: { scsi0: { caps: { readMiBps: -1 } } } }],
    ["a slot that Proxmox lacks", { vmid: 102, drives: { scsi31: {} } }],
    ["a VM without its vmid", { onboot: false }],
  ])("refuses %s", (_, vm) => {
    expect(schema.safeParse({ config: { "proxmox-fleet:fleet": { vms: { vm } } } }).success).toBe(false);
  });

  it("describes every key, for the editor's hints", () => {
    const missing: string[] = [];
    const visit = (node: unknown, path: string): void => {
      if (typeof node !== "object" || node === null) return;
      for (const [name, child] of Object.entries((node as { properties?: object }).properties ?? {})) {
        if (!("description" in child || "$ref" in child)) missing.push(`${path}.${name}`);
        visit(child, `${path}.${name}`);
      }
    };
    const { $defs, ...root } = JSON.parse(stackSchema());
    for (const [name, definition] of Object.entries({ root, ...$defs })) visit(definition, name);
    expect(missing).toEqual([]);
  });
});
