import { describe, expect, it } from "vitest";
import { incidentRates, incidentSamples, utc } from "./incident.ts";
import { calls, verdicts } from "./series.ts";

const samples = incidentSamples();

describe("the incident of 2026-06-11, minute by minute from 15:15 to 16:50 UTC", () => {
  it("is called at 15:23, two minutes after the first row without a write", () => {
    expect(calls(samples)).toEqual(["15:23 scsi0"]);
  });

  it("names the drive, since when, and the two signals that voted", () => {
    const called = verdicts(samples).find(({ at }) => at === utc("15:23"));
    expect(called?.verdict).toMatchObject({
      drives: [
        {
          slot: "scsi0",
          state: "stalled",
          since: utc("15:21"),
          lastMoved: utc("15:20"),
          calledAt: utc("15:23"),
          votes: [
            { signal: "cpu", now: expect.closeTo(0.153, 3) },
            { signal: "network", before: 380_000, now: 7_000 },
          ],
        },
      ],
    });
  });

  it("is said in every minute until the kill, and in none after it", () => {
    const stalled = verdicts(samples).filter(({ verdict }) =>
      verdict.drives.some(({ state }) => state === "stalled"),
    );
    expect(stalled.map(({ at }) => at)).toEqual(
      Array.from({ length: 85 }, (_, index) => utc("15:23") + index * 60_000),
    );
    expect(stalled.at(-1)?.at).toBe(utc("16:47"));
    const after = verdicts(samples).filter(({ at }) => at > utc("16:47"));
    expect(after.map(({ verdict }) => verdict.excluded)).toEqual(["stopped", "booting", "booting"]);
  });

  it("is called at once by who first looks at 15:30, from the host's own rates", () => {
    const late = samples.filter(({ at }) => at >= utc("15:30"));
    const [first] = verdicts(late, incidentRates());
    expect(first?.verdict.drives).toMatchObject([
      { slot: "scsi0", state: "stalled", since: utc("15:21"), calledAt: utc("15:23") },
    ]);
  });

  it("is called as well by who first looks at 16:30, 70 minutes into it", () => {
    const late = samples.filter(({ at }) => at >= utc("16:30"));
    expect(calls(late, incidentRates())).toEqual(["16:30 scsi0"]);
  });

  it("cannot be called by who never saw the drive write", () => {
    const late = samples.filter(({ at }) => at >= utc("15:22"));
    expect(calls(late)).toEqual([]);
  });
});
