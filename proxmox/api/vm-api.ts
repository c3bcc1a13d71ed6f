import { z } from "zod";
import { optionNameMistake } from "../option-table.ts";
import { parse } from "./answer.ts";
import type { ProxmoxClient } from "./client.ts";
import { InventoryApi } from "./inventory-api.ts";
import type { Patience } from "./patience.ts";
import { ProxmoxError } from "./proxmox-error.ts";
import { finishedTask } from "./task.ts";

/** One row of GET pending: the running value, and what it becomes at the next cold start. */
export interface PendingRow {
  readonly key: string;
  readonly value?: string | number;
  readonly pending?: string | number;
  /** 1 or 2 (forced): the key goes away at the next cold start. */
  readonly delete?: number;
}

/** What a VM's process says of itself. */
export interface VmStatus {
  readonly status: "running" | "stopped";
  readonly name?: string;
  /** Version of the QEMU binary that runs this VM. */
  readonly qemuVersion?: string;
  /** Of the QEMU process, on its node; absent when stopped. */
  readonly pid?: number;
  /** Machine that QEMU emulates, such as `pc-i440fx-10.1+pve0`. */
  readonly machine?: string;
  /** Seconds since the QEMU process started; 0 when stopped. */
  readonly uptime: number;
  /** What holds the VM, such as `backup` or `migrate`. */
  readonly lock?: string;
  /** Whether the HA manager decides where and whether it runs. */
  readonly haManaged: boolean;
  /** Slots of the drives that QEMU runs; absent when stopped, and when QEMU does not answer. */
  readonly drives?: readonly string[];
}

/** A VM as the cluster lists it. */
export interface VmLocation {
  readonly vmid: number;
  readonly node: string;
  readonly name?: string;
  readonly template: boolean;
  /** As far as the token may see it. */
  readonly pool?: string;
  /** As the node last told, some seconds ago; undefined while it tells nothing. */
  readonly status?: "running" | "stopped";
}

/** A VM or a container as the cluster lists it. */
export interface GuestLocation extends VmLocation {
  readonly kind: "vm" | "container";
}

const scalar = z.union([z.string(), z.number()]);
const pendingRows = z.array(
  z.looseObject({
    key: z.string(),
    value: scalar.optional(),
    pending: scalar.optional(),
    delete: z.coerce.number().optional(),
  }),
);
const currentStatus = z.looseObject({
  status: z.enum(["running", "stopped"]),
  name: z.string().optional(),
  uptime: z.coerce.number().default(0),
  pid: z.coerce.number().optional(),
  "running-qemu": z.string().optional(),
  lock: z.string().optional(),
  ha: z.looseObject({ managed: z.coerce.number().optional() }).optional(),
  "running-machine": z.string().optional(),
  blockstat: z.record(z.string(), z.unknown()).optional().catch(undefined),
});
const ownVolumes = z.array(z.looseObject({ volid: z.string(), size: z.coerce.number().optional() }));
const clusterVms = z.array(
  z.looseObject({
    vmid: z.coerce.number(),
    node: z.string(),
    type: z.string().optional(),
    name: z.string().optional(),
    template: z.coerce.number().optional(),
    pool: z.string().optional(),
    status: z.string().optional(),
  }),
);

/** The requests that this project makes about VMs, each named after what Proxmox calls it. */
export class VmApi {
  readonly #client: ProxmoxClient;

  constructor(client: ProxmoxClient) {
    this.#client = client;
  }

  /** How long Proxmox is waited for. */
  get patience(): Patience {
    return this.#client.patience;
  }

  /** What nodes and cluster have, for names that a VM's configuration means. */
  get inventory(): InventoryApi {
    return new InventoryApi(this.#client);
  }

  /** @see GET /version */
  async version(): Promise<void> {
    await this.#client.get("/version");
  }

  /** Every VM of the cluster that the token may see; containers are none. @see GET /cluster/resources?type=vm */
  async list(): Promise<VmLocation[]> {
    const guests = await this.guests();
    return guests.filter(({ kind }) => kind === "vm").map(({ kind: _kind, ...location }) => location);
  }

  /** Every VM and container of the cluster that the token may see. @see GET /cluster/resources?type=vm */
  async guests(): Promise<GuestLocation[]> {
    const path = "/cluster/resources";
    return parse(clusterVms, await this.#client.get(path, { type: "vm" }), path).map(
      ({ vmid, node, name, template, pool, status, type }) => ({
        kind: type === "lxc" ? "container" : "vm",
        vmid,
        node,
        template: template === 1,
        ...(name !== undefined && { name }),
        ...(pool !== undefined && { pool }),
        ...((status === "running" || status === "stopped") && { status }),
      }),
    );
  }

  /** Whether nobody has an id, also none whom the token may not see. @see GET /cluster/nextid */
  async isFree(vmid: number): Promise<boolean> {
    try {
      await this.#client.get("/cluster/nextid", { vmid: String(vmid) });
      return true;
    } catch (error) {
      if (error instanceof ProxmoxError && error.isTakenId) return false;
      throw error;
    }
  }

  /**
   * The config as QEMU was started with it, what waits, and the digest of both, in one answer.
   * @see GET /nodes/{node}/qemu/{vmid}/pending
   */
  async pending(node: string, vmid: number): Promise<PendingRow[]> {
    const path = `${vmPath(node, vmid)}/pending`;
    return parse(pendingRows, await this.#client.get(path), path) as PendingRow[];
  }

  /** @see GET /nodes/{node}/qemu/{vmid}/status/current */
  async status(node: string, vmid: number): Promise<VmStatus> {
    const path = `${vmPath(node, vmid)}/status/current`;
    const answer = parse(currentStatus, await this.#client.get(path), path);
    return {
      status: answer.status,
      uptime: answer.uptime,
      haManaged: answer.ha?.managed === 1,
      ...(answer.pid !== undefined && { pid: answer.pid }),
      ...(answer.lock !== undefined && { lock: answer.lock }),
      ...(answer.name !== undefined && { name: answer.name }),
      ...(answer["running-qemu"] !== undefined && { qemuVersion: answer["running-qemu"] }),
      ...(answer.blockstat !== undefined && { drives: Object.keys(answer.blockstat) }),
      ...(answer["running-machine"] !== undefined && { machine: answer["running-machine"] }),
    };
  }

  /**
   * Sets keys, each as a whole, only if nobody wrote since `digest` was read.
   * @see PUT /nodes/{node}/qemu/{vmid}/config
   */
  async setConfig(
    node: string,
    vmid: number,
    set: Readonly<Record<string, string>>,
    digest: string,
  ): Promise<void> {
    await this.#client.put(`${vmPath(node, vmid)}/config`, { ...set, digest });
  }

  /**
   * Removes options, and sets keys, each as a whole, only if nobody wrote since `digest` was read. Nothing that
   * holds a volume or is a network device can be removed so.
   *
   * @throws {RangeError} for a key that is no plain option, before anything is sent
   * @see PUT /nodes/{node}/qemu/{vmid}/config
   */
  async removeOptions(
    node: string,
    vmid: number,
    options: readonly string[],
    set: Readonly<Record<string, string>>,
    digest: string,
  ): Promise<void> {
    const barred = options.filter((key) => optionNameMistake(key) !== undefined);
    if (barred.length > 0) throw new RangeError(`only options are removed here (got ${barred.join(", ")})`);
    const removal = options.length === 0 ? {} : { delete: options.join(",") };
    await this.#client.put(`${vmPath(node, vmid)}/config`, { ...set, ...removal, digest });
  }

  /**
   * Applies what is pending and starts a new QEMU process; answers what Proxmox warned of.
   * @see POST /nodes/{node}/qemu/{vmid}/status/start
   */
  start(node: string, vmid: number): Promise<readonly string[]> {
    return this.#task(node, `${vmPath(node, vmid)}/status/start`);
  }

  /** Ends the QEMU process at once, as pulling the plug does. @see POST /nodes/{node}/qemu/{vmid}/status/stop */
  async stop(node: string, vmid: number): Promise<void> {
    await this.#task(node, `${vmPath(node, vmid)}/status/stop`);
  }

  /**
   * Asks the guest to shut down; one that does not within `seconds` makes this fail, and is left as it is.
   * @see POST /nodes/{node}/qemu/{vmid}/status/shutdown
   */
  async shutdown(node: string, vmid: number, seconds: number): Promise<void> {
    const longest = Math.max(this.patience.task, (seconds + 60) * 1000);
    await this.#task(node, `${vmPath(node, vmid)}/status/shutdown`, { timeout: String(seconds) }, longest);
  }

  /** The token's own privileges on a VM. */
  privileges(vmid: number): Promise<ReadonlySet<string>> {
    return this.inventory.privileges(`/vms/${vmid}`);
  }

  /**
   * Bytes of a VM's own volumes on a storage, those that no config names included; the token needs
   * `Datastore.Audit` or `Datastore.AllocateSpace` there.
   * @see GET /nodes/{node}/storage/{storage}/content
   */
  async volumes(node: string, vmid: number, storage: string): Promise<Record<string, number>> {
    const path = `/nodes/${encodeURIComponent(node)}/storage/${encodeURIComponent(storage)}/content`;
    const query = { content: "images", vmid: String(vmid) };
    const rows = parse(ownVolumes, await this.#client.get(path, query), path);
    return Object.fromEntries(rows.map(({ volid, size }) => [volid, size ?? 0]));
  }

  /** Starts a task and waits for its end; answers what it warned of. */
  async #task(
    node: string,
    path: string,
    body: Readonly<Record<string, string>> = {},
    longest?: number,
  ): Promise<readonly string[]> {
    const task = await this.#client.post(path, body);
    return typeof task === "string" ? finishedTask(this.#client, node, task, longest) : [];
  }

  /**
   * Grows a drive to an absolute size, e.g. `64G`, and waits for the task's end.
   * @see PUT /nodes/{node}/qemu/{vmid}/resize
   */
  async resize(node: string, vmid: number, disk: string, size: string, digest: string): Promise<void> {
    const task = await this.#client.put(`${vmPath(node, vmid)}/resize`, { disk, size, digest });
    if (typeof task === "string") await finishedTask(this.#client, node, task);
  }
}

/** Where a VM is in the API. */
export function vmPath(node: string, vmid: number): string {
  return `/nodes/${encodeURIComponent(node)}/qemu/${vmid}`;
}
