import type { handleUnaryCall } from "@grpc/grpc-js";
import grpc from "@grpc/grpc-js";
import type { Struct } from "google-protobuf/google/protobuf/struct_pb.js";
import struct from "google-protobuf/google/protobuf/struct_pb.js";

/** A gRPC handler from a plain function; what it throws becomes the call's error, message only. */
export function unary<Request, Response>(
  handle: (request: Request) => Response | Promise<Response>,
): handleUnaryCall<Request, Response> {
  return (call, callback) => {
    Promise.resolve(call.request)
      .then(handle)
      .then(
        (response) => callback(null, response),
        (error: unknown) =>
          callback({
            code: grpc.status.UNKNOWN,
            details: error instanceof Error ? error.message : String(error),
          }),
      );
  };
}

/** A message's properties as plain values; empty when it has none. */
export function propertiesOf(message: Struct | undefined): Record<string, unknown> {
  return message?.toJavaScript() ?? {};
}

/** Plain values as a message; absent values are left out. */
export function toStruct(properties: object): Struct {
  // A round through JSON drops undefined, which the message type would refuse.
  return struct.Struct.fromJavaScript(JSON.parse(JSON.stringify(properties)) as Record<string, never>);
}
