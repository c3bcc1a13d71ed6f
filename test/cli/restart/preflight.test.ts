import { expect, test } from "vitest";
import { bootSources, nameKind, rootOf } from "../../../cli/restart/mount-names.ts";
import { judgePreflight } from "../../../cli/restart/preflight.ts";
import { incident, seedWith, type WaitingEstate, waitingEstate } from "./waiting-estate.ts";

const release = "6.8.0-60-generic";
const guest = seedWith(102, {}).vms.find(({ vmid }) => vmid === 102)?.guest ?? {};
const files = guest.files ?? {};
const yes = ["restart", "devvm", "--yes"];
const way =
  "allowed is a change that the pre-flight passes; correct what it names and run again, or say --skip-preflight if you know that the guest comes up; nothing was done\n";

/** The error of a restart of VM 102 whose guest is so, and what it said of the guest before. */
async function refused(change: object, estate?: WaitingEstate): Promise<{ said: string; error: string }> {
  const on = estate ?? (await waitingEstate());
  await on.control.act(102, "guest", change);
  const before = await on.control.vm(102);
  const { code, stdout, stderr } = await on.run(yes);
  expect(code).toBe(1);
  expect(await on.control.vm(102)).toEqual(before);
  expect(await on.writes()).toEqual([]);
  expect(await on.control.unknown()).toEqual([]);
  return { said: stdout.slice(stdout.indexOf("  pre-flight")), error: stderr };
}

test.each([
  ["/dev/sda1", "by device"],
  ["/dev/vdb", "by device"],
  ["/dev/xvda2", "by device"],
  ["/dev/disk/by-path/pci-0000:00:05.0-scsi-0:0:0:0-part1", "by device"],
  ["UUID=0b6d5c3e", "stable"],
  ['UUID="0b6d5c3e"', "stable"],
  ["LABEL=root", "stable"],
  ["PARTUUID=1-2", "stable"],
  ["/dev/mapper/vg-root", "stable"],
  ["/dev/vg0/root", "stable"],
  ["/dev/disk/by-uuid/0b6d5c3e", "stable"],
  ["/dev/md0", "stable"],
  ["tmpfs", "stable"],
  ["nas.example.org:/export", "stable"],
  ["/dev/nbd0", "unknown"],
])("%s is a name that is %s", (source, kind) => {
  expect(nameKind(source)).toBe(kind);
});

test("a boot mounts every line but comments and those with noauto", () => {
  const fstab = "# /dev/sda1 / ext4\n\nUUID=1 / ext4 defaults 0 1\n/dev/sr0 /mnt iso9660 ro,noauto 0 0\n";
  expect(bootSources(fstab)).toEqual(["UUID=1"]);
});

test("of several roots on the command line the kernel takes the last", () => {
  expect(rootOf("quiet root=/dev/sda1 ro root=UUID=1\n")).toBe("UUID=1");
  expect(rootOf("quiet ro")).toBeUndefined();
});

test("what could not be read fails", () => {
  const nothing = {
    commandLine: undefined,
    fstab: undefined,
    initramfs: undefined,
    driverInInitramfs: undefined,
  };
  const { verdict, ...rest } = judgePreflight({ kernelRelease: release, driver: "absent", ...nothing });
  expect(verdict).toBe("failed");
  expect("checks" in rest && rest.checks.map(({ ok, found }) => [ok, found])).toEqual([
    [false, `virtio_scsi is neither built into kernel ${release} nor a module of it`],
    [false, `kernel ${release} has no initramfs in /boot`],
    [false, "/proc/cmdline could not be read"],
    [false, "/etc/fstab could not be read"],
  ]);
});

test("a controller is not changed under a guest that mounts by the device's name", async () => {
  const change = {
    files: { ...files, "/etc/fstab": "UUID=1 / ext4 defaults 0 1\n/dev/sda2 /srv ext4 defaults 0 2\n" },
  };
  const { said, error } = await refused(change);
  expect(said).toBe(`  pre-flight in the guest, needed: failed
    ok   driver: virtio_scsi is built into kernel ${release}
    ok   initramfs: /boot/initrd.img-${release} is there
    ok   root: root=/dev/mapper/ubuntu--vg-ubuntu--lv
    FAIL fstab: mounted by the device's name: /dev/sda2; use UUID= in /etc/fstab
`);
  expect(error).toBe(
    `devvm (102): the guest may not find its disks on another controller (the pre-flight failed); ${way}`,
  );
});

const asModule = {
  ...files,
  [`/lib/modules/${release}/modules.builtin`]: "kernel/drivers/scsi/sd_mod.ko\n",
  [`/boot/config-${release}`]: "CONFIG_SCSI_VIRTIO=m\n",
  [`/lib/modules/${release}/modules.dep`]:
    "kernel/drivers/scsi/virtio_scsi.ko.zst: kernel/drivers/virtio/virtio.ko.zst\n",
};
const list = (out: string) => ({ [`lsinitramfs /boot/initrd.img-${release}`]: { out } });

test("a driver that is a module must be in the initramfs", async () => {
  const { said } = await refused({
    files: asModule,
    commands: list("lib/modules/x/drivers/scsi/mptspi.ko\n"),
  });
  expect(said).toContain(`    ok   driver: virtio_scsi is a module of kernel ${release}\n`);
  expect(said).toContain(`    FAIL initramfs: /boot/initrd.img-${release} lacks virtio_scsi`);
});

test("a module that is in the initramfs is enough", async () => {
  const estate = await waitingEstate();
  const commands = list("usr/lib/modules/x/kernel/drivers/scsi/virtio_scsi.ko.zst\n");
  await estate.control.act(102, "guest", { files: asModule, commands });
  const { code, stdout } = await estate.run(yes);
  expect(stdout).toContain(`    ok   initramfs: /boot/initrd.img-${release} has virtio_scsi\n`);
  expect(code).toBe(0);
});

test("an initramfs that cannot be listed is not taken for a good one", async () => {
  const { said } = await refused({ files: asModule });
  expect(said).toContain("could not be listed (this needs VM.GuestAgent.Unrestricted)");
});

test("a guest that is no Linux cannot be looked at, and that refuses a change of controller", async () => {
  const { said, error } = await refused({ os: { id: "mswindows" } });
  expect(said).toBe("  pre-flight in the guest, needed: impossible: the guest is no Linux (got mswindows)\n");
  expect(error).toBe(
    `devvm (102): the guest may not find its disks on another controller (the pre-flight could not run); ${way}`,
  );
});

test("a kernel release that is no plain name is put into no path", async () => {
  const { said } = await refused({ os: { id: "debian", "kernel-release": "../../etc" } });
  expect(said).toContain('the agent does not say which kernel runs (got "../../etc")');
});

test.each(["hung", "off"])("an agent that is %s makes the pre-flight impossible", async (mode) => {
  const estate = await waitingEstate();
  await estate.control.act(102, "agent", { mode });
  const { said } = await refused({}, estate);
  expect(said).toMatch(/needed: impossible: .*QEMU guest agent is not running\n$/);
});

test("without an agent in its config a VM cannot be looked at", async () => {
  const { agent: _, ...config } = incident.vms.find(({ vmid }) => vmid === 102)?.config ?? {};
  const { said } = await refused({}, await waitingEstate(seedWith(102, { config })));
  expect(said).toBe(
    "  pre-flight in the guest, needed: impossible: the VM's config has no guest agent (agent: 1)\n",
  );
});

test("what the pre-flight refuses goes on with --skip-preflight, and a dry run says that it would not", async () => {
  const estate = await waitingEstate();
  await estate.control.act(102, "agent", { mode: "off" });
  const dry = await estate.run(["restart", "devvm", "--dry-run"]);
  expect(dry.code).toBe(0);
  expect(dry.stdout).toContain(
    "or say --skip-preflight if you know that the guest comes up; nothing was done\n",
  );
  const { code } = await estate.run([...yes, "--skip-preflight"]);
  expect(code).toBe(0);
});

test("what a guest says is shown with every control character spelled out", async () => {
  const estate = await waitingEstate();
  const { said } = await refused({ os: { id: "windows\u001b[2J" } }, estate);
  expect(said).not.toContain("\u001b");
  expect(said).toContain("(got windows\\u001b[2J)");
});
