import { z } from "zod";
import { parse } from "./answer.ts";
import type { ProxmoxClient } from "./client.ts";

/** A datastore as a node has it. */
export interface Datastore {
  readonly name: string;
  readonly type: string;
  /** What it may hold, such as `images`, `iso`, `snippets`. */
  readonly content: readonly string[];
  /** False where it is disabled, or not for this node. */
  readonly enabled: boolean;
}

/** A node of the cluster. */
export interface ClusterNode {
  readonly name: string;
  readonly offline: boolean;
}

const named = z.array(z.looseObject({ name: z.coerce.string() }));
const machines = z.array(z.looseObject({ id: z.string() }));
const interfaces = z.array(z.looseObject({ iface: z.string() }));
const datastores = z.array(
  z.looseObject({
    storage: z.string(),
    type: z.string(),
    content: z.string().default(""),
    enabled: z.coerce.number().default(1),
  }),
);
const nodes = z.array(z.looseObject({ node: z.string(), status: z.string().optional() }));
const pools = z.array(z.looseObject({ poolid: z.string() }));
const contents = z.array(z.looseObject({ volid: z.string() }));
const permissions = z.record(z.string(), z.record(z.string(), z.unknown()));

/** What nodes and cluster have; lists leave out what the token has no right on. */
export class InventoryApi {
  readonly #client: ProxmoxClient;

  constructor(client: ProxmoxClient) {
    this.#client = client;
  }

  /** Everybody sees them, custom ones only with a right on them. @see GET /nodes/{node}/capabilities/qemu/cpu */
  async cpuModels(node: string): Promise<string[]> {
    const rows = await this.#list(named, `${nodePath(node)}/capabilities/qemu/cpu`);
    return rows.map(({ name }) => name);
  }

  /** Machines with a version, such as `pc-q35-10.1`. @see GET /nodes/{node}/capabilities/qemu/machines */
  async machines(node: string): Promise<string[]> {
    const rows = await this.#list(machines, `${nodePath(node)}/capabilities/qemu/machines`);
    return rows.map(({ id }) => id);
  }

  /** Bridges of the node and vnets on it. @see GET /nodes/{node}/network */
  async bridges(node: string): Promise<string[]> {
    const rows = await this.#list(interfaces, `${nodePath(node)}/network`, { type: "any_bridge" });
    return rows.map(({ iface }) => iface);
  }

  /** @see GET /nodes/{node}/storage */
  async datastores(node: string): Promise<Datastore[]> {
    const rows = await this.#list(datastores, `${nodePath(node)}/storage`);
    return rows.map(({ storage, type, content, enabled }) => ({
      name: storage,
      type,
      content: content.split(","),
      enabled: enabled !== 0,
    }));
  }

  /** Volumes of one kind on a datastore. @see GET /nodes/{node}/storage/{storage}/content */
  async volumes(node: string, datastore: string, content: string): Promise<string[]> {
    const path = `${nodePath(node)}/storage/${encodeURIComponent(datastore)}/content`;
    return (await this.#list(contents, path, { content })).map(({ volid }) => volid);
  }

  /** @see GET /nodes */
  async nodes(): Promise<ClusterNode[]> {
    const rows = await this.#list(nodes, "/nodes");
    return rows.map(({ node, status }) => ({ name: node, offline: status === "offline" }));
  }

  /** @see GET /pools */
  async pools(): Promise<string[]> {
    return (await this.#list(pools, "/pools")).map(({ poolid }) => poolid);
  }

  /** The token's own privileges on a path. @see GET /access/permissions */
  async privileges(on: string): Promise<ReadonlySet<string>> {
    const path = "/access/permissions";
    const answer = parse(permissions, await this.#client.get(path, { path: on }), path);
    return new Set(Object.keys(answer[on] ?? {}));
  }

  async #list<Rows extends z.ZodType>(
    rows: Rows,
    path: string,
    query: Readonly<Record<string, string>> = {},
  ): Promise<z.output<Rows>> {
    return parse(rows, await this.#client.get(path, query), path);
  }
}

function nodePath(node: string): string {
  return `/nodes/${encodeURIComponent(node)}`;
}
