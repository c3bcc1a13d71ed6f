import { describe, expect, it } from "vitest";
import { utc } from "./incident.ts";
import { busy, type Minute, samplesOf, times, verdicts } from "./series.ts";

const start = utc("10:00");

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
