/** A drive string taken apart the plain way: these tests judge our own parser, so they do not use it. */
function partsOf(drive: string): { volume: string; options: Map<string, string> } {
  const options = new Map<string, string>();
  let volume = "";
  for (const part of drive.split(",")) {
    const at = part.indexOf("=");
    if (at < 0) volume = part;
    else options.set(part.slice(0, at), part.slice(at + 1));
  }
  return { volume, options };
}

/** The same drive with its options in reverse order, volume last: as a hand might have typed it. */
export function reordered(drive: string): string {
  const [volume = "", ...options] = drive.split(",");
  return [...options.reverse(), volume].join(",");
}

/** Options whose values differ between two drive strings: `key: from => to`. */
export function changedOptions(before: string, after: string): string[] {
  const [old, now] = [partsOf(before).options, partsOf(after).options];
  const keys = [...new Set([...old.keys(), ...now.keys()])].sort();
  return keys
    .filter((key) => old.get(key) !== now.get(key))
    .map((key) => `${key}: ${old.get(key) ?? "(absent)"} => ${now.get(key) ?? "(absent)"}`);
}

const driveSlot = /^(scsi|virtio|sata|ide)\d+$/;

/** The data drives of a config, by slot. */
export function drivesOf(config: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(config).filter(([key, value]) => driveSlot.test(key) && !value.includes("media=cdrom")),
  );
}

/** The drives whose volume another owner's id names. */
export function foreignDrivesOf(
  config: Readonly<Record<string, string>>,
  vmid: number,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(drivesOf(config)).filter(([, value]) => !value.includes(`vm-${vmid}-`)),
  );
}
