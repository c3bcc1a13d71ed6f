import { expect, test } from "vitest";
import { canonicalDrive } from "../../emulator/drive-write.ts";
import { ApiError } from "../../emulator/errors.ts";
import cases from "./drive-canonical.json" with { type: "json" };

interface Case {
  readonly slot: string;
  readonly input: string;
  readonly stored?: string;
  readonly error?: string;
}

function answer({ slot, input }: Case): Pick<Case, "stored" | "error"> {
  try {
    return { stored: canonicalDrive(slot, input) };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    expect(error.status).toBe(400);
    return { error: error.errors?.[slot] ?? "" };
  }
}

function expected({ stored, error }: Case): Pick<Case, "stored" | "error"> {
  return stored === undefined ? { error: error ?? "" } : { stored };
}

test("there are fifty recorded answers", () => {
  expect(cases).toHaveLength(50);
});

test.each(cases as Case[])("Proxmox's own answer is reproduced for $slot: $input", (recorded) => {
  expect(answer(recorded)).toEqual(expected(recorded));
});
