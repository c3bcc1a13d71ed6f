import { expect, test } from "vitest";
import { canonicalDrive } from "../../emulator/drive-write.ts";
import { ApiError } from "../../emulator/errors.ts";
import { buildEstate, parseSeed } from "../../emulator/seed.ts";
import cases from "./drive-canonical.json" with { type: "json" };

interface Case {
  readonly slot: string;
  readonly input: string;
  readonly stored?: string;
  readonly error?: string;
}

const { storages } = buildEstate(
  parseSeed({
    nodes: [{ name: "pve", cores: 4, memoryGiB: 8, bridges: [] }],
    storages: ["local", "local-lvm"].map((name) => ({
      name,
      type: name === "local" ? "dir" : "lvmthin",
      content: ["images", "iso"],
      totalGiB: 100,
    })),
    vms: [],
  }),
);

function answer({ slot, input }: Case): Pick<Case, "stored" | "error"> {
  try {
    return { stored: canonicalDrive(storages, slot, input) };
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
