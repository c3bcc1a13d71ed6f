import { type Host, sshHost, thisMachine } from "../../incident/autopsy/host.ts";
import { type Options, textOf } from "../command.ts";
import { wholeNumber } from "../whole-number.ts";

/** Greatest process id that Linux gives. */
const greatestPid = 4_194_304;

/** How QEMU's host is reached, if at all; which process and socket to take there. */
export interface HostOptions {
  readonly host?: Host;
  readonly qmpPath?: string;
  readonly pid?: number;
}

/** @throws {Error} when the options contradict each other, or one is not of its form */
export function hostOptionsFrom(command: string, options: Options): HostOptions {
  const ssh = textOf(options.ssh);
  const qmpPath = textOf(options.qmp);
  const pid = textOf(options.pid);
  if (options.host === true && ssh !== undefined) {
    throw new Error(
      `fleet ${command}: two hosts (got --host and --ssh ${ssh}); allowed is one of them; leave one out`,
    );
  }
  const host = ssh === undefined ? (options.host === true ? thisMachine : undefined) : sshHost(ssh);
  if (host === undefined && (qmpPath !== undefined || pid !== undefined)) {
    throw new Error(
      `fleet ${command}: --qmp and --pid name something on the node (got no --host and no --ssh); allowed is either; add one`,
    );
  }
  if (qmpPath !== undefined && !qmpPath.startsWith("/")) {
    throw new Error(
      `fleet ${command}: --qmp: is no socket's path (got ${JSON.stringify(qmpPath)}); allowed is an absolute path; correct it`,
    );
  }
  return {
    ...(host && { host }),
    ...(qmpPath !== undefined && { qmpPath }),
    ...(pid !== undefined && { pid: wholeNumber(command, "pid", pid, { least: 1, most: greatestPid }) }),
  };
}
