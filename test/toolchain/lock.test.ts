import { existsSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { withLock } from "../../toolchain/lock.mjs";

let dir = "";
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "toolchain-lock-"));
});
afterEach(() => {
  rmSync(dir, { recursive: true });
});

test("the second of two waits for the first, says so once, and the lock is gone afterwards", async () => {
  const file = join(dir, "new", "lock");
  const events: string[] = [];
  const { promise: firstMayEnd, resolve: endFirst } = Promise.withResolvers<void>();
  const first = withLock(
    file,
    () => events.push("first waits"),
    async () => {
      events.push("first begins");
      await firstMayEnd;
      events.push("first ends");
    },
  );
  const second = withLock(
    file,
    () => {
      events.push("second waits");
      endFirst();
    },
    async () => {
      events.push("second begins");
    },
  );
  await Promise.all([first, second]);
  expect(events).toEqual(["first begins", "second waits", "first ends", "second begins"]);
  expect(existsSync(file)).toBe(false);
});

test("the lock is given back when the work fails", async () => {
  const file = join(dir, "lock");
  await expect(
    withLock(
      file,
      () => {},
      () => Promise.reject(new Error("no room")),
    ),
  ).rejects.toThrow("no room");
  expect(existsSync(file)).toBe(false);
});

test("a lock that nobody touched for a minute is taken over without waiting", async () => {
  const file = join(dir, "lock");
  writeFileSync(file, "");
  const longAgo = new Date(Date.now() - 61_000);
  utimesSync(file, longAgo, longAgo);
  let waited = false;
  const result = await withLock(
    file,
    () => {
      waited = true;
    },
    async () => "done",
  );
  expect({ result, waited }).toEqual({ result: "done", waited: false });
});
