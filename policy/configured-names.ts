import { AnalyzerService } from "@pulumi/pulumi/proto/analyzer_grpc_pb.js";
import type { ConfigureAnalyzerRequest } from "@pulumi/pulumi/proto/analyzer_pb.js";

interface Method {
  requestDeserialize: (bytes: Buffer) => ConfigureAnalyzerRequest;
}

/**
 * Makes the pack fail on a configuration that names no policy of it. The engine sends such a name on and the SDK
 * ignores it, so that a rule with a typo in its name would keep its level unnoticed.
 */
export function refuseUnknownNames(
  policies: readonly string[],
  configure: Method = AnalyzerService.configure as unknown as Method,
): void {
  const deserialize = configure.requestDeserialize;
  configure.requestDeserialize = (bytes) => {
    const request = deserialize(bytes);
    for (const name of request
      .getPolicyconfigMap()
      .toObject(false)
      .map(([key]) => key)) {
      if (policies.includes(name)) continue;
      throw new Error(
        `policy configuration: names no policy of this pack (got ${name}); policies are ${policies.join(", ")}; correct the spelling`,
      );
    }
    return request;
  };
}
