import { join } from "node:path";
import { expect, test } from "vitest";
import { python, startEstate, startMirror, writes } from "./estate.ts";

const client = await python();
const playbook = join(import.meta.dirname, "programs/ansible-round.yml");

test.skipIf(client.skip)(
  `community.proxmox lists, creates, changes, snapshots, moves, migrates, clones and destroys${client.why}`,
  async () => {
    const estate = await startEstate();
    const mirror = await startMirror("fetched.iso");
    const output = await client.run(
      estate,
      [
        "-m",
        "ansible",
        "playbook",
        "--inventory",
        "localhost,",
        "--extra-vars",
        `mirror=${mirror}`,
        playbook,
      ],
      {
        ANSIBLE_HOME: join(estate.dir, "ansible"),
        ANSIBLE_COLLECTIONS_PATH: client.env.PYTHONPATH ?? "",
        ANSIBLE_NOCOLOR: "1",
        LC_ALL: "C.UTF-8",
        PWD: estate.dir,
      },
    );
    expect(output).toMatch(/localhost\s+: ok=\d+\s+changed=\d+\s+unreachable=0\s+failed=0/);
    expect(await writes(estate)).toEqual(
      expect.arrayContaining([
        "POST /nodes/pve/qemu",
        "PUT /nodes/pve/qemu/300/config",
        "PUT /nodes/pve/qemu/300/resize",
        "POST /nodes/pve/qemu/300/snapshot",
        "POST /nodes/pve/qemu/300/snapshot/before/rollback",
        "DELETE /nodes/pve/qemu/300/snapshot/before",
        "POST /nodes/pve/qemu/300/move_disk",
        "POST /nodes/pve/qemu/300/migrate",
        "POST /nodes/pve/qemu/900/clone",
        "POST /nodes/pve/storage/local/upload",
        "POST /nodes/pve/storage/local/download-url",
        "DELETE /nodes/pve2/qemu/300",
        "DELETE /nodes/pve/qemu/301",
      ]),
    );
    expect(await estate.control.unknown()).toEqual([]);
  },
);
