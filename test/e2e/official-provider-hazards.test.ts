import { afterEach, expect, test } from "vitest";
import { Sandbox } from "../../demo/sandbox.ts";

/**
 * What the official provider does to VMs that it manages by itself: the reasons for VmConfig, kept as tests.
 * Each documents today's behaviour of proxmoxve 8.6.0. One that fails after an upgrade says that the provider
 * no longer does this: then change the test, and docs/decisions/004-vmlegacy-only-creates.md with it.
 */

let sandbox: Sandbox | undefined;
afterEach(async () => {
  const used = sandbox;
  sandbox = undefined;
  await used?.[Symbol.asyncDispose]();
});

const foreign = "local-lvm:vm-9999-pvc-hazard,backup=0,iothread=1,size=10G,wwn=0x5056432d00000001";

interface PlainVm {
  readonly writeMBps?: number;
  readonly vlan?: number;
}

/** A plain VmLegacy program, as one would write it from the provider's documentation. */
function plainProgram({ writeMBps = 60, vlan = 10 }: PlainVm = {}): string {
  return `
    import { VmLegacy } from "@muhlba91/pulumi-proxmoxve/vmLegacy.js";
    new VmLegacy("plain", {
      nodeName: "pve", vmId: 400, name: "plain", rebootAfterUpdate: false, scsiHardware: "virtio-scsi-single",
      cpu: { cores: 2 }, memory: { dedicated: 2048 }, agent: { enabled: false }, serialDevices: [],
      disks: [{ interface: "scsi0", datastoreId: "local-lvm", size: 8, iothread: true, aio: "threads",
                speed: { read: 60, write: ${writeMBps} } }],
      networkDevices: [{ bridge: "vmbr1", vlanId: ${vlan} }],
    }, { protect: true });
  `;
}

const emptyStack = "config: {}\n";

async function plainVm(): Promise<Sandbox> {
  sandbox = await Sandbox.open({ program: plainProgram(), stackFile: emptyStack });
  const up = await sandbox.pulumi(["up", "--yes", "--skip-preview"]);
  expect(up.output).toContain("2 created");
  await sandbox.control.forget();
  return sandbox;
}

test("official provider: one cap changed on scsi0 detaches a foreign disk that the preview does not show", async () => {
  const plain = await plainVm();
  await plain.control.attach(400, "scsi1", foreign);

  plain.writeProgram(plainProgram({ writeMBps: 70 }));
  const preview = await plain.pulumi(["preview", "--diff"]);
  expect(preview.output).toMatch(/write\s*: 60 => 70/);
  expect(preview.output).not.toContain("scsi1");

  const up = await plain.pulumi(["up", "--yes", "--skip-preview"]);
  expect(up.code).toBe(0);
  const puts = await plain.control.writes();
  expect(puts.some(({ body }) => body?.delete?.split(",").includes("scsi1"))).toBe(true);
  const { config } = await plain.control.vm(400);
  expect(config.scsi1).toBeUndefined();
  expect(Object.values(config).some((value) => String(value).includes("pvc-hazard"))).toBe(false);
});

test("official provider: a changed VLAN deletes a network device that somebody else added", async () => {
  const plain = await plainVm();
  await plain.control.act(400, "edit", { net1: "virtio=DE:AD:BE:EF:00:01,bridge=vmbr0" });

  plain.writeProgram(plainProgram({ vlan: 20 }));
  const preview = await plain.pulumi(["preview", "--diff"]);
  expect(preview.output).toMatch(/vlanId\s*: 10 => 20/);
  expect(preview.output).not.toContain("net1");

  const up = await plain.pulumi(["up", "--yes", "--skip-preview"]);
  expect(up.code).toBe(0);
  const { config } = await plain.control.vm(400);
  expect(config.net1).toBeUndefined();
});

test("official provider: a memory change also sends a name and a balloon that the preview does not show", async () => {
  const plain = await plainVm();
  plain.writeProgram(plainProgram().replace("dedicated: 2048", "dedicated: 4096"));
  const preview = await plain.pulumi(["preview", "--diff"]);
  expect(preview.output).toMatch(/dedicated\s*: 2048 => 4096/);
  expect(preview.output).not.toMatch(/balloon|name\s*:.*=>/);

  await plain.pulumi(["up", "--yes", "--skip-preview"]);
  const [put] = await plain.control.writes();
  expect(put?.body).toEqual({ memory: "4096", balloon: "0", name: "plain" });
});

test("official provider: an imported node whose CSI driver later detaches a disk cannot be read any more", async () => {
  const program = `
    import { VmLegacy } from "@muhlba91/pulumi-proxmoxve/vmLegacy.js";
    new VmLegacy("node2", { nodeName: "pve", vmId: 202, rebootAfterUpdate: false },
      { protect: true, import: "pve/202", ignoreChanges: ["*"] });
  `;
  sandbox = await Sandbox.open({ program, stackFile: emptyStack });
  const imported = await sandbox.pulumi(["up", "--yes", "--skip-preview"]);
  expect(imported.code, imported.output).toBe(0);

  await sandbox.control.act(202, "detach", { slot: "scsi3" });
  const refresh = await sandbox.pulumi(["preview", "--refresh"]);
  expect(refresh.code).not.toBe(0);
  expect(refresh.output).toContain("Missing required argument");
});
