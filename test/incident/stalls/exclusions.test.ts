import { describe, expect, it } from "vitest";
import { usualRule } from "../../../incident/stalls/stall-rule.ts";
import { utc } from "./incident.ts";
import { busy, calls, type Minute, samplesOf, stalled, still, times, verdicts } from "./series.ts";

const start = utc("10:00");
const callsOf = (minutes: readonly Minute[]) => calls(samplesOf(minutes, start));

/** Each of them is the stalled series but for one thing, and must not be called. */
const excluded: readonly [string, readonly Minute[]][] = [
  ["paused", [...times(20, busy), ...times(10, { ...still, qmpstatus: "paused" })]],
  ["migrating", [...times(20, busy), ...times(10, { ...still, lock: "migrate" })]],
  ["stopped", [...times(20, busy), ...times(10, { ...still, status: "stopped" as const })]],
  ["not answering over QMP", [...times(20, busy), ...times(10, { ...still, silent: true })]],
  ["booting", [{ ...busy, restart: true }, ...times(5, still)]],
  [
    "young, so that only its boot was seen writing",
    [{ ...busy, restart: true }, ...times(6, busy), ...times(10, still)],
  ],
  ["restarted in between", [...times(20, busy), { ...still, restart: true }, ...times(9, still)]],
  ["still flushing", [...times(20, busy), ...times(10, { ...still, reads: { scsi0: 1 } })]],
  ["only two looks long", [...times(20, busy), ...times(2, still), busy]],
  [
    "one that wrote every third minute only",
    [...times(10, [busy, busy, still, still]).flat(), ...times(4, still)],
  ],
  [
    "one with a pause of four minutes before",
    [...times(20, busy), ...times(4, { ...still, cpu: 0.11 }), ...times(20, busy), ...times(8, still)],
  ],
  ["watched for four minutes before", [...times(5, busy), ...times(10, still)]],
  [
    "one that only ever read",
    [...times(20, { ...busy, writes: { scsi0: 0 }, reads: { scsi0: 600 } }), ...times(10, still)],
  ],
  ["idle: CPU falls with the network", [...times(20, busy), ...times(10, { ...still, cpu: 0.01 })]],
  [
    "computing: CPU climbs, the network goes on",
    [...times(20, busy), ...times(10, { ...still, netout: 380_000 })],
  ],
];

describe("a drive that stands still is not stalled", () => {
  it("unless it is: the series that the others differ from is called after three minutes", () => {
    expect(callsOf(stalled)).toEqual(["10:22 scsi0"]);
  });

  it.each(excluded)("when the VM is %s", (_, minutes) => {
    expect(callsOf(minutes)).toEqual([]);
  });

  it("when another drive of the VM goes on and only two signals vote", () => {
    const beside = stalled.map((minute) => ({ ...minute, writes: { ...minute.writes, scsi1: 10 } }));
    const before = times(20, { ...busy, writes: { scsi0: 600, scsi1: 10 } });
    const minutes = [...before, ...times(10, { ...still, writes: { scsi0: 0, scsi1: 10 } })];
    expect(beside).toHaveLength(30);
    expect(callsOf(minutes)).toEqual([]);
    expect(callsOf([...before.map(answering), ...minutes.slice(20).map(silent)])).toEqual(["10:22 scsi0"]);
  });
});

const answering = (minute: Minute): Minute => ({ ...minute, agent: true });
const silent = (minute: Minute): Minute => ({ ...minute, agent: false });

describe("what is said instead", () => {
  const last = (minutes: readonly Minute[]) => verdicts(samplesOf(minutes, start)).at(-1)?.verdict;

  it.each([
    ["paused", { qmpstatus: "paused" }, { excluded: "not running", detail: "paused" }],
    ["QEMU's stop on an error", { qmpstatus: "io-error" }, { excluded: "io-error" }],
    ["a migration", { lock: "migrate" }, { excluded: "locked", detail: "migrate" }],
    ["a stopped VM", { status: "stopped" as const }, { excluded: "stopped" }],
    ["no answer over QMP", { silent: true }, { excluded: "unanswered" }],
  ])("%s", (_, change, expected) => {
    expect(last([...times(20, busy), { ...still, ...change }])).toMatchObject(expected);
  });

  it("suspected, for one vote", () => {
    expect(last([...times(20, busy), ...times(10, { ...still, netout: 380_000 })])).toMatchObject({
      drives: [{ slot: "scsi0", state: "suspected", since: utc("10:20"), votes: [{ signal: "cpu" }] }],
    });
  });

  it("quiet, for none", () => {
    expect(
      last([...times(20, busy), ...times(10, { writes: { scsi0: 0 }, cpu: 0.11, netout: 380_000 })]),
    ).toMatchObject({ drives: [{ slot: "scsi0", state: "quiet", votes: [] }] });
  });
});

describe("a drive that is not watched long enough to be judged by itself", () => {
  it("is judged with all drives together, unless it stood still before the others did", () => {
    const rates = times(20, 0).map((_, index) => ({
      at: start - (19 - index) * 60_000,
      cpu: 0.1,
      netout: 380_000,
      diskread: 0,
      diskwrite: 4096,
    }));
    const beside = { writes: { scsi0: 600, scsi1: 0 }, cpu: 0.1, netout: 380_000 };
    const both = { ...still, writes: { scsi0: 0, scsi1: 0 } };
    const samples = samplesOf([...times(4, beside), ...times(5, both)], start);
    expect(calls(samples, rates)).toEqual(["10:06 scsi0"]);
    expect(
      verdicts(samples, rates)
        .at(-1)
        ?.verdict.drives.map(({ state }) => state),
    ).toEqual(["stalled", "quiet"]);
  });
});

describe("drives that never wrote, such as firmware and CD-ROMs", () => {
  it("are not spoken of, however still they stand", () => {
    const firmware = {
      readOperations: 40,
      writeOperations: 0,
      flushOperations: 0,
      otherOperations: 0,
      readBytes: 163_840,
      writtenBytes: 0,
    };
    const samples = samplesOf(stalled, start).map((sample) => ({
      ...sample,
      drives: { ...sample.drives, efidisk0: firmware },
    }));
    expect(
      verdicts(samples)
        .at(-1)
        ?.verdict.drives.map(({ slot }) => slot),
    ).toEqual(["scsi0"]);
  });
});

describe("a stall that was called", () => {
  it("ends with its process, also when nobody looked until the next one had booted", () => {
    const away = times(9, { ...busy, missed: true });
    const minutes = [...stalled, { ...busy, restart: true, missed: true }, ...away, busy, busy];
    expect(verdicts(samplesOf(minutes, start)).at(-1)?.verdict.drives).toEqual([
      { slot: "scsi0", state: "moving", votes: [] },
    ]);
    expect(verdicts(samplesOf(minutes, start)).at(-2)?.verdict.drives).toEqual([
      { slot: "scsi0", state: "moving", votes: [] },
    ]);
  });

  it("ends with the first operation that is completed", () => {
    const minutes = [...stalled, busy];
    expect(verdicts(samplesOf(minutes, start)).at(-1)?.verdict.drives).toEqual([
      { slot: "scsi0", state: "moving", votes: [] },
    ]);
  });

  it("goes on while the VM is paused, and when its signals no longer vote", () => {
    const minutes = [...stalled, { ...still, qmpstatus: "paused" }, { ...still, cpu: 0.01, netout: 380_000 }];
    const states = verdicts(samplesOf(minutes, start)).map(({ verdict }) => verdict.drives[0]?.state);
    expect(states.slice(-2)).toEqual(["stalled", "stalled"]);
  });

  it("is called again when it comes back after five minutes of writing", () => {
    expect(callsOf([...stalled, ...times(7, busy), ...times(5, still)])).toEqual([
      "10:22 scsi0",
      "10:39 scsi0",
    ]);
  });

  it("is called by one vote, where the rule asks for one", () => {
    const minutes = [...times(20, busy), ...times(10, { ...still, netout: 380_000 })];
    expect(calls(samplesOf(minutes, start), [], { ...usualRule, votes: 1 })).toEqual(["10:22 scsi0"]);
  });
});
