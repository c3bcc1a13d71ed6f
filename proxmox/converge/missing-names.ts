import type { Datastore, InventoryApi } from "../api/inventory-api.ts";
import { ProxmoxError } from "../api/proxmox-error.ts";
import type { VmApi } from "../api/vm-api.ts";
import { VmReader } from "../api/vm-reader.ts";
import { holderText } from "../id-holder.ts";
import { type Problem, problem } from "../problem.ts";
import type { Reference } from "../reference.ts";
import { hasMachine } from "./has-machine.ts";

/** Types of datastores that are folders, in which a file can be found whatever content they are meant for. */
const folders = ["dir", "nfs", "cifs", "btrfs", "cephfs", "glusterfs"];
/** How many names an error lists. */
const shown = 8;

/** What is wrong with a name, what is allowed, and what to do. */
type Verdict = readonly [wrong: string, allowed: string, fix: string] | undefined;

/**
 * The names among these that Proxmox does not have. Lists leave out what the token has no right on: a name that is not
 * listed is called missing only where the token would see it. What cannot be read says nothing; Proxmox decides then.
 *
 * @param node where the VM is, or is to be
 */
export async function missingNames(
  api: VmApi,
  node: string,
  references: readonly Reference[],
): Promise<Problem[]> {
  const names = new Names(api, node);
  const problems: Problem[] = [];
  for (const reference of references) {
    const verdict = await names.verdict(reference);
    if (verdict === undefined) continue;
    const [wrong, allowed, fix] = verdict;
    problems.push(problem(reference.path, wrong, reference.name, allowed, fix));
    // Of a node that is not there nothing can be said.
    if (reference.kind === "node") break;
  }
  return problems;
}

/** Answers about names, each list read once. */
class Names {
  readonly #api: VmApi;
  readonly #inventory: InventoryApi;
  readonly #node: string;
  readonly #known = new Map<string, Promise<unknown>>();

  constructor(api: VmApi, node: string) {
    this.#api = api;
    this.#inventory = api.inventory;
    this.#node = node;
  }

  verdict(reference: Reference): Promise<Verdict> {
    switch (reference.kind) {
      case "node":
        return this.#ofNode(reference);
      case "cpu":
        return this.#ofCpu(reference);
      case "machine":
        return this.#ofMachine(reference);
      case "bridge":
        return this.#ofBridge(reference);
      case "datastore":
        return this.#ofDatastore(reference);
      case "volume":
        return this.#ofVolume(reference);
      case "template":
        return this.#ofTemplate(reference);
      case "pool":
        return this.#ofPool(reference);
    }
  }

  async #ofNode({ name }: Reference): Promise<Verdict> {
    const nodes = await this.#read("nodes", (from) => from.nodes());
    if (nodes === undefined) return undefined;
    const online = nodes.filter(({ offline }) => !offline).map((one) => one.name);
    const found = nodes.find((one) => one.name === name);
    if (found === undefined) return ["the cluster has no such node", these(online), "correct it"];
    return found.offline
      ? ["the node is offline", "allowed is a node that runs", "start the node, or choose another"]
      : undefined;
  }

  async #ofCpu({ name }: Reference): Promise<Verdict> {
    const models = await this.#read("cpu", (from) => from.cpuModels(this.#node));
    if (models === undefined || models.includes(name)) return undefined;
    if (name.startsWith("custom-") && !(await this.#may("/nodes", "Sys.Audit"))) return undefined;
    return [`node ${this.#node} has no such CPU model`, these(models, name), "correct it"];
  }

  async #ofMachine({ name }: Reference): Promise<Verdict> {
    const machines = await this.#read("machines", (from) => from.machines(this.#node));
    if (machines === undefined || hasMachine(machines, name)) return undefined;
    return [
      `QEMU on node ${this.#node} has no such machine`,
      these(["pc", "q35", ...machines], name),
      "correct it",
    ];
  }

  async #ofBridge({ name }: Reference): Promise<Verdict> {
    const bridges = await this.#read("bridges", (from) => from.bridges(this.#node));
    if (bridges === undefined || bridges.includes(name)) return undefined;
    if (!(await this.#may(`/sdn/zones/localnetwork/${name}`, "SDN.Audit", "SDN.Use"))) return undefined;
    return [
      `node ${this.#node} has no such bridge and no such vnet`,
      these(bridges),
      "correct it, or make the bridge first, in /etc/network/interfaces itself, whose sourced files Proxmox does not read",
    ];
  }

  async #ofDatastore({ name, content }: Reference): Promise<Verdict> {
    const stores = await this.#read("datastores", (from) => from.datastores(this.#node));
    if (stores === undefined) return undefined;
    const fit = stores.filter((one) => one.enabled && mayHold(one, content)).map((one) => one.name);
    const found = stores.find((one) => one.name === name);
    if (found === undefined) {
      if (!(await this.#may(`/storage/${name}`, "Datastore.Audit", "Datastore.AllocateSpace")))
        return undefined;
      return [`node ${this.#node} has no such datastore`, these(fit), "correct it"];
    }
    if (!found.enabled) {
      const fix = "choose another, or allow the node there (Datacenter > Storage)";
      return [`the datastore is disabled, or not for node ${this.#node}`, these(fit), fix];
    }
    if (mayHold(found, content)) return undefined;
    const all = [...found.content.filter((one) => one !== "none"), content].join(",");
    return [
      `the datastore is not for ${content}, but for ${found.content.join(", ")}`,
      these(fit),
      `choose another, or, where its type can hold them, pvesm set ${name} --content ${all}`,
    ];
  }

  async #ofVolume({ name, content = "" }: Reference): Promise<Verdict> {
    const datastore = name.slice(0, name.indexOf(":"));
    const stores = await this.#read("datastores", (from) => from.datastores(this.#node));
    const store = stores?.find((one) => one.name === datastore);
    // Where a kind is not enabled, its files are not listed either.
    if (store?.enabled !== true || !store.content.includes(content)) return undefined;
    const volumes = await this.#read(`${content} ${datastore}`, (from) =>
      from.volumes(this.#node, datastore, content),
    );
    if (volumes === undefined || volumes.includes(name)) return undefined;
    return ["the datastore has no such file", these(volumes, name), "correct it, or download it first"];
  }

  async #ofTemplate({ name, linked }: Reference): Promise<Verdict> {
    const vmid = Number(name);
    const holder = await this.#tried(() => new VmReader(this.#api).holder(vmid), { kind: "unseen" } as const);
    const allowed = `allowed is a template on node ${this.#node}, where the VM is made`;
    if (holder === undefined) return ["no VM has this id", allowed, "correct it"];
    if (holder.kind === "unseen") return undefined;
    if (holder.kind === "container") return [`is ${holderText(vmid, holder)}`, allowed, "correct it"];
    if (holder.node !== this.#node) {
      return [
        `the template is on node ${holder.node}`,
        allowed,
        `make one on ${this.#node}, or the VM on ${holder.node}`,
      ];
    }
    const vms = linked ? await this.#tried(() => this.#api.list(), []) : [];
    return vms.some((vm) => vm.vmid === vmid && !vm.template)
      ? [
          "is a VM and no template, of which no linked clone is made",
          allowed,
          "write full: true, or convert it (qm template)",
        ]
      : undefined;
  }

  async #ofPool({ name }: Reference): Promise<Verdict> {
    const pools = await this.#read("pools", (from) => from.pools());
    if (pools === undefined || pools.includes(name) || !(await this.#may(`/pool/${name}`, "Pool.Audit"))) {
      return undefined;
    }
    return [
      "there is no such pool",
      these(pools),
      `correct it, or make it first (pvesh create /pools --poolid ${name})`,
    ];
  }

  async #may(path: string, ...privileges: readonly string[]): Promise<boolean> {
    const granted = await this.#tried(() => this.#inventory.privileges(path), new Set<string>());
    return privileges.some((one) => granted.has(one));
  }

  /** A list, read once; undefined when it cannot be read. */
  #read<T>(key: string, read: (inventory: InventoryApi) => Promise<T>): Promise<T | undefined> {
    const known = this.#known.get(key) ?? this.#tried(() => read(this.#inventory), undefined);
    this.#known.set(key, known);
    return known as Promise<T | undefined>;
  }

  async #tried<T, U>(read: () => Promise<T>, otherwise: U): Promise<T | U> {
    try {
      return await read();
    } catch (error) {
      if (error instanceof ProxmoxError) return otherwise;
      throw error;
    }
  }
}

/** Disks are made only where they are meant to be; files are found in any folder. */
function mayHold({ type, content }: Datastore, wanted: string | undefined): boolean {
  if (wanted === undefined || content.includes(wanted)) return true;
  return wanted !== "images" && folders.includes(type);
}

/** Names as an error lists them, those that begin like the wrong one first. */
function these(names: readonly string[], wrong = ""): string {
  const likeness = (name: string) => {
    const differs = [...wrong.toLowerCase()].findIndex((sign, at) => name.toLowerCase()[at] !== sign);
    return differs === -1 ? wrong.length : differs;
  };
  const sorted = names.toSorted((a, b) => likeness(b) - likeness(a));
  const more = sorted.length - shown;
  if (sorted.length === 0) return "allowed is one that the token may see, and it sees none";
  return `allowed are ${sorted.slice(0, shown).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
