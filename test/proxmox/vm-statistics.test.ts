import { describe, expect, it } from "vitest";
import { ProxmoxError } from "../../proxmox/api/proxmox-error.ts";
import { agentAnswers, readRates, readStatistics } from "../../proxmox/api/vm-statistics.ts";

/** A client that answers each path, or fails. */
const client = (answer: (path: string, query?: Readonly<Record<string, string>>) => unknown) => ({
  get: async (path: string, query?: Readonly<Record<string, string>>) => answer(path, query),
});

describe("readStatistics", () => {
  const running = {
    status: "running",
    qmpstatus: "running",
    pid: 1234,
    uptime: 60,
    cpu: 0.11,
    netout: 5000,
    pressureiosome: "1.5",
    "running-qemu": "10.1.2",
    blockstat: {
      scsi0: {
        rd_operations: 3,
        wr_operations: 5,
        flush_operations: 2,
        unmap_operations: 1,
        failed_wr_operations: 4,
      },
      ide2: { rd_operations: 1, wr_operations: 0, rd_bytes: 2048, wr_bytes: 0 },
    },
  };

  it("counts discards and failed operations as ended, and leaves what is not there at nothing", async () => {
    const statistics = await readStatistics(
      client(() => running),
      "pve",
      102,
    );
    expect(statistics).toEqual({
      status: "running",
      qmpstatus: "running",
      pid: 1234,
      uptime: 60,
      cpu: 0.11,
      netout: 5000,
      ioPressure: 1.5,
      qemuVersion: "10.1.2",
      drives: {
        scsi0: {
          readOperations: 3,
          writeOperations: 5,
          flushOperations: 2,
          otherOperations: 5,
          readBytes: 0,
          writtenBytes: 0,
        },
        ide2: {
          readOperations: 1,
          writeOperations: 0,
          flushOperations: 0,
          otherOperations: 0,
          readBytes: 2048,
          writtenBytes: 0,
        },
      },
    });
  });

  it("takes a CPU of 0 for not known, and figures that are none for absent", async () => {
    const answer = { ...running, cpu: 0, netout: "NaN", pressureiosome: null, pid: undefined };
    const statistics = await readStatistics(
      client(() => answer),
      "pve",
      102,
    );
    expect(Object.keys(statistics)).toEqual(["status", "qmpstatus", "uptime", "qemuVersion", "drives"]);
  });

  it("knows no drives where QMP did not answer", async () => {
    const { blockstat: _, ...silent } = running;
    expect(
      await readStatistics(
        client(() => silent),
        "pve",
        102,
      ),
    ).not.toHaveProperty("drives");
  });

  it("says which request was answered with something else", async () => {
    const wrong = client(() => ({ status: "dozing" }));
    await expect(readStatistics(wrong, "pve", 102)).rejects.toThrow(
      "GET /nodes/pve/qemu/102/status/current: the answer is not what Proxmox documents",
    );
  });
});

describe("readRates", () => {
  it("reads a day by the minute, in the order of time, without figures that are missing or no numbers", async () => {
    const rows = [
      { time: 120, cpu: null, netout: "NaN", diskread: 0, diskwrite: 4096 },
      { time: 60, cpu: 0.1, netout: 10, diskread: 1, diskwrite: 2, pressureiosome: 3 },
      { time: 180 },
    ];
    expect(
      await readRates(
        client(() => rows),
        "pve",
        102,
      ),
    ).toEqual([
      { at: 60_000, cpu: 0.1, netout: 10, diskread: 1, diskwrite: 2, ioPressure: 3 },
      { at: 120_000, diskread: 0, diskwrite: 4096 },
      { at: 180_000 },
    ]);
  });

  it("asks for the hour where a day is kept in half hours", async () => {
    const asked: string[] = [];
    const answer = (_: string, query: Readonly<Record<string, string>> = {}) => {
      asked.push(query.timeframe ?? "");
      return query.timeframe === "day" ? [{ time: 1800 }, { time: 3600 }] : [{ time: 3540 }, { time: 3600 }];
    };
    expect((await readRates(client(answer), "pve", 102)).map(({ at }) => at)).toEqual([3_540_000, 3_600_000]);
    expect(asked).toEqual(["day", "hour"]);
  });
});

describe("agentAnswers", () => {
  const failing = (status: number, message: string) =>
    client(() => {
      throw new ProxmoxError(message, status);
    });

  it.each([
    ["an answer", client(() => ({ result: {} })), true],
    ["one that does not run", failing(500, "QEMU guest agent is not running"), false],
    [
      "one that does not answer in time",
      failing(500, "VM 102 qmp command 'guest-info' failed - got timeout"),
      false,
    ],
    ["none configured", failing(500, "No QEMU guest agent configured"), undefined],
    ["a token that may not ask", failing(403, "Permission check failed"), undefined],
  ])("%s", async (_, asked, expected) => {
    expect(await agentAnswers(asked, "pve", 102)).toBe(expected);
  });
});
