import { resolve } from "node:path";
import { cloudInitFragment } from "../../components/forensics/cloud-init-fragment.ts";
import { sourceAddresses } from "../../components/forensics/source-addresses.ts";
import { systemdUnit, unitName } from "../../incident/listener/systemd-unit.ts";
import { type Command, type Options, textOf } from "../command.ts";
import { readFleetFile, usualStack } from "../stack/fleet-file.ts";
import { stackOption } from "../stack/vm-arguments.ts";
import { wholeNumber } from "../whole-number.ts";
import { declaredListener, parseEndpoint } from "./endpoint.ts";
import { listen } from "./listen.ts";
import { listenText } from "./report.ts";

/** Size of one log file. */
const logMebibytes = { least: 1, most: 99_999, unit: "MiB" } as const;

const checkout = resolve(import.meta.dirname, "../..");

/** Writes what the kernels of guests say over netconsole into a log per VM; prints what guests and host need. */
export const listenCommand: Command = {
  name: "listen",
  description: "Write what guests' kernels send (netconsole) into a log per VM, until it is ended",
  args: {
    listen: {
      type: "string",
      valueHint: "ADDRESS:PORT",
      description: "Where to listen, in place of the fleet's forensics.listener",
    },
    logs: {
      type: "string",
      valueHint: "DIR",
      default: "netconsole-logs",
      description: "Folder of the logs, made when it is missing",
    },
    "log-mib": {
      type: "string",
      valueHint: "N",
      default: "16",
      description: "Size of a log file in MiB; a full one is kept as .1, in place of the one before",
    },
    "cloud-init": { type: "boolean", description: "Print what guests need, as a snippet of vendor data" },
    "systemd-unit": { type: "boolean", description: "Print a unit that keeps the listener running" },
    json: { type: "boolean", description: "Print the counts at the end as JSON" },
    stack: stackOption("Whose Pulumi.NAME.yaml says who listens and which VM has which address"),
  },
  async run(options, surroundings) {
    requireForm(options);
    const said = textOf(options.listen);
    const endpoint = said === undefined ? undefined : parseEndpoint(said);
    const stack = textOf(options.stack) ?? usualStack;
    const file = readFleetFile(surroundings.cwd, textOf(options.stack));
    if (options["cloud-init"]) return { exitCode: 0, text: cloudInitFragment(declaredListener(file)) };
    const target = endpoint ?? declaredListener(file);
    if (options["systemd-unit"]) {
      if (/^\/(home|root)\//.test(checkout)) {
        surroundings.stderr(
          `fleet listen: ${unitName} cannot read ${checkout} (ProtectHome); move it to /opt\n`,
        );
      }
      const unit = { node: process.execPath, checkout, folder: surroundings.cwd, stack };
      return { exitCode: 0, text: systemdUnit({ ...unit, ...(said !== undefined && { listen: said }) }) };
    }
    const report = await listen(
      {
        target,
        sources: new Map(sourceAddresses(file.fleet).map(({ address, key }) => [address, key])),
        folder: resolve(surroundings.cwd, textOf(options.logs) ?? ""),
        fileBytes:
          wholeNumber("listen", "log-mib", textOf(options["log-mib"]) ?? "", logMebibytes) * 1024 ** 2,
      },
      surroundings,
    );
    return {
      exitCode: 0,
      text: options.json ? `${JSON.stringify(report, undefined, 2)}\n` : listenText(report),
    };
  },
};

function requireForm(options: Options): void {
  const forms = ["cloud-init", "systemd-unit", "json"].filter((form) => options[form]);
  if (options["cloud-init"] && options.listen !== undefined) forms.push("listen");
  if (forms.length > 1) {
    const got = forms.map((form) => `--${form}`).join(" and ");
    throw new Error(`fleet listen: two things at once (got ${got}); allowed is one of them; leave one out`);
  }
}
