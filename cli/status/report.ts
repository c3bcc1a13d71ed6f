import type { GuestLocation } from "../../proxmox/api/vm-api.ts";
import { holderText } from "../../proxmox/id-holder.ts";
import type { Standard } from "../audit/standard.ts";
import type { Unread } from "../cluster/read-vm.ts";
import type { ExitCode } from "../command.ts";
import { type FleetEntry, type FleetFile, usualStack } from "../stack/fleet-file.ts";
import { type FindingKind, kindsInOrder, type StatusFinding } from "./finding.ts";
import type { Observed } from "./read-cluster.ts";
import { statusOf, type VmState } from "./vm-status.ts";

/** Findings by kind; kinds without any are left out. */
type KindCounts = Readonly<Partial<Record<FindingKind, number>>>;

/** One VM of a status report. */
export interface VmReport extends Partial<Omit<VmState, "findings">> {
  readonly vmid: number;
  /** Key in the fleet file, else name in Proxmox. */
  readonly vm: string;
  /** Name in Proxmox; absent when the VM was not read. */
  readonly name?: string;
  readonly node?: string;
  /** Where the VM is declared to be, when it is elsewhere. */
  readonly declaredNode?: string;
  readonly status: "running" | "stopped" | "template" | "absent" | "unread";
  /** Of a running VM: the QEMU process that runs it. `startedAt` in UTC. */
  readonly qemu?: { readonly version?: string; readonly machine?: string; readonly startedAt?: string };
  /** Line of its entry in the stack file; absent when it is not declared there. */
  readonly line?: number;
  /** Findings by kind; empty: in sync, or a template. */
  readonly kinds: KindCounts;
}

/** What `fleet status` found. */
export interface StatusReport {
  /** `https://pve.example.org:8006`. */
  readonly source: string;
  /** UTC, ISO 8601. */
  readonly readAt: string;
  /** Where VMs are declared. */
  readonly stackFile: { readonly path: string; readonly vmsLine: number };
  readonly summary: {
    /** Templates left out. */
    readonly vms: number;
    readonly inSync: number;
    readonly templates: number;
    readonly foreignDrives: number;
    readonly unread: number;
    readonly findings: number;
    readonly kinds: KindCounts;
  };
  /** By vmid. */
  readonly vms: readonly VmReport[];
  readonly findings: readonly StatusFinding[];
  readonly unread: readonly Unread[];
}

/** What a report is made with, beside what was read. */
export interface ReportSurroundings {
  readonly source: string;
  readonly now: Date;
  readonly stack: string;
  readonly standard: Standard;
}

/** Compares every VM that was read with its entry. */
export function statusReport(
  observed: readonly Observed[],
  { stackFile }: Pick<FleetFile, "stackFile">,
  surroundings: ReportSurroundings,
): StatusReport {
  const looked = observed.map((one) => lookedAt(one, surroundings));
  const vms = looked.map(({ vm }) => vm);
  const findings = looked.flatMap(({ findings }) => findings);
  const unread = observed.flatMap(({ found }) => (found.kind === "unread" ? [found.unread] : []));
  const real = vms.filter(({ status }) => status !== "template");
  return {
    source: surroundings.source,
    readAt: surroundings.now.toISOString(),
    stackFile: { path: stackFile.path, vmsLine: stackFile.vmsLine },
    summary: {
      vms: real.length,
      inSync: real.filter(({ kinds, status }) => Object.keys(kinds).length === 0 && status !== "unread")
        .length,
      templates: vms.length - real.length,
      foreignDrives: vms.reduce((sum, { foreignDrives = 0 }) => sum + foreignDrives, 0),
      unread: unread.length,
      findings: findings.length,
      kinds: countsOf(findings),
    },
    vms,
    findings,
    unread,
  };
}

/** Findings are 2; something that could not be read is an error whatever was found beside it. */
export function exitCodeOf({ summary }: StatusReport): ExitCode {
  if (summary.unread > 0) return 1;
  return summary.findings > 0 ? 2 : 0;
}

interface LookedAt {
  readonly vm: VmReport;
  readonly findings: readonly StatusFinding[];
}

function lookedAt({ subject, found }: Observed, surroundings: ReportSurroundings): LookedAt {
  const { vmid, entry, location, container } = subject;
  const base = {
    vmid,
    vm: entry?.key ?? location?.name ?? `VM ${vmid}`,
    kinds: {},
    ...(location && { node: location.node }),
    ...(location?.name !== undefined && { name: location.name }),
    ...(entry && { line: entry.line }),
  };
  switch (found.kind) {
    case "template":
      return { vm: { ...base, status: "template" }, findings: [] };
    case "unread":
      return { vm: { ...base, status: "unread" }, findings: [] };
    case "absent":
      return withFindings(
        { ...base, status: "absent" },
        entry === undefined ? [] : [absence(entry, container)],
      );
    case "live": {
      const { node, status, qemuVersion: version, machine, startedAt, snapshot } = found.live;
      const { findings, ...state } = statusOf(vmid, entry, found.live, {
        standard: surroundings.standard,
        today: surroundings.now.toISOString().slice(0, "2026-06-11".length),
        restart: restartCommand(entry?.key ?? String(vmid), surroundings.stack),
      });
      const name = snapshot.current.name ?? base.name;
      const declaredNode = entry?.declared.node;
      const vm: VmReport = {
        ...base,
        ...(name !== undefined && { name }),
        node,
        ...(declaredNode !== undefined && declaredNode !== node && { declaredNode }),
        status,
        ...(status === "running" && {
          qemu: { ...(version && { version }), ...(machine && { machine }), ...(startedAt && { startedAt }) },
        }),
        ...state,
      };
      return withFindings(vm, findings);
    }
  }
}

function withFindings(vm: VmReport, findings: VmState["findings"]): LookedAt {
  const { vmid, line } = vm;
  const sorted = findings.toSorted(
    (one, other) => kindsInOrder.indexOf(one.kind) - kindsInOrder.indexOf(other.kind),
  );
  return {
    vm: { ...vm, kinds: countsOf(findings) },
    findings: sorted.map((finding) => ({ ...finding, vm: vm.vm, vmid, ...(line !== undefined && { line }) })),
  };
}

function countsOf(findings: readonly { readonly kind: FindingKind }[]): KindCounts {
  const counts = kindsInOrder.map(
    (kind) => [kind, findings.filter((one) => one.kind === kind).length] as const,
  );
  return Object.fromEntries(counts.filter(([, count]) => count > 0));
}

function absence(
  { key, spec }: FleetEntry,
  container: GuestLocation | undefined,
): VmState["findings"][number] {
  if (container !== undefined) {
    const got = holderText(container.vmid, container);
    return {
      kind: "missing",
      message: `${key} is declared, and its vmid is a container's (got ${got}); allowed is a vmid that no container has; correct vmid`,
    };
  }
  return spec.create === undefined
    ? {
        kind: "missing",
        message: `${key} is declared, and the cluster does not list it (got no VM ${spec.vmid}); allowed is a VM that exists and that the token may see (VM.Audit)`,
      }
    : { kind: "not-created", message: "is declared with create, and not created yet" };
}

/** The command that makes true what waits. */
function restartCommand(key: string, stack: string): string {
  return `npx fleet restart ${key}${stack === usualStack ? "" : ` --stack ${stack}`}`;
}
