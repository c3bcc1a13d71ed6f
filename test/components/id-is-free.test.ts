import { describe, expect, it } from "vitest";
import { takenMessage } from "../../components/id-is-free.ts";

describe("a VM that is to be created", () => {
  it("may be when nobody has its id", () => {
    expect(takenMessage(120, { exists: false })).toBeUndefined();
  });

  it.each([
    [
      { exists: true, kind: "vm", node: "pve", name: "web" },
      "vmid: is taken (got 120: VM 120 'web' on node pve has this id); allowed is an id that no VM and no container has; remove create to adopt that VM, or choose another vmid; if the entry made it under another key, write that one under formerKeys",
    ],
    [
      { exists: true, kind: "vm", node: "pve" },
      "vmid: is taken (got 120: VM 120 on node pve has this id); allowed is an id that no VM and no container has; remove create to adopt that VM, or choose another vmid; if the entry made it under another key, write that one under formerKeys",
    ],
    [
      { exists: true, kind: "container", node: "pve2", name: "dns" },
      "vmid: is taken (got 120: container 120 'dns' on node pve2 has this id); allowed is an id that no VM and no container has; choose another vmid",
    ],
    [
      { exists: true, kind: "unseen" },
      "vmid: is taken (got 120: a VM or container 120 that the token may not see has this id); allowed is an id that no VM and no container has; choose another vmid, or give the token VM.Audit on /vms/120 to see whose it is",
    ],
  ] as const)("may not be when %j", (found, message) => {
    expect(takenMessage(120, found)).toBe(message);
  });
});
