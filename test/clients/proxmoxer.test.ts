import { join } from "node:path";
import { expect, test } from "vitest";
import { python, startEstate, startMirror } from "./estate.ts";

const client = await python();
const program = join(import.meta.dirname, "programs/proxmoxer-round.py");

test.skipIf(client.skip)(
  `proxmoxer lists, creates, changes, snapshots, moves, migrates, clones and destroys${client.why}`,
  async () => {
    const estate = await startEstate();
    const mirror = await startMirror("fetched.iso");
    expect(await client.run(estate, [program, mirror])).toBe("round done\n");
    expect(await estate.control.unknown()).toEqual([]);
  },
);
