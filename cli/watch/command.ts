import { readStandard } from "../audit/standard.ts";
import { type Command, textOf } from "../command.ts";
import { readFleetFile } from "../stack/fleet-file.ts";
import { stackOption } from "../stack/vm-arguments.ts";
import { betweenLooks, ruleFor } from "../stalls/command.ts";
import { pause } from "../stalls/pause.ts";
import { plural } from "../stalls/verdict-text.ts";
import type { Surroundings } from "../surroundings.ts";
import { wholeNumber } from "../whole-number.ts";
import { withProxmox } from "../with-proxmox.ts";
import { Exporter } from "./exporter.ts";
import { listenAddress } from "./listen-address.ts";
import { serveMetrics } from "./metrics-server.ts";

/** A poll takes less, however slow Proxmox is; milliseconds. */
const longestPoll = 10 * 60_000;

/** Serves what is known of every VM to Prometheus. Sends GET requests only. */
export const watch: Command = {
  name: "watch",
  description: "Serve every VM's drives, stalls, drift and caps as metrics for Prometheus",
  args: {
    listen: {
      type: "string",
      valueHint: "ADDRESS:PORT",
      default: "127.0.0.1:9731",
      description: "Where to serve /metrics and /healthz; another address than loopback must be named",
    },
    interval: { type: "string", valueHint: "SECONDS", default: "15", description: "Time between two polls" },
    agent: { type: "boolean", description: "Ask the guests' agents too (VM.GuestAgent.Audit)" },
    stack: stackOption("Whose Pulumi.NAME.yaml says what is declared"),
  },
  run(options, surroundings) {
    const address = listenAddress(textOf(options.listen) ?? "127.0.0.1:9731");
    const interval = wholeNumber("watch", "interval", textOf(options.interval) ?? "15", betweenLooks);
    const { cwd, env, stderr } = surroundings;
    const tell = (text: string) => stderr(`fleet watch: ${text}\n`);
    const readFleet = () => {
      const file = readFleetFile(cwd, textOf(options.stack));
      return {
        entries: file.entries,
        connection: file.connection,
        standard: readStandard(undefined, cwd, true, env),
      };
    };
    const { connection } = readFleet();
    return withProxmox("watch", surroundings, connection, async (client) => {
      const now = () => surroundings.now().getTime();
      const rule = ruleFor(interval);
      const exporter = new Exporter({
        client,
        rule,
        agent: options.agent === true,
        interval,
        readFleet,
        now,
        tell,
      });
      const started = now();
      const server = await serveMetrics(address, {
        metrics: () => exporter.metrics(),
        unhealthy: () => overdue(now() - (exporter.ended ?? started)),
      });
      if (!address.loopback)
        tell(`whoever reaches ${address.host} can read the metrics: names of VMs, loads, versions`);
      tell(`serves ${server.url}/metrics, polls every ${plural(interval, "second")}`);
      try {
        await pollUntilEnded(exporter, interval, surroundings);
      } finally {
        await server.close();
      }
      return { text: "", exitCode: 0 };
    });
  },
};

async function pollUntilEnded(
  exporter: Exporter,
  interval: number,
  surroundings: Pick<Surroundings, "patience" | "signal">,
): Promise<void> {
  while (!surroundings.signal.aborted) {
    await exporter.poll();
    await pause(interval, surroundings);
  }
}

function overdue(milliseconds: number): string | undefined {
  return milliseconds > longestPoll
    ? `no poll has ended for ${Math.round(milliseconds / 1000)} seconds`
    : undefined;
}
