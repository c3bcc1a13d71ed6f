import { spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { createInterface } from "node:readline";
import grpc from "@grpc/grpc-js";
import engineServices from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import type { LogRequest } from "@pulumi/pulumi/proto/engine_pb.js";
import services from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import struct from "google-protobuf/google/protobuf/struct_pb.js";

type Properties = Record<string, unknown>;

const executable = resolve(import.meta.dirname, "../../provider/pulumi-resource-proxmoxfleet");
const urn = "urn:pulumi:test::proxmox-fleet::proxmoxfleet:index:VmConfig::vm";

/** What the provider said on its resource through the engine's log. */
export interface Said {
  readonly severity: "info" | "warning";
  readonly message: string;
}

/**
 * The VmConfig provider's own process, spoken to over its protocol as the engine does, without the engine:
 * quick enough for thousands of rounds.
 */
export class ProviderProcess implements AsyncDisposable {
  readonly said: Said[] = [];
  readonly #client: services.ResourceProviderClient;
  readonly #stop: (signal: "SIGTERM" | "SIGKILL") => Promise<void>;

  private constructor(
    client: services.ResourceProviderClient,
    said: Said[],
    stop: (signal: "SIGTERM" | "SIGKILL") => Promise<void>,
  ) {
    this.#client = client;
    this.said = said;
    this.#stop = stop;
  }

  /** Starts it with these variables and configures it. */
  static async start(env: Record<string, string>, program = executable): Promise<ProviderProcess> {
    const said: Said[] = [];
    const engine = new grpc.Server();
    engine.addService(engineServices.EngineService, {
      log: (call: { request: LogRequest }, callback: grpc.sendUnaryData<empty.Empty>) => {
        const severity = call.request.getSeverity() === 2 ? "warning" : "info";
        said.push({ severity, message: call.request.getMessage() });
        callback(null, new empty.Empty());
      },
    });
    const credentials = grpc.ServerCredentials.createInsecure();
    const enginePort = await new Promise<number>((done, failed) => {
      engine.bindAsync("127.0.0.1:0", credentials, (error, port) => (error ? failed(error) : done(port)));
    });
    const child = spawn(program, [`127.0.0.1:${enginePort}`], {
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...process.env, ...env },
    });
    const exited = once(child, "exit");
    const [port] = (await Promise.race([
      once(createInterface({ input: child.stdout }), "line"),
      exited.then(() => {
        throw new Error("the provider ended before it served");
      }),
    ])) as [string];
    const client = new services.ResourceProviderClient(
      `127.0.0.1:${port}`,
      grpc.credentials.createInsecure(),
    );
    const provider = new ProviderProcess(client, said, async (signal) => {
      client.close();
      child.kill(signal);
      await exited;
      engine.forceShutdown();
    });
    try {
      await call(client, "configure", new messages.ConfigureRequest().setArgs(toStruct({})));
    } catch (error) {
      await provider[Symbol.asyncDispose]();
      throw error;
    }
    return provider;
  }

  /** Ends it at once, whatever it does, as nobody can prevent. */
  async kill(): Promise<void> {
    await this.#stop("SIGKILL");
  }

  /** Mistakes by property path. */
  async check(inputs: Properties): Promise<{ property: string; reason: string }[]> {
    const request = new messages.CheckRequest().setUrn(urn).setNews(toStruct(inputs));
    const response = await call<messages.CheckResponse>(this.#client, "check", request);
    return response.getFailuresList().map((failure) => failure.toObject());
  }

  /** Paths that differ, with the kind of difference. */
  async diff(olds: Properties, news: Properties): Promise<Record<string, messages.PropertyDiff.Kind>> {
    const request = new messages.DiffRequest()
      .setUrn(urn)
      .setId(String(olds.vmid))
      .setOldInputs(toStruct(olds))
      .setOlds(toStruct(olds))
      .setNews(toStruct(news));
    const response = await call<messages.DiffResponse>(this.#client, "diff", request);
    const kinds: Record<string, messages.PropertyDiff.Kind> = {};
    response.getDetaileddiffMap().forEach((diff: messages.PropertyDiff, path: string) => {
      kinds[path] = diff.getKind();
    });
    return kinds;
  }

  async create(inputs: Properties, preview = false): Promise<Properties> {
    const request = new messages.CreateRequest()
      .setUrn(urn)
      .setPreview(preview)
      .setProperties(toStruct(inputs));
    const response = await call<messages.CreateResponse>(this.#client, "create", request);
    return response.getProperties()?.toJavaScript() ?? {};
  }

  async update(olds: Properties, news: Properties, preview = false): Promise<Properties> {
    const request = new messages.UpdateRequest()
      .setUrn(urn)
      .setId(String(olds.vmid))
      .setPreview(preview)
      .setOlds(toStruct(olds))
      .setOldInputs(toStruct(olds))
      .setNews(toStruct(news));
    const response = await call<messages.UpdateResponse>(this.#client, "update", request);
    return response.getProperties()?.toJavaScript() ?? {};
  }

  /** Inputs and outputs as they are now; undefined when the VM is gone. */
  async read(
    inputs: Properties,
    outputs: Properties = inputs,
  ): Promise<{ inputs: Properties; outputs: Properties } | undefined> {
    const request = new messages.ReadRequest()
      .setUrn(urn)
      .setId(String(inputs.vmid))
      .setInputs(toStruct(inputs))
      .setProperties(toStruct(outputs));
    const response = await call<messages.ReadResponse>(this.#client, "read", request);
    if (response.getId() === "") return undefined;
    return {
      inputs: response.getInputs()?.toJavaScript() ?? {},
      outputs: response.getProperties()?.toJavaScript() ?? {},
    };
  }

  /** What an import of an id finds. */
  async import(id: string): Promise<{ inputs: Properties; outputs: Properties }> {
    const response = await call<messages.ReadResponse>(
      this.#client,
      "read",
      new messages.ReadRequest().setUrn(urn).setId(id),
    );
    return {
      inputs: response.getInputs()?.toJavaScript() ?? {},
      outputs: response.getProperties()?.toJavaScript() ?? {},
    };
  }

  async delete(inputs: Properties): Promise<void> {
    const request = new messages.DeleteRequest()
      .setUrn(urn)
      .setId(String(inputs.vmid))
      .setProperties(toStruct(inputs));
    await call(this.#client, "delete", request);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stop("SIGTERM");
  }
}

function toStruct(properties: Properties) {
  return struct.Struct.fromJavaScript(properties as Record<string, never>);
}

/** One call; a failure is an Error with the provider's words alone. */
function call<Response>(
  client: services.ResourceProviderClient,
  method: "configure" | "check" | "diff" | "create" | "update" | "read" | "delete",
  request: unknown,
): Promise<Response> {
  return new Promise((done, failed) => {
    const invoke = client[method].bind(client) as unknown as (
      request: unknown,
      callback: (error: grpc.ServiceError | null, response: Response) => void,
    ) => void;
    invoke(request, (error, response) => (error ? failed(new Error(error.details)) : done(response)));
  });
}
