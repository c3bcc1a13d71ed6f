import { expect, test } from "vitest";
import { isSameProcess, processStateOf } from "../../incident/autopsy/vm-process.ts";

const now = new Date("2026-06-11T16:40:00.400Z");

test("a process is known by its id and its start, which is what the uptime says", () => {
  const answer = { status: "running", pid: 1544121, uptime: 3600, ha: { managed: 1 }, lock: "backup" };
  expect(processStateOf(answer, now)).toEqual({
    running: true,
    haManaged: true,
    lock: "backup",
    process: { pid: 1544121, started: "2026-06-11T15:40:00.000Z" },
  });
});

test("a stopped VM has none, and what is no status is none", () => {
  expect(processStateOf({ status: "stopped", uptime: 0 }, now)).toEqual({ running: false, haManaged: false });
  expect(processStateOf({ data: 1 }, now)).toBeUndefined();
});

test("the same id at another time is another process; whole seconds of uptime are not", () => {
  const started = (time: string, pid = 7) => ({ pid, started: time });
  const one = started("2026-06-11T15:40:00.000Z");
  expect(isSameProcess(one, started("2026-06-11T15:40:01.000Z"))).toBe(true);
  expect(isSameProcess(one, started("2026-06-11T15:40:30.000Z"))).toBe(false);
  expect(isSameProcess(one, started("2026-06-11T15:40:00.000Z", 8))).toBe(false);
});
