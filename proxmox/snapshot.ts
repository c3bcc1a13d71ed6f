/** One VM's config at one moment: as QEMU was started with it, what waits, and the digest of both. */
export interface VmSnapshot {
  readonly digest: string;
  readonly running: boolean;
  readonly current: Readonly<Record<string, string>>;
  /** New values that wait for a start. */
  readonly pending: Readonly<Record<string, string>>;
  /** Keys that go away at the next start. */
  readonly pendingDeletes: ReadonlySet<string>;
  /** Slots of the drives that QEMU runs, whatever the config says; absent where QEMU did not say. */
  readonly inQemu?: ReadonlySet<string>;
}

/** One row of the answer, as far as it is needed here. */
export interface SnapshotRow {
  readonly key: string;
  readonly value?: string | number;
  readonly pending?: string | number;
  /** 1, or 2 when forced. */
  readonly delete?: number;
}

/**
 * The config from the one request that has current and pending values atomically.
 *
 * @throws when the answer holds no digest, without which no write could be made safe
 * @see GET /nodes/{node}/qemu/{vmid}/pending
 */
export function snapshotFromPending(
  rows: readonly SnapshotRow[],
  running: boolean,
  inQemu?: readonly string[],
): VmSnapshot {
  const current: Record<string, string> = {};
  const pending: Record<string, string> = {};
  const pendingDeletes = new Set<string>();
  let digest: string | undefined;
  for (const row of rows) {
    if (row.key === "digest") {
      digest = row.value === undefined ? undefined : String(row.value);
      continue;
    }
    if (row.value !== undefined) current[row.key] = String(row.value);
    if (row.delete) pendingDeletes.add(row.key);
    else if (row.pending !== undefined) pending[row.key] = String(row.pending);
  }
  if (digest === undefined) {
    throw new Error(
      "GET pending: no digest in the answer (got none); allowed is an answer of Proxmox VE 8 or 9, which has one; check the endpoint",
    );
  }
  const seen = inQemu === undefined ? {} : { inQemu: new Set(inQemu) };
  return { digest, running, current, pending, pendingDeletes, ...seen };
}

/** What a key becomes at the next cold start; undefined when it will be absent. */
export function upcoming(snapshot: VmSnapshot, key: string): string | undefined {
  if (snapshot.pendingDeletes.has(key)) return undefined;
  return own(snapshot.pending, key) ?? own(snapshot.current, key);
}

/** The whole config as it becomes at the next cold start. */
export function upcomingConfig(snapshot: VmSnapshot): Record<string, string> {
  const config: Record<string, string> = {};
  for (const key of Object.keys({ ...snapshot.current, ...snapshot.pending })) {
    const value = upcoming(snapshot, key);
    if (value !== undefined) config[key] = value;
  }
  return config;
}

/** What a key is now; undefined when absent. */
export function present(snapshot: Pick<VmSnapshot, "current">, key: string): string | undefined {
  return own(snapshot.current, key);
}

function own(values: Readonly<Record<string, string>>, key: string): string | undefined {
  return Object.hasOwn(values, key) ? values[key] : undefined;
}
