import { pathToFileURL } from "node:url";
import { printable } from "../../proxmox/printable.ts";

/** One rule of a SARIF report. */
interface SarifRule {
  readonly id: string;
  /** Begins with "Checks whether". */
  readonly description: string;
  readonly help: string;
  /** Absolute address. */
  readonly helpUri: string;
  readonly level: "error" | "warning";
}

/** Something that is said beside the results; an error means that the report is not whole. */
interface SarifNotification {
  readonly level: "error" | "note";
  readonly text: string;
}

/** What a SARIF log is made of. */
export interface SarifReport {
  /** Version of this project. */
  readonly version: string;
  /** What keeps reports of several kinds apart, `/` last. */
  readonly category: string;
  /** UTC, ISO 8601. */
  readonly endedAt: string;
  readonly isWhole: boolean;
  readonly notifications: readonly SarifNotification[];
  readonly rules: readonly SarifRule[];
  readonly results: readonly object[];
}

/**
 * A SARIF 2.1.0 log.
 *
 * @see https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
 */
export function sarifLogOf(report: SarifReport): object {
  const { version, category, endedAt, isWhole, notifications, rules, results } = report;
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "proxmox-fleet", semanticVersion: version, rules: rules.map(descriptor) } },
        automationDetails: { id: category },
        columnKind: "utf16CodeUnits",
        invocations: [
          {
            executionSuccessful: isWhole,
            endTimeUtc: endedAt,
            toolExecutionNotifications: notifications.map(({ level, text }) => ({
              level,
              message: { text: printable(text) },
            })),
          },
        ],
        results,
      },
    ],
  };
}

function descriptor({ id, description, help, helpUri, level }: SarifRule): object {
  return {
    id,
    shortDescription: { text: description },
    help: { text: help },
    helpUri,
    defaultConfiguration: { level },
  };
}

/** What a result is about, and where it is to be corrected. */
export interface SarifPlace {
  readonly vmid?: number | undefined;
  /** From the outside in: `devvm`, `scsi0`. */
  readonly names: readonly string[];
  /** Line of the VM's entry; for one that is not declared, the place where it would be is taken. */
  readonly line?: number | undefined;
  readonly stackFile: { readonly path: string; readonly vmsLine: number };
}

/** A result's location in the stack file. */
export function sarifLocation({ vmid, names, line, stackFile }: SarifPlace): object {
  const shown = names.map(printable);
  return {
    physicalLocation: {
      artifactLocation: { uri: stackFile.path, uriBaseId: "%SRCROOT%" },
      region: { startLine: line ?? stackFile.vmsLine },
    },
    logicalLocations: [
      {
        name: shown.at(-1),
        fullyQualifiedName: [...(vmid === undefined ? [] : [vmid]), ...shown].join("/"),
        kind: "resource",
      },
    ],
  };
}

/** Where a page of this project is: on the code host when its variables say so, else in the checkout. */
export function pageAddress(env: NodeJS.ProcessEnv, checkout: string, path: string): string {
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository, GITHUB_SHA: commit } = env;
  return server && repository
    ? `${server}/${repository}/blob/${commit || "HEAD"}/${path}`
    : `${pathToFileURL(checkout).href}/${path}`;
}
