import grpc from "@grpc/grpc-js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import statuses from "@pulumi/pulumi/proto/status_pb.js";
import any from "google-protobuf/google/protobuf/any_pb.js";
import { toStruct } from "./rpc.ts";
import type { VmConfigOutputs } from "./vm-config-inputs.ts";

/** A failure after which the state must know what was written: no later look at the VM could tell. */
export class PartialFailure extends Error {
  readonly outputs: VmConfigOutputs;

  constructor(error: Error, outputs: VmConfigOutputs) {
    super(error.message, { cause: error });
    this.name = "PartialFailure";
    this.outputs = outputs;
  }
}

/**
 * The failure as details of a gRPC status, from which the engine saves the outputs.
 *
 * @see https://github.com/pulumi/pulumi/blob/master/proto/pulumi/provider.proto ErrorResourceInitFailed
 */
export function failureDetails({ outputs }: PartialFailure, message: string): grpc.Metadata {
  const failed = new messages.ErrorResourceInitFailed()
    .setId(String(outputs.vmid))
    .setProperties(toStruct(outputs))
    .setReasonsList([message])
    .setRefreshBeforeUpdate(true);
  const detail = new any.Any();
  detail.pack(failed.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const status = new statuses.Status().setCode(grpc.status.UNKNOWN).setMessage(message);
  status.addDetails(detail);
  const metadata = new grpc.Metadata();
  metadata.set("grpc-status-details-bin", Buffer.from(status.serializeBinary()));
  return metadata;
}
