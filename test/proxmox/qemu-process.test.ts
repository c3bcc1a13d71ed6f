import { expect, test } from "vitest";
import { isSameProcess } from "../../proxmox/qemu-process.ts";

const at = (time: string, pid?: number) => ({
  startedAt: `2026-06-11T${time}Z`,
  ...(pid !== undefined && { pid }),
});

test.each([
  ["the same pid and start", at("16:48:31", 7), at("16:48:31", 7), true],
  ["the same pid, seen by a clock 50 s ahead", at("16:48:31", 7), at("16:49:21", 7), true],
  ["the same pid after the node booted again", at("16:48:31", 7), at("16:52:00", 7), false],
  ["another pid within the same second", at("16:48:31", 7), at("16:48:31", 8), false],
  ["starts 5 s apart, the pid unknown", at("16:48:31"), at("16:48:36", 7), true],
  ["starts 6 s apart, the pid unknown", at("16:48:31"), at("16:48:37"), false],
  ["a VM that is stopped", at("16:48:31", 7), {}, false],
  ["a VM that was stopped", {}, at("16:48:31", 7), false],
])("%s", (_, before, now, same) => {
  expect(isSameProcess(before, now)).toBe(same);
});
