import { expect, test } from "vitest";
import { NotAvailable, runStep, type Step } from "../../incident/autopsy/step.ts";

const never = new AbortController().signal;
const step = (run: Step["run"], seconds = 5): Step => ({
  name: "s",
  file: "s.txt",
  need: "required",
  seconds,
  run,
});

test("what a step answers is captured", async () => {
  expect(
    await runStep(
      step(async () => "text"),
      never,
    ),
  ).toEqual({ outcome: "captured", content: "text" });
});

test("a step that hangs and does not listen is given up at its own time-out", async () => {
  const hang = step(() => new Promise(() => undefined), 0.02);
  expect(await runStep(hang, never)).toEqual({ outcome: "timed out", reason: "no answer within 0.02 s" });
});

test("a step that listens hears that its time is over", async () => {
  let heard = false;
  const listening = step(
    (signal) =>
      new Promise((_, reject) => {
        signal.addEventListener("abort", () => {
          heard = true;
          reject(new Error("aborted"));
        });
      }),
    0.02,
  );
  expect((await runStep(listening, never)).outcome).toBe("timed out");
  expect(heard).toBe(true);
});

test("a failure is its message, and what cannot be had here is told apart", async () => {
  const failing = step(() => Promise.reject(new Error("no such file")));
  expect(await runStep(failing, never)).toEqual({ outcome: "failed", reason: "no such file" });
  const absent = step(() => Promise.reject(new NotAvailable("needs the node")));
  expect(await runStep(absent, never)).toEqual({ outcome: "not available", reason: "needs the node" });
});

test("the user's end ends a step at once", async () => {
  const ended = new AbortController();
  const running = runStep(
    step(() => new Promise(() => undefined)),
    ended.signal,
  );
  ended.abort();
  expect(await running).toEqual({ outcome: "failed", reason: "the capture was ended by hand" });
});
