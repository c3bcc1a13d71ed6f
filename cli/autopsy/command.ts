import { resolve } from "node:path";
import { packBundle } from "../../incident/autopsy/archive.ts";
import { type Captured, capture } from "../../incident/autopsy/capture.ts";
import { logSteps, readLogFile } from "../../incident/autopsy/log-steps.ts";
import { maskOf } from "../../incident/autopsy/mask.ts";
import type { StepRecord } from "../../incident/autopsy/step.ts";
import { verifyBundle } from "../../incident/autopsy/verify.ts";
import { writeReport } from "../../incident/report/write-report.ts";
import { VmApi } from "../../proxmox/api/vm-api.ts";
import { printable } from "../../proxmox/printable.ts";
import { type Command, type Options, type Outcome, textOf } from "../command.ts";
import { readFleetFile } from "../stack/fleet-file.ts";
import { namedVms } from "../stack/named-vm.ts";
import { stackOption } from "../stack/vm-arguments.ts";
import type { Surroundings } from "../surroundings.ts";
import { withProxmox } from "../with-proxmox.ts";
import { hostOptionsFrom } from "./host-options.ts";
import { logFilesFrom } from "./log-options.ts";
import { capturedText, type Finished, verifiedText } from "./text.ts";

/** Where bundles are kept, from the folder in which the command is run. */
export const bundlesFolder = ".fleet/autopsies";

/** Captures the evidence of a VM that hangs, before anybody stops it. Changes nothing. */
export const autopsy: Command = {
  name: "autopsy",
  description: "Capture the evidence of a VM that hangs, before it is stopped: a bundle and a page",
  operands: {
    name: "VM",
    description: "a key of the fleet file, a vmid, or a name in Proxmox",
    least: 0,
    most: 1,
  },
  args: {
    host: { type: "boolean", description: "This is the VM's node: QMP socket, gdb and /proc too" },
    ssh: { type: "string", valueHint: "HOST", description: "The VM's node, for ssh: the same from afar" },
    qmp: {
      type: "string",
      valueHint: "PATH",
      description: "QMP socket on the node, where it is not Proxmox's",
    },
    pid: { type: "string", valueHint: "PID", description: "Process on the node, where Proxmox does not say" },
    log: { type: "string", valueHint: "FILE,...", description: "Logs of host or guest for the timeline" },
    tz: {
      type: "string",
      valueHint: "ZONE,...",
      description: "Time zone of each log, or of all; UTC by default",
    },
    out: {
      type: "string",
      valueHint: "DIR",
      default: bundlesFolder,
      description: "Where the bundle is made",
    },
    stack: stackOption("Whose Pulumi.NAME.yaml has the VM"),
    verify: { type: "string", valueHint: "DIR", description: "Only check a bundle against its hashes" },
    report: { type: "string", valueHint: "DIR", description: "Only make a bundle's page again, with --log" },
    json: { type: "boolean", description: "Print the manifest as JSON" },
  },
  run(options, surroundings, [name]) {
    const { verify, report } = { verify: textOf(options.verify), report: textOf(options.report) };
    const asked = [name, verify, report].filter((one) => one !== undefined);
    if (asked.length !== 1) {
      throw new Error(
        `fleet autopsy: does not know what to do (got ${asked.length === 0 ? "nothing" : asked.join(", ")}); allowed is one of VM, --verify DIR and --report DIR; name one`,
      );
    }
    if (verify !== undefined) return verified(verify, options, surroundings);
    if (report !== undefined) return reported(report, options, surroundings);
    return captured(name ?? "", options, surroundings);
  },
};

async function captured(name: string, options: Options, surroundings: Surroundings): Promise<Outcome> {
  const { cwd, env, now, patience, signal, stderr } = surroundings;
  const say = (text: string) => stderr(`fleet autopsy: ${printable(text)}\n`);
  const hostOptions = hostOptionsFrom("autopsy", options);
  const logs = logFilesFrom(textOf(options.log), textOf(options.tz), cwd);
  const file = readFleetFile(cwd, textOf(options.stack));
  const token = env.PROXMOX_VE_API_TOKEN || file.connection.apiToken || "";
  const result = await withProxmox(
    "autopsy",
    // A request that hangs must not hold the rest: each step has a bound of its own.
    { ...surroundings, patience: { ...patience, request: Math.min(patience.request, 16_000), repeats: 1 } },
    file.connection,
    async (client) => {
      const [vm] = await namedVms([name], file.entries, new VmApi(client));
      if (vm === undefined) throw new Error(`${name}: no such VM`);
      const { vmid, node, name: called = vm.label } = vm.location;
      say(
        `captures ${vm.label} on ${node}; changes nothing${hostOptions.host === undefined ? "" : ", gdb stops the process for a moment"}`,
      );
      return capture({
        client,
        vm: { vmid, node, name: called },
        ...hostOptions,
        out: resolve(cwd, textOf(options.out) ?? bundlesFolder),
        mask: maskOf([token.slice(token.indexOf("=") + 1)]),
        now,
        sleep: patience.sleep,
        signal,
        more: logSteps(logs),
        // That the node is out of reach is said once, at the end.
        onStep: (record) => (hostOptions.host ?? !isOfHost(record)) && say(stepText(record)),
      });
    },
  );
  const made = await finished(result, signal);
  for (const remark of made.remarks) say(remark);
  const { folder, manifest } = result;
  const text = options.json
    ? `${JSON.stringify({ folder, ...manifest }, undefined, 2)}\n`
    : capturedText(result, made);
  return { text, exitCode: manifest.complete ? 0 : 2 };
}

/** The page and the archive: without them the bundle is still whole. */
async function finished({ folder }: Captured, signal: AbortSignal): Promise<Finished> {
  const files: string[] = [];
  const remarks: string[] = [];
  try {
    const page = await writeReport(folder);
    files.push(page.path);
    remarks.push(...page.remarks);
  } catch (error) {
    remarks.push(
      `report.html: cannot be made (got ${(error as Error).message}); make it later with fleet autopsy --report ${folder}`,
    );
  }
  try {
    files.push(await packBundle(folder, signal));
  } catch (error) {
    remarks.push((error as Error).message);
  }
  return { files, remarks };
}

async function verified(folder: string, options: Options, { cwd }: Surroundings): Promise<Outcome> {
  const bundle = await verifyBundle(resolve(cwd, folder));
  const holds = bundle.mistakes.length === 0;
  const text = options.json ? `${JSON.stringify(bundle, undefined, 2)}\n` : verifiedText(bundle);
  return { text, exitCode: holds ? 0 : 2 };
}

async function reported(folder: string, options: Options, { cwd, stderr }: Surroundings): Promise<Outcome> {
  const files = logFilesFrom(textOf(options.log), textOf(options.tz), cwd);
  const read = await Promise.all(
    files.map(async (file) => {
      try {
        return { name: file.name, timezone: file.timezone, text: await readLogFile(file) };
      } catch (error) {
        stderr(`fleet autopsy: ${printable((error as Error).message)}\n`);
        return undefined;
      }
    }),
  );
  const logs = read.filter((log) => log !== undefined);
  const { path, remarks } = await writeReport(resolve(cwd, folder), logs);
  for (const remark of remarks) stderr(`fleet autopsy: ${printable(remark)}\n`);
  const text = options.json ? `${JSON.stringify({ path, remarks }, undefined, 2)}\n` : `${path}\n`;
  return { text, exitCode: 0 };
}

function isOfHost({ file }: StepRecord): boolean {
  return /^(?:host|qmp)\//.test(file);
}

function stepText({ name, outcome, reason, bytes }: StepRecord): string {
  return outcome === "captured" ? `${name}: ${bytes} bytes` : `${name}: ${outcome}: ${reason}`;
}
