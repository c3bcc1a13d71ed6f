import { describe, expect, it } from "vitest";
import { present, snapshotFromPending, upcoming } from "../../proxmox/snapshot.ts";

const rows = [
  { key: "memory", value: 4096, pending: "8192" },
  { key: "cores", value: 2, delete: 1 },
  { key: "scsi1", pending: "local-lvm:vm-100-disk-1" },
  { key: "onboot", value: 0 },
  { key: "digest", value: "abc" },
];

describe("snapshotFromPending", () => {
  it("tells current, pending and pending removals apart, all as text", () => {
    expect(snapshotFromPending(rows, true)).toStrictEqual({
      digest: "abc",
      running: true,
      current: { memory: "4096", cores: "2", onboot: "0" },
      pending: { memory: "8192", scsi1: "local-lvm:vm-100-disk-1" },
      pendingDeletes: new Set(["cores"]),
    });
  });

  it("knows of each key what it is and what it becomes", () => {
    const snapshot = snapshotFromPending(rows, true);
    const views = (key: string) => [present(snapshot, key), upcoming(snapshot, key)];
    expect(views("memory")).toStrictEqual(["4096", "8192"]);
    expect(views("cores")).toStrictEqual(["2", undefined]);
    expect(views("scsi1")).toStrictEqual([undefined, "local-lvm:vm-100-disk-1"]);
    expect(views("onboot")).toStrictEqual(["0", "0"]);
    expect(views("constructor")).toStrictEqual([undefined, undefined]);
  });

  it("refuses an answer without a digest, since no write could be made safe with it", () => {
    expect(() => snapshotFromPending([{ key: "memory", value: 1 }], true)).toThrow("no digest in the answer");
  });
});
