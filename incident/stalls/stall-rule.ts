/** When a drive that stands still is called stalled. All times in seconds. */
export interface StallRule {
  /** Looks in a row that found nothing completed. */
  readonly looks: number;
  /** Shortest standstill, however often it was looked at. */
  readonly standstill: number;
  /** Time before the standstill in which the drive must have been writing. */
  readonly baseline: number;
  /** How much of that must be known. */
  readonly known: number;
  /** Longest pause of writing within the baseline that still counts as steady writing. */
  readonly pause: number;
  /** How long an earlier pause is remembered: a standstill must be more than twice as long as any of them. */
  readonly memory: number;
  /** Signals are averaged over this time, so that one look is no vote. */
  readonly smoothing: number;
  /** Longest time between two looks in which what happened is taken for known. */
  readonly gap: number;
  /** A QEMU process younger than this is booting: neither baseline nor standstill. */
  readonly boot: number;
  /** Votes that are needed; one more while another drive of the VM completes operations. */
  readonly votes: number;
}

export const usualRule: StallRule = {
  looks: 3,
  standstill: 120,
  baseline: 600,
  known: 300,
  pause: 60,
  memory: 3600,
  smoothing: 60,
  gap: 180,
  boot: 300,
  votes: 2,
};
