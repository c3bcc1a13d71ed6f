import type { UntypedServiceImplementation } from "@grpc/grpc-js";
import plugins from "@pulumi/pulumi/proto/plugin_pb.js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import type { Patience } from "../proxmox/api/patience.ts";
import type { Reference } from "../proxmox/reference.ts";
import { ConnectionFault } from "./connection-fault.ts";
import { detailedDiff } from "./detailed-diff.ts";
import { EngineLog } from "./engine-log.ts";
import { failureDetails, PartialFailure } from "./partial-failure.ts";
import { propertiesOf, toStruct, unary } from "./rpc.ts";
import { findVmToken, missingNamesToken, packageVersion } from "./tokens.ts";
import type { Say, VmConfigResource } from "./vm-config.ts";
import { inputsFrom, outputsFrom, unknownValue } from "./vm-config-inputs.ts";

/** What only calls about VMs need. The engine starts one more provider that never gets any, and waits for it. */
const vmParts = () => import("./vm-parts.ts");

/**
 * The engine's side of the provider: gRPC messages in, calls of {@link VmConfigResource} out.
 * The SDK's own server is not used: it passes no configuration, no preview flag and no detailed diff.
 * Methods that are not here answer "unimplemented", which the engine takes as "has none".
 */
export function providerHandlers(engineAddress: string, patience?: Patience): UntypedServiceImplementation {
  let log = new EngineLog(engineAddress);
  let vmConfig: VmConfigResource | undefined;
  const connection = new ConnectionFault();

  const configured = (): VmConfigResource => {
    connection.require();
    if (vmConfig !== undefined) return vmConfig;
    throw new Error("proxmoxfleet: not configured yet; its endpoint or token is unknown in this preview");
  };

  /** Runs a call that may say things on its resource, and answers only when all of it has been said. */
  async function saying<T>(urn: string, call: (say: Say) => Promise<T> | T): Promise<T> {
    let said = Promise.resolve();
    try {
      return await call((severity, message) => {
        said = said.then(() => log.say(severity, urn, message));
      });
    } finally {
      await said;
    }
  }

  return {
    getPluginInfo: unary(() => new plugins.PluginInfo().setVersion(packageVersion)),
    getSchema: unary(async () => {
      const { schema } = await import("./schema.ts");
      return new messages.GetSchemaResponse().setSchema(JSON.stringify(schema));
    }),
    cancel: unary(() => new empty.Empty()),

    attach: unary((request: plugins.PluginAttach) => {
      log = new EngineLog(request.getAddress());
      return new empty.Empty();
    }),

    checkConfig: unary((request: messages.CheckRequest) =>
      new messages.CheckResponse().setInputs(request.getNews()),
    ),

    // Who connects, and from where, is no part of what is declared: it never makes a difference.
    diffConfig: unary(() =>
      new messages.DiffResponse().setChanges(messages.DiffResponse.DiffChanges.DIFF_NONE),
    ),

    configure: unary(async (request: messages.ConfigureRequest) => {
      const config = Object.entries(propertiesOf(request.getArgs())).map(
        ([key, value]) => [key, String(value)] as const,
      );
      if (!config.some(([, value]) => value === unknownValue)) {
        await connection.noted(async () => {
          const { connected, insecureWarning, resolveConnection } = await vmParts();
          const resolved = resolveConnection(Object.fromEntries(config));
          const warning = insecureWarning(resolved);
          if (warning !== undefined) await log.say("warning", "", warning);
          vmConfig = await connected(resolved, patience);
        });
      }
      return new messages.ConfigureResponse().setSupportspreview(true);
    }),

    invoke: unary(async (request: messages.InvokeRequest) => {
      const args = propertiesOf(request.getArgs());
      const answer = (found: object) => new messages.InvokeResponse().setReturn(toStruct(found));
      if (request.getTok() === findVmToken) return answer(await configured().find(Number(args.vmid)));
      if (request.getTok() !== missingNamesToken) throw new Error(`${request.getTok()}: no such function`);
      const { node, references } = args as { node: string; references: Reference[] };
      return answer({ problems: await configured().missing(node, references) });
    }),

    check: unary(async (request: messages.CheckRequest) => {
      connection.require();
      const { checkInputs } = await vmParts();
      const inputs = inputsFrom(propertiesOf(request.getNews()));
      const failures = checkInputs(inputs).map(({ path, reason }) =>
        new messages.CheckFailure().setProperty(path).setReason(reason),
      );
      return new messages.CheckResponse().setInputs(toStruct(inputs)).setFailuresList(failures);
    }),

    diff: unary((request: messages.DiffRequest) =>
      saying(request.getUrn(), async (say) => {
        const { diffInputs, diffMade, sayOfAnotherVm } = await vmParts();
        const olds = inputsFrom(propertiesOf(request.getOldInputs()));
        const news = inputsFrom(propertiesOf(request.getNews()));
        sayOfAnotherVm(olds, news, say);
        return detailedDiff([...diffInputs(olds, news), ...diffMade(olds, news)], olds.vmid !== news.vmid);
      }),
    ),

    create: unary(
      (request: messages.CreateRequest) =>
        saying(request.getUrn(), async (say) => {
          const inputs = inputsFrom(propertiesOf(request.getProperties()));
          const outputs = await configured().create(inputs, request.getPreview(), say);
          return new messages.CreateResponse()
            .setId(String(inputs.vmid))
            .setProperties(toStruct(outputs))
            .setRefreshBeforeUpdate(true);
        }),
      whatIsSaved,
    ),

    update: unary(
      (request: messages.UpdateRequest) =>
        saying(request.getUrn(), async (say) => {
          const olds = outputsFrom(propertiesOf(request.getOlds()));
          const news = inputsFrom(propertiesOf(request.getNews()));
          const outputs = await configured().update(olds, news, request.getPreview(), say);
          return new messages.UpdateResponse().setProperties(toStruct(outputs)).setRefreshBeforeUpdate(true);
        }),
      whatIsSaved,
    ),

    read: unary(
      (request: messages.ReadRequest) =>
        saying(request.getUrn(), async (say) => {
          if (connection.isTold) return unread(request);
          const olds = propertiesOf(request.getProperties());
          const inputs = propertiesOf(request.getInputs());
          const old = "status" in olds ? outputsFrom(olds) : undefined;
          const found =
            "vmid" in inputs
              ? await configured().read(inputsFrom(inputs), old, say)
              : await configured().import(idOf(request.getId()));
          if (found === undefined) return new messages.ReadResponse();
          return new messages.ReadResponse()
            .setId(String(found.inputs.vmid))
            .setInputs(toStruct(found.inputs))
            .setProperties(toStruct(found.outputs))
            .setRefreshBeforeUpdate(true);
        }),
      whatIsSaved,
    ),

    delete: unary((request: messages.DeleteRequest) =>
      saying(request.getUrn(), async (say) => {
        await configured().disown(outputsFrom(propertiesOf(request.getProperties())), say);
        return new empty.Empty();
      }),
    ),
  };
}

/** Of a failed call, what the engine is to save all the same. */
function whatIsSaved(error: unknown, message: string): ReturnType<typeof failureDetails> | undefined {
  return error instanceof PartialFailure ? failureDetails(error, message) : undefined;
}

/** The state as it was: with no connection nothing is known of the VM. */
function unread(request: messages.ReadRequest): messages.ReadResponse {
  return new messages.ReadResponse()
    .setId(request.getId())
    .setInputs(request.getInputs())
    .setProperties(request.getProperties())
    .setRefreshBeforeUpdate(true);
}

/** `vmid`, or `node/vmid` as an import names it. */
function idOf(id: string): { vmid: number; node?: string } {
  const match = /^(?:([^/]+)\/)?([1-9]\d{2,8})$/.exec(id);
  if (match === null) {
    throw new Error(
      `${id}: is no id of a VM (got ${JSON.stringify(id)}); allowed is node/vmid, such as pve/102, or vmid alone; correct it`,
    );
  }
  const [, node, vmid] = match;
  return { vmid: Number(vmid), ...(node !== undefined && { node }) };
}
