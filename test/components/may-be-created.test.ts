import { describe, expect, it } from "vitest";
import { creationMistake } from "../../components/may-be-created.ts";

describe("a VM that is to be created", () => {
  it("may be when nobody has its id", () => {
    expect(creationMistake(120, { exists: false }, [])).toBeUndefined();
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
    expect(creationMistake(120, found, [])).toBe(message);
  });

  it("may not be when its entry names what Proxmox does not have, each in a line of its own", () => {
    const missing = [
      { path: "cpu.type", reason: "one" },
      { path: "nics.net0.bridge", reason: "two" },
    ];
    expect(creationMistake(120, { exists: false }, missing)).toBe("cpu.type: one\nnics.net0.bridge: two");
    expect(creationMistake(120, { exists: true, kind: "unseen" }, missing)?.split("\n")).toHaveLength(3);
  });
});
