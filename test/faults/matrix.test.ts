import { afterAll, beforeAll, expect, test } from "vitest";
import { foreignDrive } from "./estate.ts";
import { Matrix, type Round } from "./matrix.ts";
import { documentedTable, faultTable } from "./table.ts";
import { ownedPaths, saidIn, upcoming, wrongPaths } from "./truth.ts";

let matrix: Matrix;
let rounds: Round[];
beforeAll(async () => {
  matrix = await Matrix.open();
  rounds = await matrix.run();
});
afterAll(() => matrix[Symbol.asyncDispose]());

/** Rounds that break a promise, each with what is wrong. */
function broken(promise: (round: Round) => unknown): string[] {
  return rounds.flatMap((round) => {
    const wrong = promise(round);
    const { fault, operation, label, vmid } = round;
    return wrong === undefined || wrong === false
      ? []
      : [`${fault.name}, ${operation.name}, ${label} (VM ${vmid}): ${String(wrong)}`];
  });
}

test("every fault hits every request that it can, and the emulator knows all of them", async () => {
  expect(rounds.length).toBeGreaterThan(300);
  expect(await matrix.control.unknown()).toEqual([]);
});

test("an operation ends done, or with one error that names the VM", () => {
  expect(broken(({ error, vmid }) => error !== undefined && !error.includes(String(vmid)) && error)).toEqual(
    [],
  );
});

test("an operation that ends done did what was declared", () => {
  expect(
    broken(({ error, after, operation, vmid }) => {
      if (error !== undefined || after === undefined) return undefined;
      const wrong = wrongPaths(after, operation.declared(vmid));
      return wrong.length > 0 && wrong;
    }),
  ).toEqual([]);
});

test("an error that stops a change accounts for every change, and what it says is true", () => {
  expect(
    broken(({ error, after, operation, vmid }) => {
      if (error === undefined || after === undefined || operation.name === "read") return undefined;
      const { written, missing, doubtful, nothing } = saidIn(error);
      if (nothing !== (written.size === 0 && doubtful.size === 0))
        return `says nothing of its writes: ${error}`;
      const lies = [
        ...[...written].filter(([path, to]) => upcoming(after, path) !== to),
        ...[...missing].filter(([path, to]) => upcoming(after, path) === to),
      ];
      const silent = wrongPaths(after, operation.declared(vmid)).filter(
        (path) => !nothing && !missing.has(path) && !doubtful.has(path),
      );
      return (lies.length > 0 || silent.length > 0) && `${lies.join("; ")}; unmentioned ${silent}; ${error}`;
    }),
  ).toEqual([]);
});

test("outputs hold what is declared, and say of everything that only waits that it waits", () => {
  expect(
    broken(({ outputs, after }) => {
      if (outputs === undefined || after === undefined) return undefined;
      const waiting = (outputs.waiting as { path: string }[]).map(({ path }) => path).toSorted();
      const pending = ownedPaths(outputs)
        .map(([path]) => path)
        .filter((path) => upcoming(after, path) !== upcoming({ ...after, pending: {} }, path))
        .toSorted();
      return waiting.join() !== pending.join() && `says ${waiting}, waits ${pending}`;
    }),
  ).toEqual([]);
});

test("the next up converges, except where the VM is gone, and the one after it writes nothing", () => {
  expect(
    broken(({ nextError, afterNext, operation, vmid, lastWrites }) => {
      if (afterNext === undefined) return !nextError?.includes("no node has a VM with this id") && nextError;
      return (
        nextError ?? (wrongPaths(afterNext, operation.declared(vmid)).join() || (lastWrites > 0 && "writes"))
      );
    }),
  ).toEqual([]);
});

test("no fault ever costs a foreign disk a single byte", () => {
  expect(
    broken(
      ({ after, afterNext, vmid }) =>
        [after, afterNext].some((vm) => vm !== undefined && vm.config.scsi1 !== foreignDrive(vmid)) &&
        "scsi1 changed",
    ),
  ).toEqual([]);
});

test("docs/reliability.md has this table; node test/faults/write-table.ts writes it", () => {
  expect(documentedTable()).toBe(faultTable(rounds));
});
