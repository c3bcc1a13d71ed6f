import { type AlertFile, alertFiles } from "../../incident/alerts/alert-files.ts";
import { type Command, textOf } from "../command.ts";
import { requireFleetFile } from "../stack/fleet-file.ts";
import { stackOption } from "../stack/vm-arguments.ts";
import { writeFiles } from "./write-files.ts";

/** Writes the alerting configuration of a fleet. Asks no node. */
export const alerts: Command = {
  name: "alerts",
  description: "Write Prometheus rules and an Alertmanager route to Slack, made from the fleet file",
  args: {
    out: {
      type: "string",
      valueHint: "DIR",
      description: "Where to write the files; without it they are printed",
    },
    yes: { type: "boolean", description: "Overwrite files that differ, after their differences were shown" },
    slack: {
      type: "string",
      valueHint: "PATH",
      default: "/etc/alertmanager/slack-webhook-url",
      description: "File on Alertmanager's host that holds the address of the Slack webhook",
    },
    stack: stackOption("Whose Pulumi.NAME.yaml is the fleet"),
  },
  async run(options, surroundings) {
    const { entries } = requireFleetFile(surroundings.cwd, textOf(options.stack));
    const scraped = entries.flatMap(({ key, spec: { vmid, scrapeJob } }) =>
      scrapeJob === undefined ? [] : [{ key, vmid, scrapeJob }],
    );
    const urlFile = textOf(options.slack) ?? "/etc/alertmanager/slack-webhook-url";
    const files = alertFiles(scraped, urlFile);
    const folder = textOf(options.out);
    if (folder === undefined) return { text: files.map(printed).join("\n"), exitCode: 0 };
    return { text: await writeFiles(folder, files, options.yes === true, surroundings), exitCode: 0 };
  },
};

function printed({ name, text }: AlertFile): string {
  return `# ==== ${name} ====\n${text}`;
}
