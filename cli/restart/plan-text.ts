import { printable } from "../../proxmox/printable.ts";
import { absent } from "../../proxmox/report.ts";
import type { Activation, RestartPlan } from "./plan.ts";
import type { Preflight } from "./preflight.ts";

/** What a restart would do, before it does anything. */
export function planText(label: string, plan: RestartPlan, preflight: Preflight | undefined): string {
  const blocks = [
    activationText(label, plan.activates),
    ...(plan.unwritten.length === 0 ? [] : [unwrittenText(plan)]),
    ...(plan.foreignDrives.length === 0
      ? []
      : [`  left alone: ${plan.foreignDrives.join(", ")}, disks of another owner`]),
    ...controllerText(plan),
    ...(preflight === undefined ? [] : [preflightText(preflight, plan.controller?.needsPreflight === true)]),
  ];
  return `${blocks.join("\n")}\n`;
}

function activationText(label: string, activates: readonly Activation[]): string {
  if (activates.length === 0) return `${label}: nothing waits; a restart would only make a new QEMU process`;
  const lines = activates.map((one) => `  ${activationLine(one)}`);
  return [
    `${label}: a cold stop and start makes ${activates.length === 1 ? "this" : `these ${activates.length}`} true`,
    ...lines,
    "  a reboot from inside the guest would not: the same QEMU process goes on; Proxmox's own reboot would, as this does",
  ].join("\n");
}

/** `options.scsihw: (absent) => virtio-scsi-single`. */
export function activationLine({ path, from = absent, to = absent, declared }: Activation): string {
  const whose = declared ? "" : "  [not of the fleet file: another hand left it there]";
  return printable(`${path}: ${from} => ${to}${whose}`);
}

function unwrittenText({ unwritten }: RestartPlan): string {
  const paths = unwritten.map(({ path }) => path).join(", ");
  return `  not written yet, and so not part of it: ${paths}; pulumi up writes what is declared`;
}

function controllerText({ controller }: RestartPlan): string[] {
  if (controller === undefined) return [];
  const { from, to, needsPreflight } = controller;
  const driver = needsPreflight ? "another driver in the guest" : "the same driver in the guest";
  return [`  the SCSI controller changes under the disks, from ${from} to ${to}: ${driver}`];
}

/** Checks one by one; where they are not needed they are advice. */
function preflightText(preflight: Preflight, isNeeded: boolean): string {
  const heading = `  pre-flight in the guest, ${isNeeded ? "needed" : "as advice"}: ${preflight.verdict}`;
  if (preflight.verdict === "impossible") return printable(`${heading}: ${preflight.reason}`);
  const lines = preflight.checks.map(({ ok, name, found }) =>
    printable(`    ${ok ? "ok  " : "FAIL"} ${name}: ${found}`),
  );
  return [heading, ...lines].join("\n");
}
