/** A class of differences that stays, and why. */
interface KnownDifference {
  readonly file: string;
  readonly subject: string;
  /** The classes that it covers. */
  readonly class: RegExp;
  readonly reason: string;
}

/** Every difference that stays has a line here; the figures count it all the same. */
const KNOWN_DIFFERENCES: readonly KnownDifference[] = [
  {
    file: "hotplug.jsonl",
    subject: "emulator",
    class: /^memory \(delete\): status or words$/,
    reason: "the message ends with the full stop of the place in Perl's source that was cut off",
  },
  {
    file: "hotplug.jsonl",
    subject: "own change class",
    class: /^memory \(change\): live$/,
    reason: "memory that shrinks may be unplugged or not, as the guest lets it; announced for the cold start",
  },
  {
    file: "option-text.jsonl",
    subject: "own code, value checks",
    class: /^cpu: accepted/,
    reason: "the model that a custom CPU type reports, which no entry of the fleet file can declare",
  },
  {
    file: "option-text.jsonl",
    subject: "own code, value checks",
    class: /^affinity: accepted/,
    reason:
      "a set of CPUs that only Proxmox's own parser refuses; no entry of the fleet file can declare one",
  },
];

/** Why a difference stays, or undefined when nobody has said. */
export function knownReason(file: string, subject: string, kind: string): string | undefined {
  return KNOWN_DIFFERENCES.find(
    (known) => known.file === file && known.subject === subject && known.class.test(kind),
  )?.reason;
}
