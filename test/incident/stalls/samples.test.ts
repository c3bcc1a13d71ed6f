import { describe, expect, it } from "vitest";
import { lookBetween } from "../../../incident/stalls/counter-looks.ts";
import { usualRule } from "../../../incident/stalls/stall-rule.ts";
import { utc } from "./incident.ts";
import { busy, calls, type Minute, samplesOf, stalled, still, times, verdicts } from "./series.ts";

const start = utc("10:00");
const callsOf = (minutes: readonly Minute[]) => calls(samplesOf(minutes, start));

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
