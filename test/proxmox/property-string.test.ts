import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { driveFormat } from "../../proxmox/drive-formats.ts";
import type { PropertyFormat } from "../../proxmox/key-rule.ts";
import { nicFormat } from "../../proxmox/nic-keys.ts";
import { optionFormats } from "../../proxmox/option-formats.ts";
import { parseProperties, printProperties } from "../../proxmox/property-string.ts";

const slots = ["scsi0", "virtio0", "sata0", "ide0", "efidisk0", "tpmstate0", "unused0"];
const drives = slots.map((slot) => [slot, driveFormat(slot) ?? { keys: {} }] as const);
const formats: readonly (readonly [string, PropertyFormat])[] = [
  ...drives,
  ["net0", nicFormat],
  ...Object.entries(optionFormats),
];

describe("property strings", () => {
  it.each(formats)("of %s keep every key and every value's text, unknown keys included", (_name, format) => {
    const keys = [...Object.keys(format.keys), "not-known", "z_9"];
    const value = fc.stringMatching(/^[A-Za-z0-9:;+./_-]{1,12}$/);
    const names = format.combined?.names ?? [];
    const arbitraryOf = (key: string) => (key === format.combined?.key ? fc.constantFrom(...names) : value);
    const properties = fc.record(Object.fromEntries(keys.map((key) => [key, arbitraryOf(key)])), {
      requiredKeys: [],
    });
    fc.assert(
      fc.property(properties, (drawn) => {
        const before = new Map(
          Object.entries(drawn).flatMap(([key, text]) => (text === undefined ? [] : [[key, text] as const])),
        );
        const text = printProperties(format, before);
        const after = parseProperties(format, text);
        expect(Object.fromEntries(after)).toStrictEqual(Object.fromEntries(before));
        expect(printProperties(format, after)).toBe(text);
      }),
      { seed: 102, numRuns: 50 },
    );
  });

  it("are printed with the default key first and bare, and all else by its bytes", () => {
    const agent = optionFormats.agent ?? { keys: {} };
    const properties = new Map([
      ["type", "isa"],
      ["Zz", "1"],
      ["enabled", "1"],
      ["_a", "1"],
    ]);
    expect(printProperties(agent, properties)).toBe("1,Zz=1,_a=1,type=isa");
  });

  it("read a network device's model and MAC address from their short form, and print them so", () => {
    const short = "virtio=BC:24:11:00:00:01,bridge=vmbr0";
    const properties = parseProperties(nicFormat, "bridge=vmbr0,macaddr=BC:24:11:00:00:01,model=virtio");
    expect(parseProperties(nicFormat, short)).toStrictEqual(
      new Map([...properties].toReversed().sort(([a]) => (a === "model" ? -1 : 1))),
    );
    expect(printProperties(nicFormat, properties)).toBe(short);
    expect(
      printProperties(
        nicFormat,
        new Map([
          ["model", "e1000"],
          ["bridge", "vmbr0"],
        ]),
      ),
    ).toBe("e1000,bridge=vmbr0");
  });

  it("keep equals signs inside a value", () => {
    const format = { keys: {} };
    const properties = parseProperties(format, "uuid=a,family=Zm9v==");
    expect(properties.get("family")).toBe("Zm9v==");
    expect(printProperties(format, properties)).toBe("family=Zm9v==,uuid=a");
  });

  it.each([
    ["a=1,a=2", "duplicate key in comma-separated list property: a"],
    ["virtio=X,model=e1000", "duplicate key in comma-separated list property: model"],
    ["virtio,e1000", "duplicate key in comma-separated list property: model"],
    ["bridge=", "missing key in comma-separated list property"],
    ["=x", "missing key in comma-separated list property"],
  ])("refuse %s with Proxmox's words", (text, message) => {
    expect(() => parseProperties(nicFormat, text)).toThrow(message);
  });

  it("refuse a bare value where there is no default key", () => {
    expect(() => parseProperties(optionFormats.ipconfig ?? { keys: {} }, "dhcp")).toThrow(
      "value without key, but schema does not define a default key",
    );
  });
});
