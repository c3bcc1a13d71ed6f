import { countCalls, countWrites } from "./calls.ts";
import type { Operation, SubjectName } from "./options.ts";
import { type Row, rowAt } from "./rows.ts";

/** What is compared with a bar; a figure whose runs were not made is null. */
export interface Figures {
  readonly ratios: {
    /** Preview with refresh, 12 VMs: ours over Terraform's. */
    readonly estateRefreshPreview: number | null;
    /** What a further VM adds to it, between 100 and 1,000: ours over Terraform's. */
    readonly slopeRefreshPreview: number | null;
    /** Preview with refresh, 12 VMs: ours over the empty program's. */
    readonly overFloor: number | null;
    /** Preview with refresh, 100 VMs: ours, adopted, over the plain program's. */
    readonly overPlain: number | null;
    /** The same for VMs that we created. */
    readonly overPlainCreated: number | null;
    /** `fleet status` of 12 VMs over `terraform plan`. */
    readonly statusOverPlan: number | null;
    /** `fleet status` of 1,000 VMs at 20 ms over calls x latency / concurrency. */
    readonly statusOverIdeal: number | null;
  };
  /** Requests other than GET of every up of ours that had nothing to do. */
  readonly noopWrites: number | null;
  /** PUTs of the up that changes one cap on one VM. */
  readonly capPuts: number | null;
  /** GETs about one VM on a refresh, by adopted VM, at the largest size. */
  readonly getsPerVmRefresh: number | null;
  /** The most memory of all processes together at 1,000 VMs, in MiB. */
  readonly peakMemoryMiB: number | null;
}

/** Requests that our client has under way at once. */
const concurrency = 8;

/** The figures of a run; times are medians at the least latency. */
export function figuresOf(rows: readonly Row[]): Figures {
  const latencyMs = Math.min(...rows.map((row) => row.latencyMs));
  const at = (subject: SubjectName, operation: Operation, vms: number) =>
    rowAt(rows, { subject, operation, vms, latencyMs });
  const seconds = (subject: SubjectName, operation: Operation, vms: number) =>
    at(subject, operation, vms)?.seconds.median;
  const slope = (subject: SubjectName) =>
    difference(seconds(subject, "refresh", 1000), seconds(subject, "refresh", 100));
  const status = rowAt(rows, { subject: "adopted", operation: "status", vms: 1000, latencyMs: 20 });
  const ideal = status && (countCalls(status.calls) * 0.02) / concurrency;
  const ours = rows.filter(({ subject }) => subject === "adopted" || subject === "created");
  const ups = ours.filter(({ operation }) => operation === "up");
  const caps = ours.filter(({ operation }) => operation === "cap");
  const refreshes = rows.filter((row) => row.subject === "adopted" && row.operation === "refresh");
  const largest = refreshes.toSorted((a, b) => a.vms - b.vms).at(-1);
  const thousand = ours.filter(({ vms }) => vms === 1000);
  return {
    ratios: {
      estateRefreshPreview: ratio(seconds("adopted", "refresh", 12), seconds("terraform", "refresh", 12)),
      slopeRefreshPreview: ratio(slope("adopted"), slope("terraform")),
      overFloor: ratio(seconds("adopted", "refresh", 12), seconds("empty", "refresh", 12)),
      overPlain: ratio(seconds("adopted", "refresh", 100), seconds("plain", "refresh", 100)),
      overPlainCreated: ratio(seconds("created", "refresh", 100), seconds("plain", "refresh", 100)),
      statusOverPlan: ratio(seconds("adopted", "status", 12), seconds("terraform", "refresh", 12)),
      statusOverIdeal: ratio(status?.seconds.median, ideal),
    },
    noopWrites: most(ups.map(({ calls }) => countWrites(calls))),
    capPuts: most(caps.map(({ calls }) => countCalls(calls, "PUT"))),
    getsPerVmRefresh: largest ? getsAboutVms(largest) / largest.vms : null,
    peakMemoryMiB: most(thousand.map(({ peakTotalMiB }) => peakTotalMiB)),
  };
}

/** One request for all VMs, such as a list, is none about a VM. */
function getsAboutVms({ calls }: Row): number {
  const aboutVms = Object.entries(calls).filter(([kind]) => /^GET .*\/qemu\/\{vmid\}/.test(kind));
  return aboutVms.reduce((sum, [, count]) => sum + count, 0);
}

function ratio(one: number | undefined, other: number | undefined): number | null {
  return one === undefined || other === undefined ? null : one / other;
}

function difference(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? undefined : one - other;
}

function most(figures: readonly number[]): number | null {
  return figures.length === 0 ? null : Math.max(...figures);
}
