import { join } from "node:path";
import { expect, test } from "vitest";
import { runClient, startEstate } from "./estate.ts";

const program = join(import.meta.dirname, "programs/proxmox-api-round.mjs");

test("the npm package proxmox-api lists, creates, changes, snapshots, moves, migrates, clones and destroys", async () => {
  const estate = await startEstate();
  expect(await runClient(estate, process.execPath, [program])).toBe("round done\n");
  expect(await estate.control.unknown()).toEqual([]);
});
