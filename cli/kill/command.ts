import { resolve } from "node:path";
import { bundlesOf } from "../../incident/autopsy/find-bundles.ts";
import { isSameProcess, readProcessState, type VmProcess } from "../../incident/autopsy/vm-process.ts";
import type { ProxmoxClient } from "../../proxmox/api/client.ts";
import { VmApi } from "../../proxmox/api/vm-api.ts";
import { printable } from "../../proxmox/printable.ts";
import { bundlesFolder } from "../autopsy/command.ts";
import { type HostOptions, hostOptionsFrom } from "../autopsy/host-options.ts";
import { type Command, type Options, type Outcome, textOf } from "../command.ts";
import { confirm } from "../confirm.ts";
import { readFleetFile } from "../stack/fleet-file.ts";
import { type NamedVm, namedVms } from "../stack/named-vm.ts";
import { stackOption } from "../stack/vm-arguments.ts";
import type { Surroundings } from "../surroundings.ts";
import { wholeNumber } from "../whole-number.ts";
import { withProxmox } from "../with-proxmox.ts";
import { evidenceFor } from "./evidence.ts";
import { recordKill } from "./kills-log.ts";
import { inTheWay, stopAndVerify } from "./stop.ts";

/** Where kills are remembered, from the folder in which the command is run. */
const killsLog = ".fleet/kills.log";
const usualMaxAge = 30;

/** Stops a VM that hangs, once its evidence is safe. */
export const kill: Command = {
  name: "kill",
  description: "Stop a VM that hangs at once; refuses until its evidence was captured",
  operands: {
    name: "VM",
    description: "a key of the fleet file, a vmid, or a name in Proxmox",
    least: 1,
    most: 1,
  },
  args: {
    yes: { type: "boolean", description: "Do not ask" },
    start: { type: "boolean", description: "Start it again afterwards" },
    since: {
      type: "string",
      valueHint: "TIME",
      description: "When it froze, ISO 8601: evidence must be newer",
    },
    "max-age": {
      type: "string",
      valueHint: "MINUTES",
      default: String(usualMaxAge),
      description: "Oldest that the evidence may be",
    },
    "without-evidence": { type: "string", valueHint: "REASON", description: "Stop it all the same, and why" },
    bundles: {
      type: "string",
      valueHint: "DIR",
      default: bundlesFolder,
      description: "Where the bundles are",
    },
    host: { type: "boolean", description: "This is the VM's node: see there that the process is gone" },
    ssh: { type: "string", valueHint: "HOST", description: "The VM's node, for ssh: the same from afar" },
    stack: stackOption("Whose Pulumi.NAME.yaml has the VM"),
    json: { type: "boolean", description: "Print what was done as JSON" },
  },
  run(options, surroundings, [name = ""]) {
    const { cwd } = surroundings;
    const bounds = { ...boundsFrom(options), ...hostOptionsFrom("kill", options) };
    const file = readFleetFile(cwd, textOf(options.stack));
    return withProxmox("kill", surroundings, file.connection, async (client) => {
      const [vm] = await namedVms([name], file.entries, new VmApi(client));
      if (vm === undefined) throw new Error(`${name}: no such VM`);
      return killed(vm, client, { options, bounds }, surroundings);
    });
  },
};

/** What was asked for, as given and as checked. */
interface Asked {
  readonly options: Options;
  readonly bounds: ReturnType<typeof boundsFrom> & HostOptions;
}

/** @throws {Error} when a time or an age is none */
function boundsFrom(options: Options): { maxAge: number; since?: Date } {
  const maxAge = wholeNumber("kill", "max-age", textOf(options["max-age"]) ?? String(usualMaxAge), {
    least: 1,
    most: 999_999,
    unit: "minutes",
  });
  const since = textOf(options.since);
  if (since === undefined) return { maxAge };
  const moment = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(since)
    ? Date.parse(since)
    : Number.NaN;
  if (Number.isNaN(moment)) {
    throw new Error(
      `fleet kill: --since: is no moment (got ${JSON.stringify(since)}); allowed is a time with its zone, such as 2026-06-11T15:21:00Z; correct it`,
    );
  }
  return { maxAge, since: new Date(moment) };
}

async function killed(
  vm: NamedVm,
  client: ProxmoxClient,
  asked: Asked,
  surroundings: Surroundings,
): Promise<Outcome> {
  const { options, bounds } = asked;
  const { vmid, node } = vm.location;
  const { now, patience, stderr } = surroundings;
  const api = new VmApi(client);
  const look = () => readProcessState(client, node, vmid, now);
  const state = await look();
  const { running, process } = state;
  if (!running) return done(vm, { stopped: false }, await startedAgain(vm, api, options, look), options);
  const obstacle = inTheWay({ label: vm.label, vmid, node }, state);
  if (obstacle !== undefined) throw obstacle;
  if (process === undefined) {
    throw new Error(
      `${vm.label}: Proxmox names no process for it (got none); allowed is a VM that runs; try again`,
    );
  }
  const because = await reasonToKill(vm, process, client.endpoint, asked, surroundings);
  const after = options.start === true ? ", then starts it again, with all changes that wait" : "";
  const what = `stops ${vm.label} on ${node} at once: ends its QEMU process ${process.pid} of ${process.started}, what the guest has not written is lost${after}`;
  stderr(`fleet kill: ${printable(what)}\nfleet kill: ${printable(because)}\n`);
  await confirm(options, surroundings, vm.label, "stop it", "nothing was done");
  const { process: still } = await look();
  if (still === undefined || !isSameProcess(still, process)) {
    throw new Error(
      `${vm.label}: is not the process any more that was asked about (got ${still?.pid ?? "none"}, not ${process.pid}); allowed is the same one; nothing was stopped, look again`,
    );
  }
  await remember(vm, process, because, surroundings);
  const { host } = bounds;
  const stop = () => api.stop(node, vmid);
  await stopAndVerify({ label: vm.label, vmid, node, process, stop, look, patience, ...(host && { host }) });
  return done(
    vm,
    { stopped: true, pid: process.pid, because },
    await startedAgain(vm, api, options, look),
    options,
  );
}

/** @throws {Error} when there is no evidence, and no reason to do without */
async function reasonToKill(
  vm: NamedVm,
  process: VmProcess,
  endpoint: string,
  { options, bounds }: Asked,
  { cwd, now }: Surroundings,
): Promise<string> {
  const without = textOf(options["without-evidence"]);
  if (without !== undefined) return `without evidence: ${without}`;
  const { maxAge, since } = bounds;
  const bundles = await bundlesOf(vm.location.vmid, resolve(cwd, textOf(options.bundles) ?? bundlesFolder));
  const { node, vmid } = vm.location;
  const wanted = { process, endpoint, node, now: now(), maxAge, ...(since && { since }) };
  const evidence = evidenceFor(bundles, wanted);
  if ("bundle" in evidence) {
    const { folder, manifest } = evidence.bundle;
    return `evidence ${folder}${manifest.host === undefined ? ", from the API alone, without a backtrace" : ""}`;
  }
  throw new Error(
    `${vm.label}: its evidence would be lost (got ${evidence.lacking}); allowed is a complete bundle of process ${process.pid}, newer than the freeze and at most ${maxAge} minutes old; capture it: fleet autopsy ${vmid} --ssh root@${node}, or say why not: --without-evidence REASON`,
  );
}

function remember(
  { location }: NamedVm,
  { pid }: VmProcess,
  because: string,
  { cwd, env, now }: Surroundings,
): Promise<void> {
  const user = env.SUDO_USER || env.USER || "unknown";
  return recordKill(resolve(cwd, killsLog), { at: now(), user, vmid: location.vmid, pid, because });
}

/** Starts it where that is wanted. @throws {Error} when it does not run afterwards */
async function startedAgain(
  { label, location: { vmid, node } }: NamedVm,
  api: VmApi,
  { start }: Options,
  look: () => ReturnType<typeof readProcessState>,
): Promise<number | undefined> {
  if (start !== true) return undefined;
  await api.start(node, vmid);
  const { process } = await look();
  if (process !== undefined) return process.pid;
  throw new Error(
    `${label}: was told to start and does not run (got no process); allowed is a VM that starts; look at its last task in Proxmox`,
  );
}

interface Stopped {
  readonly stopped: boolean;
  readonly pid?: number;
  readonly because?: string;
}

function done(vm: NamedVm, stopped: Stopped, startedPid: number | undefined, { json }: Options): Outcome {
  const { label, location } = vm;
  if (json) {
    const report = { vmid: location.vmid, node: location.node, ...stopped, startedPid };
    return { text: `${JSON.stringify(report, undefined, 2)}\n`, exitCode: 0 };
  }
  const lines = [
    stopped.stopped
      ? `${label}: stopped, process ${stopped.pid} is gone (${stopped.because})`
      : `${label}: does not run, nothing was stopped`,
    ...(startedPid === undefined ? [] : [`${label}: runs again as process ${startedPid}`]),
  ];
  return { text: `${lines.map(printable).join("\n")}\n`, exitCode: 0 };
}
