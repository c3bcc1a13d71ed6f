/** `15:21:08`. Numbers and their units are never parted. All times of the report are UTC. */
export function clock(at: number): string {
  return new Date(at).toISOString().slice(11, 19);
}

/** `15:21`. */
export function minute(at: number): string {
  return new Date(at).toISOString().slice(11, 16);
}

/** `2026-06-11`. */
export function day(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

/** `2026-06-11 15:21 UTC`. */
export function dayAndMinute(at: number): string {
  return `${day(at)} ${minute(at)} UTC`;
}

/** `87 min`, `2 h 05 min`, `45 s`. */
export function duration(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 120) return `${seconds}\u00a0s`;
  const minutes = Math.round(seconds / 60);
  if (minutes <= 120) return `${minutes}\u00a0min`;
  return `${Math.floor(minutes / 60)}\u00a0h\u00a0${String(minutes % 60).padStart(2, "0")}\u00a0min`;
}

/** `380 kB/s`; powers of 1000. */
export function rate(bytesPerSecond: number): string {
  return `${bytes(bytesPerSecond)}/s`;
}

/** `62.9 MB`; powers of 1000. */
export function bytes(count: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = count;
  let unit = 0;
  while (Math.abs(value) >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return `${Number(value.toFixed(digits))}\u00a0${units[unit]}`;
}

/** A limit in bytes per second as Proxmox gives it: `60 MiB/s`; small ones in bytes. */
export function cap(bytesPerSecond: number): string {
  const mebibytes = bytesPerSecond / 2 ** 20;
  return mebibytes >= 0.1
    ? `${Number(mebibytes.toFixed(2))}\u00a0MiB/s`
    : `${count(bytesPerSecond)}\u00a0B/s`;
}

/** `11 %`. */
export function percent(share: number): string {
  return `${Math.round(share * 100)}\u00a0%`;
}

/** `12 345`, with thin gaps. */
export function count(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, "\u202f");
}
