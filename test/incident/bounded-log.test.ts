import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { BoundedLog, type WriteBytes } from "../../incident/listener/bounded-log.ts";

const bounds = { fileBytes: 40, waitingBytes: 16 };

let folder: string;
let path: string;
const logs: BoundedLog[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "log-"));
  path = join(folder, "devvm.log");
});
afterEach(() => {
  for (const log of logs.splice(0)) log.close();
  rmSync(folder, { recursive: true });
});

function open(write?: WriteBytes): BoundedLog {
  const log = new BoundedLog(path, bounds, write);
  logs.push(log);
  return log;
}

function writeAll(log: BoundedLog, lines: readonly string[]) {
  for (const line of lines) log.append(line);
  return log.flush();
}

const text = (name = path) => readFileSync(name, "utf8");

/** Takes so many bytes and then says that the disk is full. */
function room(bytes: number): { write: WriteBytes; left: number } {
  const disk = {
    left: bytes,
    write: (file: number, data: Uint8Array) => {
      if (disk.left === 0) throw new Error("ENOSPC: no space left on device, write");
      const taken = writeSync(file, data.subarray(0, disk.left));
      disk.left -= taken;
      return taken;
    },
  };
  return disk;
}

test("lines are written together, and only its owner may read them", () => {
  expect(writeAll(open(), ["one", "two"])).toEqual({ written: 2, notWritten: 0 });
  expect(text()).toBe("one\ntwo\n");
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test("nothing is made before there is something to write", () => {
  expect(open().flush()).toEqual({ written: 0, notWritten: 0 });
  expect(readdirSync(folder)).toEqual([]);
});

test("it says when so much waits that it should be written", () => {
  const log = open();
  expect(log.append("0123456789")).toBe(false);
  expect(log.append("012345")).toBe(true);
});

test("a full file is kept once, in place of the one before", () => {
  const log = open();
  for (const letter of "abcde") writeAll(log, [letter.repeat(19)]);
  expect(readdirSync(folder).toSorted()).toEqual(["devvm.log", "devvm.log.1"]);
  expect(text()).toBe(`${"e".repeat(19)}\n`);
  expect(text(`${path}.1`)).toBe(`${"c".repeat(19)}\n${"d".repeat(19)}\n`);
});

test("a log that is there is continued, its size counted, a line that was cut off ended", () => {
  writeFileSync(path, "half a li");
  writeAll(open(), ["new"]);
  expect(text()).toBe("half a li\nnew\n");
  writeAll(open(), ["x".repeat(30)]);
  expect(text(`${path}.1`)).toBe("half a li\nnew\n");
});

test("a link in the place of a log is not followed", () => {
  const elsewhere = join(folder, "elsewhere");
  symlinkSync(elsewhere, path);
  const { written, notWritten, error } = writeAll(open(), ["one"]);
  expect([written, notWritten]).toEqual([0, 1]);
  expect(error).toContain("ELOOP");
  expect(readdirSync(folder)).toEqual(["devvm.log"]);
});

test("on a full disk lines are given up and counted, and later ones begin on a line of their own", () => {
  const disk = room(6);
  const log = open(disk.write);
  expect(writeAll(log, ["one", "two", "three"])).toEqual({
    written: 1,
    notWritten: 2,
    error: "ENOSPC: no space left on device, write",
  });
  expect(writeAll(log, ["four"])).toMatchObject({ written: 0, notWritten: 1 });
  disk.left = 100;
  expect(writeAll(log, ["five"])).toEqual({ written: 1, notWritten: 0 });
  expect(text()).toBe("one\ntw\nfive\n");
});
