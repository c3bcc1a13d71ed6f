import type { handleUnaryCall } from "@grpc/grpc-js";
import grpc from "@grpc/grpc-js";
import type { Struct } from "google-protobuf/google/protobuf/struct_pb.js";
import struct from "google-protobuf/google/protobuf/struct_pb.js";
import { printableLines } from "../proxmox/printable.ts";

/**
 * A gRPC handler from a plain function; what it throws becomes the call's error, message only.
 *
 * @param detailsOf what the engine gets beside the message of an error
 */
export function unary<Request, Response>(
  handle: (request: Request) => Response | Promise<Response>,
  detailsOf?: (error: unknown, message: string) => grpc.Metadata | undefined,
): handleUnaryCall<Request, Response> {
  return (call, callback) => {
    Promise.resolve(call.request)
      .then(handle)
      .then(
        (response) => callback(null, response),
        (error: unknown) => {
          const details = printableLines(error instanceof Error ? error.message : String(error));
          const metadata = detailsOf?.(error, details);
          callback({ code: grpc.status.UNKNOWN, details, ...(metadata && { metadata }) });
        },
      );
  };
}

/** Key and value by which the engine marks an object as a wrapped secret. */
const signature = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";

/** A message's properties as plain values, secrets unwrapped; empty when it has none. */
export function propertiesOf(message: Struct | undefined): Record<string, unknown> {
  return revealed(message?.toJavaScript() ?? {}) as Record<string, unknown>;
}

function revealed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(revealed);
  if (typeof value !== "object" || value === null) return value;
  const record = value as Record<string, unknown>;
  if (record[signature] === secretSignature) return revealed(record.value);
  return Object.fromEntries(Object.entries(record).map(([key, inner]) => [key, revealed(inner)]));
}

/** Plain values as a message; absent values are left out. */
export function toStruct(properties: object): Struct {
  // A round through JSON drops undefined, which the message type would refuse.
  return struct.Struct.fromJavaScript(JSON.parse(JSON.stringify(properties)) as Record<string, never>);
}
