import grpc from "@grpc/grpc-js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import statuses from "@pulumi/pulumi/proto/status_pb.js";
import any from "google-protobuf/google/protobuf/any_pb.js";
import { toStruct } from "./rpc.ts";
import type { VmConfigInputs, VmConfigOutputs } from "./vm-config-inputs.ts";

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
 * A VM that cannot be read now, while others can: it stays in the state as it was. The engine goes on with the
 * others, remembers the reason, and updates the VM before its run ends, which then fails unless it can be read again.
 */
export class UnreadVm extends PartialFailure {
  readonly inputs: VmConfigInputs;

  constructor(error: Error, inputs: VmConfigInputs, outputs: VmConfigOutputs) {
    super(error, outputs);
    this.name = "UnreadVm";
    this.inputs = inputs;
  }
}

/**
 * The failure as details of a gRPC status, from which the engine saves the outputs.
 *
 * @see https://github.com/pulumi/pulumi/blob/master/proto/pulumi/provider.proto ErrorResourceInitFailed
 */
export function failureDetails(failure: PartialFailure, message: string): grpc.Metadata {
  const { outputs } = failure;
  const failed = new messages.ErrorResourceInitFailed()
    .setId(String(outputs.vmid))
    .setProperties(toStruct(outputs))
    .setReasonsList([message])
    .setRefreshBeforeUpdate(true);
  if (failure instanceof UnreadVm) failed.setInputs(toStruct(failure.inputs));
  const detail = new any.Any();
  detail.pack(failed.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const status = new statuses.Status().setCode(grpc.status.UNKNOWN).setMessage(message);
  status.addDetails(detail);
  const metadata = new grpc.Metadata();
  metadata.set("grpc-status-details-bin", Buffer.from(status.serializeBinary()));
  return metadata;
}
