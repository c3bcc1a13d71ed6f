import { resolve } from "node:path";
import packageJson from "../../package.json" with { type: "json" };
import type { ProxmoxClient } from "../../proxmox/api/client.ts";
import { readStandard } from "../audit/standard.ts";
import type { Command } from "../command.ts";
import { pageAddress } from "../sarif/log.ts";
import { type FleetFile, requireFleetFile } from "../stack/fleet-file.ts";
import { stackOption } from "../stack/vm-arguments.ts";
import type { Surroundings } from "../surroundings.ts";
import { withProxmox } from "../with-proxmox.ts";
import { type StatusOptions, statusOptions } from "./options.ts";
import { readCluster } from "./read-cluster.ts";
import { exitCodeOf, type StatusReport, statusReport } from "./report.ts";
import { statusSarif } from "./sarif.ts";
import { statusTable } from "./table.ts";
import { watch } from "./watch.ts";

const checkout = resolve(import.meta.dirname, "../..");

/** Fleets of more VMs are told how far the reading is, after each hundred of them. */
const smallFleet = 50;
const step = 100;

/** Compares every VM's declared, configured and waiting keys. Sends GET requests alone. */
export const status: Command = {
  name: "status",
  description: "Compare what is declared, what is configured and what waits, VM by VM",
  operands: {
    name: "VM",
    description: "a key of the fleet file, a vmid, or a name in Proxmox; all VMs without one",
    least: 0,
    most: Number.POSITIVE_INFINITY,
  },
  args: {
    json: { type: "boolean", description: "Print the report as JSON; with --watch one line for each change" },
    sarif: { type: "boolean", description: "Print the report as SARIF 2.1.0, for code hosts" },
    watch: { type: "boolean", description: "Look again and again until it is ended" },
    interval: {
      type: "string",
      valueHint: "SECONDS",
      description: "Between two looks of --watch; 30 unless given",
    },
    stack: stackOption("Whose Pulumi.NAME.yaml declares the VMs"),
    concurrency: {
      type: "string",
      valueHint: "N",
      description: "Most requests under way at once, 1 to 64; 8 unless given",
    },
  },
  async run(given, surroundings, names) {
    const options = statusOptions(given);
    const { concurrency, form, interval } = options;
    const { env, colour, signal, terminal = false } = surroundings;
    const readFleet = () => requireFleetFile(surroundings.cwd, options.stack);
    const first = readFleet();
    const work = async (client: ProxmoxClient) => {
      const fleets = [first];
      // A watch follows what is written meanwhile.
      const look = () => lookOnce(client, fleets.pop() ?? readFleet(), names, options, surroundings);
      if (!options.watch) {
        const report = await look();
        return { text: rendered(report, options, env, colour), exitCode: exitCodeOf(report) };
      }
      const render = (report: StatusReport) =>
        form === "json" ? `${JSON.stringify(report)}\n` : `${report.readAt}\n${statusTable(report, colour)}`;
      const redraw = terminal && form !== "json";
      return { text: "", exitCode: await watch({ look, render, redraw, interval }, surroundings) };
    };
    try {
      return await withProxmox("status", surroundings, first.connection, work, { concurrency, signal });
    } catch (error) {
      if (!signal.aborted) throw error;
      throw new Error(
        "fleet status: ended before every VM was read (got a signal); nothing was written, as always; run it again",
        { cause: error },
      );
    }
  },
};

async function lookOnce(
  client: ProxmoxClient,
  fleet: FleetFile,
  names: readonly string[],
  { stack, concurrency, watch }: StatusOptions,
  { cwd, env, now, stderr }: Surroundings,
): Promise<StatusReport> {
  const standard = readStandard(undefined, cwd, true, env);
  const progress = (read: number, of: number) => {
    if (watch || of <= smallFleet || read % step !== 0) return;
    const said = read === 0 ? `reads ${of} VMs from ${client.endpoint}` : `${read} of ${of} VMs read`;
    stderr(`fleet status: ${said}\n`);
  };
  const observed = await readCluster(client, {
    names,
    entries: fleet.entries,
    atOnce: concurrency,
    progress,
  });
  return statusReport(observed, fleet, { source: client.endpoint, now: now(), stack, standard });
}

function rendered(
  report: StatusReport,
  { form }: StatusOptions,
  env: NodeJS.ProcessEnv,
  colour: boolean,
): string {
  if (form === "table") return statusTable(report, colour);
  const { version } = packageJson;
  const shown =
    form === "json" ? report : statusSarif(report, version, pageAddress(env, checkout, "docs/status.md"));
  return `${JSON.stringify(shown, undefined, 2)}\n`;
}
