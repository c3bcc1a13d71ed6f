import grpc from "@grpc/grpc-js";
import engineServices from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import engineMessages from "@pulumi/pulumi/proto/engine_pb.js";
import { printableLines } from "../proxmox/printable.ts";

const { LogRequest, LogSeverity } = engineMessages;
const severities = { info: LogSeverity.INFO, warning: LogSeverity.WARNING } as const;

/** The engine's log: what is said here stands on the resource in the output of preview and up. */
export class EngineLog {
  readonly #client: engineServices.EngineClient;

  /** `address` is host:port of the engine, as it gives it to every plugin. */
  constructor(address: string) {
    this.#client = new engineServices.EngineClient(address, grpc.credentials.createInsecure());
  }

  /** Says one message on a resource, or on the whole run; resolves when the engine has it. */
  say(severity: keyof typeof severities, urn: string, message: string): Promise<void> {
    const request = new LogRequest()
      .setSeverity(severities[severity])
      .setUrn(urn)
      .setMessage(printableLines(message));
    return new Promise((resolve, reject) => {
      this.#client.log(request, (error) => (error ? reject(error) : resolve()));
    });
  }
}
