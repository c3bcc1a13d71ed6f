const factors: Readonly<Record<string, number>> = { "": 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 };

/** Bytes of a size such as `32G`, `1.5GiB` or plain bytes; undefined when Proxmox would not take it. */
export function parseSize(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)([KMGT]?)(?:iB)?$/.exec(text);
  if (match === null || (match[2] === "" && text.endsWith("iB"))) return undefined;
  return Math.trunc(Number(match[1]) * (factors[match[2] ?? ""] ?? 1));
}

/** Bytes in the largest unit that divides them, as Proxmox prints a size. */
export function printSize(bytes: number): string {
  const unit = ["T", "G", "M", "K"].find((name) => bytes % (factors[name] ?? 1) === 0) ?? "";
  return `${bytes / (factors[unit] ?? 1)}${unit}`;
}

/** A size as Proxmox takes it for a new disk: GiB without a unit. */
export function gibibytes(text: string): string {
  return String(Number(((parseSize(text) ?? 0) / 2 ** 30).toFixed(6)));
}
