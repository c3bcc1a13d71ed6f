import log from "@pulumi/pulumi/log/index.js";

/**
 * Takes out of Pulumi's SDK what costs half of the program's time and is for debugging the SDK itself: several stack
 * traces of every resource, each frame looked up in source maps, and several debug messages of every resource, each a
 * request to the engine. What is lost: frames below the message of an error that nobody foresaw, and the SDK's own
 * lines in `pulumi --debug`. Where a resource stands in the program is still told to the engine.
 *
 * @param env with PROXMOX_FLEET_DEBUG set, the SDK is left as it is
 */
export function useLeanSdk(env: Readonly<Record<string, string | undefined>> = process.env): void {
  if (env.PROXMOX_FLEET_DEBUG) return;
  Error.stackTraceLimit = 0;
  // The SDK has its own positions mapped; in this project's files they are right as they are.
  (Error as { prepareStackTrace?: unknown }).prepareStackTrace = undefined;
  log.debug = () => Promise.resolve();
}
