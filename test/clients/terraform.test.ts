import { spawnSync } from "node:child_process";
import { copyFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { terraformProvider } from "../../toolchain/terraform-provider.mjs";
import { type Estate, runClient, startEstate, startMirror, writes } from "./estate.ts";

const works = (command: string, ...args: string[]) => spawnSync(command, args).status === 0;
const missing = [
  ...(works("terraform", "version") ? [] : ["there is no terraform"]),
  ...(works("go", "version") ? [] : ["there is no go, of which bpg's provider is built"]),
];
const why = missing.length === 0 ? "" : ` (skipped: ${missing.join(", ")})`;

let provider = "";
beforeAll(async () => {
  if (missing.length === 0) provider = await terraformProvider((message) => console.error(message));
});

/** A folder with the module, whose provider needs neither `init` nor a registry. */
async function prepare(estate: Estate): Promise<(...args: readonly string[]) => Promise<string>> {
  const mirror = await startMirror("fetched.iso");
  const image = join(estate.dir, "small.iso");
  writeFileSync(image, Buffer.alloc(2048, 7));
  copyFileSync(join(import.meta.dirname, "programs/terraform-round.tf"), join(estate.dir, "main.tf"));
  const overrides = `provider_installation {
  dev_overrides {
    "bpg/proxmox" = "${dirname(provider)}"
  }
}
`;
  writeFileSync(join(estate.dir, "cli.tfrc"), overrides);
  const { PVE_ENDPOINT = "", PVE_API_TOKEN = "" } = estate.env;
  return (...args) =>
    runClient(estate, "terraform", args, {
      TF_CLI_CONFIG_FILE: join(estate.dir, "cli.tfrc"),
      CHECKPOINT_DISABLE: "1",
      PROXMOX_VE_ENDPOINT: PVE_ENDPOINT,
      PROXMOX_VE_API_TOKEN: PVE_API_TOKEN,
      TF_VAR_mirror: mirror,
      TF_VAR_image: image,
    });
}

test.skipIf(missing.length > 0)(
  `Terraform with bpg's provider lists, creates, clones, changes, moves, migrates and destroys${why}`,
  async () => {
    const estate = await startEstate();
    const terraform = await prepare(estate);
    const steps = ["cores=2", "storage=ceph", "node=pve2"].map((step) => `-var=${step}`);
    const apply = (count: number) =>
      terraform("apply", "-input=false", "-no-color", "-auto-approve", ...steps.slice(0, count));

    const created = await apply(0);
    expect(created).toContain('nodes = "pve,pve2"');
    expect(created).toContain('vms = "golden,web"');
    expect(created).toContain('containers = "dns"');
    await apply(1);
    expect((await estate.control.vm(300)).config).toMatchObject({ cores: "2" });
    await apply(2);
    expect((await estate.control.vm(300)).config.scsi0).toMatch(/^ceph:vm-300-disk-\d,.*size=5G/);
    await apply(3);
    expect(await estate.control.vm(300)).toMatchObject({ node: "pve2" });
    const settled = await terraform("plan", "-input=false", "-no-color", "-detailed-exitcode", ...steps);
    expect(settled).toContain("No changes.");
    await terraform("destroy", "-input=false", "-no-color", "-auto-approve", ...steps);
    expect(await writes(estate)).toEqual(
      expect.arrayContaining([
        "POST /nodes/pve/qemu",
        "POST /nodes/pve/qemu/900/clone",
        "POST /nodes/pve/qemu/300/move_disk",
        "POST /nodes/pve/qemu/300/migrate",
        "DELETE /nodes/pve2/qemu/300",
        "DELETE /nodes/pve/qemu/301",
      ]),
    );
    expect(await estate.control.unknown()).toEqual([]);
  },
);
