const UNITS: Readonly<Record<string, number>> = { K: 1024, M: 1024 ** 2, G: 1024 ** 3, T: 1024 ** 4 };
const SIZE = /^(\d+(?:\.\d+)?)(?:([KMGT])(?:iB)?)?$/;

/** Bytes of a disk size such as `32G` or `1.5GiB`; a bare number is bytes; undefined when malformed. */
export function parseSize(text: string): number | undefined {
  const match = SIZE.exec(text);
  if (match === null) return undefined;
  const unit = match[2] === undefined ? 1 : (UNITS[match[2]] ?? 1);
  return Math.trunc(Number(match[1]) * unit);
}

/** The size in the largest binary unit that divides it exactly, as Proxmox prints it; zero is `0T`. */
export function formatSize(bytes: number): string {
  let rest = bytes;
  let unit = "";
  for (const next of ["K", "M", "G", "T"]) {
    if (rest % 1024 !== 0) return `${rest}${unit}`;
    rest /= 1024;
    unit = next;
  }
  return `${rest}${unit}`;
}
