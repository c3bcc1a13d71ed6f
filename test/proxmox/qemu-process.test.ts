import { expect, test } from "vitest";
import { compareProcesses } from "../../proxmox/qemu-process.ts";

const at = (time: string, pid?: number) => ({
  startedAt: `2026-06-11T${time}Z`,
  ...(pid !== undefined && { pid }),
});

test.each([
  ["the same pid and start", at("16:48:31", 7), at("16:48:31", 7), "same"],
  ["the same pid, five seconds of rounding apart", at("16:48:31", 7), at("16:48:36", 7), "same"],
  ["the same pid, seen by a clock 50 s ahead", at("16:48:31", 7), at("16:49:21", 7), "unknown"],
  ["the same pid, seen by a clock 90 s behind", at("16:50:01", 7), at("16:48:31", 7), "unknown"],
  ["the same pid much later, after the node booted again", at("16:48:31", 7), at("17:02:00", 7), "another"],
  ["another pid within the same second", at("16:48:31", 7), at("16:48:31", 8), "another"],
  ["starts 5 s apart, the pid unknown", at("16:48:31"), at("16:48:36", 7), "same"],
  ["starts 6 s apart, the pid unknown", at("16:48:31"), at("16:48:37"), "unknown"],
  ["a VM that is stopped", at("16:48:31", 7), {}, "another"],
  ["a VM that was stopped", {}, at("16:48:31", 7), "another"],
])("%s", (_, before, now, compared) => {
  expect(compareProcesses(before, now)).toBe(compared);
});
