import type { GuestEvidence, NoEvidence } from "./guest-evidence.ts";
import { bootSources, nameKind, rootOf } from "./mount-names.ts";

/** One thing that a guest needs in order to come up on a virtio SCSI controller. */
interface Check {
  readonly name: "driver" | "initramfs" | "root" | "fstab";
  readonly ok: boolean;
  /** What was found. */
  readonly found: string;
}

/** Whether the guest would come up. */
export type Preflight =
  | { readonly verdict: "passed" | "failed"; readonly checks: readonly Check[] }
  | { readonly verdict: "impossible"; readonly reason: string };

/** Judges what was found in the guest; what could not be read fails. */
export function judgePreflight(evidence: GuestEvidence | NoEvidence): Preflight {
  if ("reason" in evidence) return { verdict: "impossible", reason: evidence.reason };
  const checks = [driver(evidence), initramfs(evidence), root(evidence), fstab(evidence)];
  return { verdict: checks.every(({ ok }) => ok) ? "passed" : "failed", checks };
}

function driver({ driver, kernelRelease }: GuestEvidence): Check {
  const found =
    driver === "absent"
      ? `virtio_scsi is neither built into kernel ${kernelRelease} nor a module of it`
      : `virtio_scsi is ${driver === "module" ? "a module of" : "built into"} kernel ${kernelRelease}`;
  return { name: "driver", ok: driver !== "absent", found };
}

function initramfs({ driver, initramfs, driverInInitramfs, kernelRelease }: GuestEvidence): Check {
  const check = (ok: boolean, found: string): Check => ({ name: "initramfs", ok, found });
  if (initramfs === undefined) return check(false, `kernel ${kernelRelease} has no initramfs in /boot`);
  if (driver !== "module") return check(true, `${initramfs} is there`);
  if (driverInInitramfs === undefined) {
    return check(false, `${initramfs} could not be listed (this needs VM.GuestAgent.Unrestricted)`);
  }
  return driverInInitramfs
    ? check(true, `${initramfs} has virtio_scsi`)
    : check(false, `${initramfs} lacks virtio_scsi; add it to /etc/initramfs-tools/modules, or to dracut's`);
}

function root({ commandLine }: GuestEvidence): Check {
  const check = (ok: boolean, found: string): Check => ({ name: "root", ok, found });
  if (commandLine === undefined) return check(false, "/proc/cmdline could not be read");
  const root = rootOf(commandLine);
  if (root === undefined) return check(false, "the kernel's command line names no root");
  return check(nameKind(root) === "stable", `root=${root}`);
}

function fstab({ fstab }: GuestEvidence): Check {
  const check = (ok: boolean, found: string): Check => ({ name: "fstab", ok, found });
  if (fstab === undefined) return check(false, "/etc/fstab could not be read");
  const sources = bootSources(fstab);
  const unstable = sources.filter((source) => nameKind(source) !== "stable");
  return unstable.length === 0
    ? check(true, `${sources.length} mounts, none by the device's name`)
    : check(false, `mounted by the device's name: ${unstable.join(", ")}; use UUID= in /etc/fstab`);
}
