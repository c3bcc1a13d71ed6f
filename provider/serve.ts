import grpc from "@grpc/grpc-js";
import services from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import type { Patience } from "../proxmox/api/patience.ts";
import { providerHandlers } from "./server.ts";

/** Serves the provider on a free loopback port, tells the port on standard output, and ends with the engine. */
export function serve(patience?: Patience): void {
  // The engine starts this with its own address as the last argument and reads our port from the first line.
  const engineAddress = process.argv.at(-1) ?? "";
  // Large fleets make large messages; the engine itself allows 400 MB.
  const limit = 400 * 1024 * 1024;
  const server = new grpc.Server({
    "grpc.max_receive_message_length": limit,
    "grpc.max_send_message_length": limit,
  });
  server.addService(services.ResourceProviderService, providerHandlers(engineAddress, patience));
  server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
    if (error) throw error;
    process.stdout.write(`${port}\n`);
  });

  // The engine ends its plugins with SIGINT; an orderly end keeps what was compiled for the next start.
  process.once("SIGINT", () => process.exit(0));

  // An engine that was killed leaves its plugins behind; without a parent there is nobody to serve.
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) process.exit(0);
  }, 1_000).unref();
}
