import { describe, expect, it } from "vitest";
import { Random } from "../../../emulator/random.ts";
import { guests } from "./idle-day.ts";
import { utc } from "./incident.ts";
import { calls, samplesOf, times, verdicts } from "./series.ts";

const seeds = Array.from({ length: 8 }, (_, seed) => seed);

/** Does not prove that no guest anywhere is called: only those whose days are written down here. */
describe("a day of guests in which nothing is wrong", () => {
  it.each(Object.entries(guests))("%s: no call in eight days of 1440 looks", (_, guest) => {
    const called = seeds.flatMap((seed) => calls(samplesOf(guest(new Random(seed)), utc("00:00"))));
    expect(called).toEqual([]);
  });

  it.each(Object.entries(guests))("%s: and when it does stall, it is called", (_, guest) => {
    const writing = times(30, { writes: { scsi0: 100 }, cpu: 0.1, netout: 300_000 });
    const stuck = times(15, { writes: { scsi0: 0 }, cpu: 0.5, netout: 0 });
    const day = [...guest(new Random(1)).slice(0, 100), ...times(70, writing[0] ?? {}), ...stuck];
    const said = verdicts(samplesOf(day, utc("00:00")));
    expect(said.at(-1)?.verdict.drives[0]).toMatchObject({ slot: "scsi0", state: "stalled" });
  });
});
