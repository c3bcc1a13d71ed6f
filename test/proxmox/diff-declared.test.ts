import { describe, expect, it } from "vitest";
import { diffDeclared } from "../../proxmox/diff-declared.ts";
import { declare } from "./vm.ts";

describe("diffDeclared", () => {
  it("finds nothing between declarations that mean the same", () => {
    const before = declare({
      options: { tags: "a;b", agent: { enabled: true }, memory: 4096, boot: "order=scsi0" },
      drives: { scsi0: { mbps_rd: 60, ssd: true, size: "1T" } },
      nics: { net0: { macaddr: "BC:24:11:00:00:01" } },
    });
    const after = declare({
      options: { tags: "b,a", agent: { enabled: "on" }, memory: "current=4096", boot: "order=scsi0" },
      drives: { scsi0: { mbps_rd: "60.0", ssd: 1, size: "1024G" } },
      nics: { net0: { macaddr: "bc:24:11:00:00:01" } },
    });
    expect(diffDeclared(before, after)).toStrictEqual([]);
  });

  it("names each key that is added, updated or given up, with its effect on a running VM", () => {
    const before = declare({
      options: { cores: 4, agent: { enabled: true }, startup: "order=1" },
      drives: { scsi0: { mbps_rd: 60, aio: "threads", serial: "A" }, scsi1: { ssd: true } },
    });
    const after = declare({
      options: { cores: 8, agent: {}, startup: "order=2", cpu: "host" },
      drives: { scsi0: { mbps_rd: 70, aio: "native", serial: "B", datastore: "local-lvm" } },
      nics: { net0: { tag: 10 } },
    });
    expect(diffDeclared(before, after)).toStrictEqual([
      { path: "options.cores", kind: "update", from: "4", to: "8", effect: "cold" },
      { path: "options.startup", kind: "update", from: "order=1", to: "order=2", effect: "live" },
      { path: "options.cpu", kind: "add", to: "host", effect: "cold" },
      { path: "nics.net0.tag", kind: "add", to: "10", effect: "live" },
      { path: "drives.scsi0.mbps_rd", kind: "update", from: "60", to: "70", effect: "live" },
      { path: "drives.scsi0.aio", kind: "update", from: "threads", to: "native", effect: "cold" },
      { path: "drives.scsi0.serial", kind: "update", from: "A", to: "B", effect: "invisible" },
      { path: "drives.scsi0.datastore", kind: "add", to: "local-lvm", effect: "live" },
      { path: "options.agent.enabled", kind: "disown", from: "1", effect: "live" },
      { path: "drives.scsi1.ssd", kind: "disown", from: "1", effect: "live" },
    ]);
  });
});
