const minute = 60_000;
export const stallFrom = Date.parse("2026-06-11T15:21:00Z");
export const stallTo = Date.parse("2026-06-11T16:48:00Z");

/** A number in [0, 1) that is the same in each run. */
function noise(seed: number): number {
  const value = Math.sin(seed * 12.9898) * 43758.5453;
  return value - Math.floor(value);
}

/** The incident as Proxmox's figures had it, a row a minute from 14:30 to 17:30 UTC, or to `until`. */
export function incidentRows(until = Number.POSITIVE_INFINITY): Record<string, number>[] {
  const from = Date.parse("2026-06-11T14:30:00Z");
  return Array.from({ length: 181 }, (_, index) => rowAt(from + index * minute, index)).filter(
    ({ time = 0 }) => time * 1000 <= until,
  );
}

function rowAt(at: number, seed: number): Record<string, number> {
  const time = at / 1000;
  const constants = { time, maxcpu: 16, maxmem: 24 * 1024 ** 3 };
  if (at >= stallFrom && at < stallTo) {
    // The load climbs for 18 minutes and stays.
    const climbed = Math.min(1, (at - stallFrom) / (18 * minute));
    return {
      ...constants,
      cpu: 0.11 + 0.39 * climbed + 0.01 * noise(seed),
      netin: 9_000,
      netout: 7_000 + 600 * noise(seed),
      diskread: 0,
      diskwrite: 0,
      pressureiosome: 91 + 4 * noise(seed),
    };
  }
  return {
    ...constants,
    cpu: 0.07 + 0.09 * noise(seed),
    netin: 120_000,
    netout: 380_000 * (0.85 + 0.3 * noise(seed + 7)),
    diskread: 240_000 * noise(seed + 3),
    diskwrite: 1_900_000 * (0.4 + noise(seed + 5)),
    pressureiosome: 2 * noise(seed + 11),
  };
}
