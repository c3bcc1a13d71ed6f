import messages from "@pulumi/pulumi/proto/provider_pb.js";
import statuses from "@pulumi/pulumi/proto/status_pb.js";
import { expect, test } from "vitest";
import { failureDetails, PartialFailure } from "../../provider/partial-failure.ts";
import { outputsFrom } from "../../provider/vm-config-inputs.ts";

test("the engine gets the outputs, the id and the reason in the details of the status", () => {
  const waiting = [{ path: "options.nameserver", to: "192.0.2.53", configured: true }];
  const outputs = outputsFrom({ vmid: 204, status: "running", waiting });
  const metadata = failureDetails(new PartialFailure(new Error("no more"), outputs), "no more");
  const [bytes] = metadata.get("grpc-status-details-bin");
  const status = statuses.Status.deserializeBinary(bytes as Buffer);
  expect([status.getCode(), status.getMessage()]).toEqual([2, "no more"]);
  const [detail] = status.getDetailsList();
  expect(detail?.getTypeName()).toBe("pulumirpc.ErrorResourceInitFailed");
  const failed = messages.ErrorResourceInitFailed.deserializeBinary(
    detail?.getValue_asU8() ?? new Uint8Array(),
  );
  expect(failed.getId()).toBe("204");
  expect(failed.getReasonsList()).toEqual(["no more"]);
  expect(failed.getRefreshBeforeUpdate()).toBe(true);
  expect(failed.getProperties()?.toJavaScript()).toEqual(outputs);
});
