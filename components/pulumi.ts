/**
 * What the program uses of Pulumi's SDK, from the modules that hold it. The package's root would also load the
 * automation API, the TypeScript compiler and npm's dependency solver, which take longer than all else in a preview.
 */
export { Config } from "@pulumi/pulumi/config.js";
export { ResourceError, RunError } from "@pulumi/pulumi/errors.js";
export { warn } from "@pulumi/pulumi/log/index.js";
export { getStack } from "@pulumi/pulumi/metadata.js";
export { all, type Input, type Output } from "@pulumi/pulumi/output.js";
export {
  ComponentResource,
  type ComponentResourceOptions,
  CustomResource,
  type CustomResourceOptions,
  mergeOptions,
  ProviderResource,
  ResourceHook,
  type ResourceOptions,
} from "@pulumi/pulumi/resource.js";
export { invoke } from "@pulumi/pulumi/runtime/invoke.js";
export { isDryRun } from "@pulumi/pulumi/runtime/settings.js";
