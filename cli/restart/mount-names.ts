/** Whether a name finds its file system whatever the controller is called. */
export type NameKind = "stable" | "by device" | "unknown";

const stable = [
  /^(?:UUID|LABEL|PARTUUID|PARTLABEL|ZFS)=/,
  /^\/dev\/mapper\//,
  /^\/dev\/disk\/by-(?:uuid|label|partuuid|partlabel|id)\//,
  // LVM: /dev/GROUP/VOLUME
  /^\/dev\/(?!disk\/|block\/|char\/)[^/]+\/[^/]+$/,
  /^\/dev\/(?:md|dm-|loop|zram|sr|cdrom|dvd|fuse|mmcblk|pmem|ram)/,
  // No block device at all: proc, tmpfs, a pool, a share.
  /^(?!\/dev\/)/,
];
const byDevice = [/^\/dev\/(?:sd|vd|hd|xvd)[a-z]+\d*$/, /^\/dev\/disk\/by-path\//];

/** What kind of name a source in fstab, or the root on the kernel's command line, is. */
export function nameKind(source: string): NameKind {
  const bare = source.replaceAll('"', "");
  if (byDevice.some((pattern) => pattern.test(bare))) return "by device";
  return stable.some((pattern) => pattern.test(bare)) ? "stable" : "unknown";
}

/** Sources of what a boot mounts or swaps to; lines with `noauto` and comments are none of it. */
export function bootSources(fstab: string): string[] {
  return fstab
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => line.split(/\s+/))
    .filter(([, , , options = ""]) => !options.split(",").includes("noauto"))
    .flatMap(([source]) => source ?? []);
}

/** The root file system on a kernel's command line; undefined when it says none. */
export function rootOf(commandLine: string): string | undefined {
  return commandLine
    .trim()
    .split(/\s+/)
    .findLast((word) => word.startsWith("root="))
    ?.slice("root=".length);
}
