import type { GuestAgent } from "../../proxmox/api/guest-agent.ts";
import { ProxmoxError } from "../../proxmox/api/proxmox-error.ts";

/** What was found in a Linux guest; what could not be read is undefined. */
export interface GuestEvidence {
  readonly kernelRelease: string;
  /** `/proc/cmdline` */
  readonly commandLine: string | undefined;
  /** `/etc/fstab` */
  readonly fstab: string | undefined;
  /** Where the kernel has the virtio SCSI driver. */
  readonly driver: "built in" | "module" | "absent";
  /** The initial RAM disk of the running kernel. */
  readonly initramfs: string | undefined;
  /** Whether the initial RAM disk has the driver; undefined when it need not, or could not be listed. */
  readonly driverInInitramfs: boolean | undefined;
}

/** Why nothing was found out. */
export interface NoEvidence {
  readonly reason: string;
}

/** Initial RAM disks by distribution, and what lists them. */
const initramfsKinds = [
  { path: (release: string) => `/boot/initrd.img-${release}`, list: "lsinitramfs" },
  { path: (release: string) => `/boot/initramfs-${release}.img`, list: "lsinitrd" },
  { path: (release: string) => `/boot/initrd-${release}`, list: "lsinitrd" },
];

/** Looks into the guest through its agent; nothing there is changed. */
export async function gatherEvidence(agent: GuestAgent): Promise<GuestEvidence | NoEvidence> {
  try {
    await agent.ping();
    const { id = "", kernelRelease = "" } = await agent.osInfo();
    if (/windows|bsd|dragonfly|darwin|solaris|illumos/i.test(id)) {
      return { reason: `the guest is no Linux (got ${id})` };
    }
    // The release becomes part of paths.
    if (!/^[\w.+~-]+$/.test(kernelRelease)) {
      return { reason: `the agent does not say which kernel runs (got ${JSON.stringify(kernelRelease)})` };
    }
    return await linuxEvidence(agent, kernelRelease);
  } catch (error) {
    if (!(error instanceof ProxmoxError)) throw error;
    return { reason: error.message };
  }
}

async function linuxEvidence(agent: GuestAgent, kernelRelease: string): Promise<GuestEvidence> {
  const commandLine = await agent.readFile("/proc/cmdline");
  const fstab = await agent.readFile("/etc/fstab");
  const driver = await driverOf(agent, kernelRelease);
  for (const { path, list } of initramfsKinds) {
    const initramfs = path(kernelRelease);
    if (!(await agent.hasFile(initramfs))) continue;
    const driverInInitramfs = driver === "module" ? await isListed(agent, [list, initramfs]) : undefined;
    return { kernelRelease, commandLine, fstab, driver, initramfs, driverInInitramfs };
  }
  return { kernelRelease, commandLine, fstab, driver, initramfs: undefined, driverInInitramfs: undefined };
}

async function driverOf(agent: GuestAgent, release: string): Promise<GuestEvidence["driver"]> {
  const builtIn = await agent.readFile(`/lib/modules/${release}/modules.builtin`);
  if (/\/virtio_scsi\.ko/.test(builtIn ?? "")) return "built in";
  const config = await agent.readFile(`/boot/config-${release}`);
  if (/^CONFIG_SCSI_VIRTIO=y$/m.test(config ?? "")) return "built in";
  const modules = await agent.readFile(`/lib/modules/${release}/modules.dep`);
  return /\/virtio_scsi\.ko[^:]*:/.test(modules ?? "") ? "module" : "absent";
}

/** Without the privilege to run a program, or without the program, it is not known. */
async function isListed(agent: GuestAgent, command: readonly string[]): Promise<boolean | undefined> {
  try {
    const { exitCode, output } = await agent.execute(command);
    return exitCode === 0 ? /\bvirtio_scsi\.ko/.test(output) : undefined;
  } catch (error) {
    if (error instanceof ProxmoxError) return undefined;
    throw error;
  }
}
