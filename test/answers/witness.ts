import type { HttpBindings } from "@hono/node-server";
import { createApi } from "../../emulator/api-server.ts";
import { applyPending } from "../../emulator/apply-pending.ts";
import { type Acl, Authenticator, type Caller, ROOT } from "../../emulator/auth.ts";
import { Barriers } from "../../emulator/barriers.ts";
import type { Estate } from "../../emulator/estate.ts";
import { Faults } from "../../emulator/faults.ts";
import { Latency } from "../../emulator/latency.ts";
import { startQemu } from "../../emulator/qemu.ts";
import { Random } from "../../emulator/random.ts";
import { Recorder } from "../../emulator/recorder.ts";
import { buildEstate, parseSeed, type Seed } from "../../emulator/seed.ts";
import type { Vm } from "../../emulator/vm.ts";
import type { Lines, View } from "./rows.ts";

/** The MAC and the uuid that the answers write for one that Proxmox made up. */
class FixedRandom extends Random {
  override mac(): string {
    return "BC:24:11:00:00:00";
  }

  override uuid(): string {
    return "00000000-0000-4000-8000-000000000000";
  }
}

/** The caller of every request, without a login. */
class FixedCaller extends Authenticator {
  readonly #caller: Caller;

  constructor(caller: Caller) {
    super(
      { tokens: [], passwords: [] },
      () => 0,
      () => "",
    );
    this.#caller = caller;
  }

  override authenticate(): Caller {
    return this.#caller;
  }
}

const volumes = [
  ["local-lvm:vm-100-disk-0", "32G"],
  ...Array.from({ length: 11 }, (_, index) => [`local-lvm:vm-100-disk-${index + 1}`, "4G"]),
  ["local-lvm:vm-100-cloudinit", "4M"],
  ["local:iso/a.iso", "1G"],
  ["local:iso/b.iso", "1G"],
  ...Array.from({ length: 4 }, (_, index) => [`local-lvm:vm-9999-pvc-${index}`, "2G"]),
  ["local-lvm:vm-200-disk-0", "4G"],
  ["local:100/vm-100-disk-0.qcow2", "8G"],
  ["local:100/data.qcow2", "8G"],
].map(([volid = "", size = ""]) => ({ volid, size }));

const on = (name: string) => volumes.filter(({ volid }) => volid.startsWith(`${name}:`));

/** The host on which the answers were taken. */
const SEED: Seed = {
  nodes: [{ name: "pve", cores: 64, memoryGiB: 256, bridges: ["vmbr0", "vmbr1"] }],
  storages: [
    {
      name: "local",
      type: "dir",
      content: ["backup", "images", "import", "iso", "rootdir", "snippets", "vztmpl"],
      totalGiB: 10_000,
      volumes: on("local"),
    },
    {
      name: "local-lvm",
      type: "lvmthin",
      content: ["images", "rootdir"],
      totalGiB: 10_000,
      volumes: on("local-lvm"),
    },
  ],
  vms: [],
};

/** The VM before a request. */
export interface Given extends View {
  readonly config: Lines;
  readonly running?: boolean;
}

export interface Request {
  readonly set?: Lines | undefined;
  readonly delete?: readonly string[] | undefined;
  readonly revert?: readonly string[] | undefined;
  readonly force?: number | undefined;
}

/** A refusal: the message, and the messages by parameter where there are any. */
export interface Answer {
  readonly status: number;
  readonly error?: string;
  readonly errors?: Lines;
}

/** A message as the answers write it: without blank lines. */
export function trimmed(text: string): string {
  return text.replace(/\n+/g, "\n").replace(/\n$/, "");
}

/** VM 100 on the emulated host, and one request after the other to it. */
export class Witness {
  readonly estate: Estate;
  readonly vm: Vm;
  readonly #api: ReturnType<typeof createApi>;

  constructor(given: Given, acl?: Acl) {
    const seed = parseSeed({
      ...SEED,
      vms: [
        {
          vmid: 100,
          running: given.running ?? false,
          config: given.config,
          ...(given.pending && { pending: given.pending }),
        },
      ],
    });
    this.estate = { ...buildEstate(seed), random: new FixedRandom(1) };
    const vm = this.estate.vms.get(100);
    if (vm === undefined) throw new Error("answers: the seed has no VM 100");
    this.vm = vm;
    for (const [key, force] of Object.entries(given.pendingDeletes ?? {}))
      vm.pendingDelete.set(key, force > 1);
    const user: Caller | undefined = acl && { user: "fleet@pve", isRoot: false, isToken: false, acl };
    this.#api = createApi({
      estate: this.estate,
      authenticator: new FixedCaller(user ?? ROOT),
      recorder: new Recorder(),
      faults: new Faults(),
      barriers: new Barriers(),
      latency: new Latency(0),
      // The answer, which says it too, is a difference like any other.
      report: () => undefined,
    });
  }

  async #ask(method: string, path: string, body?: URLSearchParams): Promise<Response> {
    const bindings = { outgoing: {}, incoming: {} } as HttpBindings;
    return this.#api.request(`/api2/json${path}`, { method, ...(body && { body }) }, bindings);
  }

  /** `PUT config`. */
  async put(request: Request): Promise<Answer> {
    const body = new URLSearchParams(request.set);
    if (request.delete?.length) body.set("delete", request.delete.join(","));
    if (request.revert?.length) body.set("revert", request.revert.join(","));
    if (request.force) body.set("force", "1");
    const response = await this.#ask("PUT", "/nodes/pve/qemu/100/config", body);
    const { status } = response;
    if (status === 200) return { status };
    const told = (await response.json()) as { message: string; errors?: Lines };
    const { message, errors } = told;
    const texts = Object.entries(errors ?? {}).map(([key, text]) => [key, trimmed(text)] as const);
    return {
      status,
      error: trimmed(message),
      ...(errors && { errors: Object.fromEntries(texts) }),
    };
  }

  /** What `GET pending` answers, as text. */
  async view(): Promise<Required<View>> {
    const response = await this.#ask("GET", "/nodes/pve/qemu/100/pending");
    const told = (await response.json()) as {
      data: { key: string; value?: unknown; pending?: unknown; delete?: number }[];
    };
    const config: Record<string, string> = {};
    const pending: Record<string, string> = {};
    const pendingDeletes: Record<string, number> = {};
    for (const row of told.data) {
      if (row.key === "digest") continue;
      if (row.value !== undefined) config[row.key] = String(row.value);
      if (row.pending !== undefined) pending[row.key] = String(row.pending);
      if (row.delete !== undefined) pendingDeletes[row.key] = row.delete;
    }
    return { config, pending, pendingDeletes };
  }

  /**
   * Applies what waits, as the next stop or start does: without the process, so that a lock on the VM is not in the way.
   * @returns the words for what could not be applied, by key
   */
  applyRest(): Record<string, string> {
    return applyPending(this.estate, ROOT, this.vm);
  }

  /** Ends the process and starts another from what is in the config then. */
  startQemu(): void {
    this.vm.qemu = startQemu(this.vm.current, 1, 0, () => undefined);
  }
}
