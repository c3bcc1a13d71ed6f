import { describe, expect, it } from "vitest";
import { lookBetween } from "../../../incident/stalls/counter-looks.ts";
import { usualRule } from "../../../incident/stalls/stall-rule.ts";
import { utc } from "./incident.ts";
import { busy, calls, type Minute, samplesOf, times, verdicts } from "./series.ts";

const start = utc("10:00");
const still: Minute = { writes: { scsi0: 0 }, cpu: 0.4, netout: 5_000 };
const callsOf = (minutes: readonly Minute[]) => calls(samplesOf(minutes, start));

/** Twenty busy minutes, then ten in which the drive stands still with two votes. */
const stalled = [...times(20, busy), ...times(10, still)];

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

describe("each signal votes", () => {
  const quiet: Minute = { ...busy, writes: { scsi0: 0 } };
  const votesFor = (before: Minute, now: Minute) => {
    const minutes = [...times(20, { ...busy, ...before }), ...times(5, { ...quiet, ...now })];
    return verdicts(samplesOf(minutes, start))
      .at(-1)
      ?.verdict.drives.flatMap(({ votes }) => votes.map(({ signal }) => signal));
  };

  it.each([
    ["the agent, when it answered before and does not now", { agent: true }, { agent: false }, ["agent"]],
    ["no agent that never answered", { agent: false }, { agent: false }, []],
    ["CPU, from a quarter and three points more", { cpu: 0.2 }, { cpu: 0.26 }, ["cpu"]],
    ["no CPU below that", { cpu: 0.2 }, { cpu: 0.24 }, []],
    ["no CPU that is next to nothing", { cpu: 0.01 }, { cpu: 0.03 }, []],
    ["the network, at a quarter of what it was", { netout: 100_000 }, { netout: 25_000 }, ["network"]],
    ["no network at a third", { netout: 100_000 }, { netout: 33_000 }, []],
    ["no network that was next to nothing", { netout: 8_000 }, { netout: 0 }, []],
    ["pressure, from 20 percent and twice what it was", { ioPressure: 5 }, { ioPressure: 20 }, ["pressure"]],
    ["no pressure that is usual", { ioPressure: 15 }, { ioPressure: 25 }, []],
  ])("%s", (_, before, now, expected) => {
    expect(votesFor(before, now)).toEqual(expected);
  });
});

describe("samples that are not as they should be", () => {
  it("a missed look leaves a standstill one: counters that did not move say so of the whole time", () => {
    const minutes = stalled.map((minute, index) => (index === 21 ? { ...minute, missed: true } : minute));
    expect(callsOf(minutes)).toEqual(["10:23 scsi0"]);
  });

  it("looks that QMP did not answer are bridged by the counters before and after", () => {
    const minutes = stalled.map((minute, index) => (index === 21 ? { ...minute, silent: true } : minute));
    expect(callsOf(minutes)).toEqual(["10:23 scsi0"]);
  });

  it("a clock that is set back changes nothing until it has caught up", () => {
    const samples = samplesOf(stalled, start);
    const skewed = samples.flatMap((sample, index) =>
      index === 21 ? [{ ...sample, at: start }, sample] : [sample],
    );
    expect(calls(skewed)).toEqual(["10:22 scsi0"]);
  });

  it("counters that go back in the same process say nothing, and what was watched before counts no more", () => {
    const samples = samplesOf(stalled, start).map((sample, index) => {
      const scsi0 = sample.drives?.scsi0;
      if (index < 20 || scsi0 === undefined) return sample;
      return { ...sample, drives: { scsi0: { ...scsi0, writeOperations: 5, writtenBytes: 5 } } };
    });
    expect(calls(samples)).toEqual([]);
  });

  it("an hour without any look does not end in a call, whatever was before", () => {
    const minutes = [...times(20, busy), ...times(60, { ...busy, missed: true }), busy, ...times(10, still)];
    expect(callsOf(minutes)).toEqual([]);
  });

  it("rates that are missing are no zeros", () => {
    const rates = samplesOf(stalled, start).map(({ at }, index) => ({
      at,
      cpu: index < 20 ? 0.1 : 0.4,
      netout: index < 20 ? 380_000 : 7_000,
      ...(index < 20 && { diskread: 0, diskwrite: 4096 }),
    }));
    expect(calls(samplesOf(stalled, start).slice(-1), rates)).toEqual([]);
  });

  it("rates of the process before say nothing of the one that runs", () => {
    const rates = samplesOf(stalled, start).map(({ at }, index) => ({
      at,
      cpu: index < 20 ? 0.1 : 0.4,
      netout: index < 20 ? 380_000 : 7_000,
      diskread: 0,
      diskwrite: index < 20 ? 4096 : 0,
    }));
    const last = samplesOf(stalled, start).slice(-1);
    expect(calls(last, rates)).toEqual(["10:29 scsi0"]);
    expect(
      calls(
        last.map((sample) => ({ ...sample, uptime: 9 * 60 })),
        rates,
      ),
    ).toEqual([]);
  });

  it("at 15 seconds a look, a call still takes two minutes of standing still", () => {
    const samples = samplesOf([...times(80, busy), ...times(40, still)], start, 15);
    const [first] = verdicts(samples).filter(({ verdict }) => verdict.drives[0]?.state === "stalled");
    expect(new Date(first?.at ?? 0).toISOString()).toBe("2026-06-11T10:21:45.000Z");
  });
});

describe("what a look is made of", () => {
  const [first, second] = samplesOf([busy, busy], start);
  if (first === undefined || second === undefined) throw new Error("no samples");

  it("is nothing between two samples of one time, or of times that run backwards", () => {
    expect(lookBetween(first, { ...second, at: first.at }, usualRule)).toBeUndefined();
    expect(lookBetween(second, first, usualRule)).toBeUndefined();
    expect(lookBetween(first, second, usualRule)).toMatchObject({ from: first.at, to: second.at });
  });

  it("is of another process when the pid is another, or when only its uptime says so", () => {
    const { pid: _, ...nameless } = second;
    expect(lookBetween(first, { ...second, pid: 7 }, usualRule)).toMatchObject({
      restarted: true,
      drives: {},
    });
    expect(lookBetween(first, { ...nameless, uptime: 400 }, usualRule)).toMatchObject({ restarted: true });
    expect(lookBetween(first, nameless, usualRule)).not.toHaveProperty("restarted");
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
