import { AnalyzerService } from "@pulumi/pulumi/proto/analyzer_grpc_pb.js";
import type { ConfigureAnalyzerRequest } from "@pulumi/pulumi/proto/analyzer_pb.js";

interface Method {
  requestDeserialize: (bytes: Buffer) => ConfigureAnalyzerRequest;
}

/**
 * Listens to the names of policies that the engine configures. It sends also those that the pack does not have,
 * and the SDK ignores them, so that a rule with a typo in its name would keep its level unnoticed.
 */
export function listenToConfiguredNames(heard: (names: readonly string[]) => void): void {
  const configure = AnalyzerService.configure as unknown as Method;
  const deserialize = configure.requestDeserialize;
  configure.requestDeserialize = (bytes) => {
    const request = deserialize(bytes);
    heard([...request.getPolicyconfigMap().keys()]);
    return request;
  };
}

/** @throws {Error} when a configured policy is none of this pack */
export function requireKnownNames(configured: readonly string[], policies: readonly string[]): void {
  const unknown = configured.filter((name) => name !== "all" && !policies.includes(name));
  if (unknown.length === 0) return;
  throw new Error(
    `policy configuration: names no policy of this pack (got ${unknown.join(", ")}); policies are ${policies.join(", ")}; correct the spelling`,
  );
}
