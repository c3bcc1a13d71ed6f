import * as pulumi from "@pulumi/pulumi";
import type { RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb.js";

/** One resource as the program registered it. */
interface Registered {
  readonly type: string;
  readonly name: string;
  readonly inputs: unknown;
}

/** Options of one resource as the engine would get them. */
interface RegisteredOptions {
  readonly parent: string;
  readonly provider: string;
  readonly protect: boolean;
  readonly ignoreChanges: readonly string[];
  readonly beforeCreate: readonly string[];
  /** Names that the resource had before. */
  readonly formerNames: readonly string[];
}

/** What a mocked program registered so far. */
export interface Recorded {
  /** Resources without the stack itself. */
  readonly resources: Registered[];
  /** Options by type and name. */
  readonly options: Map<string, RegisteredOptions>;
}

interface Monitor {
  registerResource(request: RegisterResourceRequest, done: unknown): unknown;
  registerResourceHook(request: unknown, done: (error: null, answer: object) => void): void;
}

/**
 * Records every resource and fails on every call that the provider is asked for.
 *
 * @param outputs what VmConfig answers, by the VM's name
 */
export async function withMocks(outputs: Readonly<Record<string, object>> = {}): Promise<Recorded> {
  const recorded: Recorded = { resources: [], options: new Map() };
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs }) => {
        if (type !== "pulumi:pulumi:Stack") recorded.resources.push({ type, name, inputs });
        const state =
          type === "proxmoxfleet:index:VmConfig" ? { waiting: [], ...inputs, ...outputs[name] } : inputs;
        return { id: `${name}-id`, state };
      },
      call: ({ token, inputs }) => {
        throw new Error(`unexpected call of ${token} with ${JSON.stringify(inputs)}`);
      },
    },
    "proxmox-fleet",
    "prod",
  );
  recordOptions(recorded);
  return recorded;
}

/** The SDK's mocks leave out options, and its mock monitor has no resource hooks. */
function recordOptions({ options }: Recorded): void {
  const monitor = pulumi.runtime.getMonitor() as unknown as Monitor;
  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = (request, done) => {
    options.set(`${request.getType()} ${request.getName()}`, {
      parent: request.getParent().split("::").slice(2).join(" "),
      provider: request.getProvider().split("::").slice(2).join(" "),
      protect: request.getProtect() ?? false,
      ignoreChanges: request.getIgnorechangesList(),
      beforeCreate: request.getHooks()?.getBeforeCreateList() ?? [],
      formerNames: request.getAliasesList().map((alias) => alias.getSpec()?.getName() ?? ""),
    });
    return register(request, done);
  };
  monitor.registerResourceHook = (_request, done) => done(null, {});
}

/** The value of an output. */
export function resolved<T>(output: pulumi.Output<T>): Promise<T> {
  return new Promise((done) => {
    output.apply((value) => done(value));
  });
}
