import { describe, expect, it } from "vitest";
import { takenMessage } from "../../components/id-is-free.ts";

describe("a VM that is to be created", () => {
  it("may be when nobody has its id", () => {
    expect(takenMessage(120, { exists: false })).toBeUndefined();
  });

  it.each([
    [
      { exists: true, node: "pve", name: "web" },
      "vmid: belongs to a VM that exists (got 120: web on node pve); an id that is free; remove create to adopt that VM, or choose another vmid; if the entry made it under another key, write that one under formerKeys",
    ],
    [
      { exists: true },
      "vmid: belongs to a VM that exists (got 120); an id that is free; remove create to adopt that VM, or choose another vmid; if the entry made it under another key, write that one under formerKeys",
    ],
  ])("may not be when %j", (found, message) => {
    expect(takenMessage(120, found)).toBe(message);
  });
});
