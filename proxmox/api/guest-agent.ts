import { z } from "zod";
import { parse } from "./answer.ts";
import type { ProxmoxClient } from "./client.ts";
import type { Patience } from "./patience.ts";
import { ProxmoxError } from "./proxmox-error.ts";
import { vmPath } from "./vm-api.ts";

/** How a command in a guest ended. */
export interface GuestCommand {
  readonly exitCode: number;
  readonly output: string;
}

/** Longest that one question to a guest may take, in milliseconds; Proxmox itself gives a hung agent 3 s. */
const longest = 15_000;
/** How often the end of a command is asked for. */
const polls = 40;

const content = z.looseObject({ content: z.string() });
const result = <Shape extends z.ZodRawShape>(shape: Shape) => z.looseObject({ result: z.looseObject(shape) });
const osInfo = result({ id: z.string().optional(), "kernel-release": z.string().optional() });
const hostName = result({ "host-name": z.string() });
const started = z.looseObject({ pid: z.coerce.number() });
const state = z.looseObject({
  exited: z.coerce.number(),
  exitcode: z.coerce.number().optional(),
  "out-data": z.string().optional(),
});

/**
 * What Proxmox asks a guest's agent, each question with a bound of its own and never twice. A guest answers what
 * it likes: everything that it says is text from elsewhere.
 */
export class GuestAgent {
  readonly #client: ProxmoxClient;
  readonly #path: string;
  readonly #patience: Patience;

  constructor(client: ProxmoxClient, node: string, vmid: number) {
    this.#client = client;
    this.#path = `${vmPath(node, vmid)}/agent`;
    const request = Math.min(longest, client.patience.request);
    this.#patience = { ...client.patience, request, repeats: 0 };
  }

  /** @see POST /nodes/{node}/qemu/{vmid}/agent/ping */
  async ping(): Promise<void> {
    await this.#client.post(`${this.#path}/ping`, {}, this.#patience);
  }

  /** @see GET /nodes/{node}/qemu/{vmid}/agent/get-osinfo */
  async osInfo(): Promise<{ id?: string; kernelRelease?: string }> {
    const { id, "kernel-release": kernelRelease } = (await this.#get(osInfo, "get-osinfo")).result;
    return { ...(id !== undefined && { id }), ...(kernelRelease !== undefined && { kernelRelease }) };
  }

  /** @see GET /nodes/{node}/qemu/{vmid}/agent/get-host-name */
  async hostName(): Promise<string> {
    return (await this.#get(hostName, "get-host-name")).result["host-name"];
  }

  /** The text of a file; undefined when there is none. @see GET /nodes/{node}/qemu/{vmid}/agent/file-read */
  async readFile(file: string): Promise<string | undefined> {
    try {
      const { content: bytes } = await this.#get(content, "file-read", { file });
      return Buffer.from(bytes, "latin1").toString();
    } catch (error) {
      if (error instanceof ProxmoxError && /No such file or directory/.test(error.message)) return undefined;
      throw error;
    }
  }

  /** Whether there is such a file. One byte of it is read; Proxmox versions that read only whole files are asked otherwise. */
  async hasFile(file: string): Promise<boolean> {
    try {
      await this.#get(content, "file-read", { file, count: "1" });
      return true;
    } catch (error) {
      if (!(error instanceof ProxmoxError)) throw error;
      if (/No such file or directory/.test(error.message)) return false;
      if (error.status !== 400) throw error;
      return (await this.execute(["test", "-e", file])).exitCode === 0;
    }
  }

  /**
   * Runs a program without a shell and waits for its end.
   *
   * @throws {ProxmoxError} when there is no such program, or when it does not end
   * @see POST /nodes/{node}/qemu/{vmid}/agent/exec
   */
  async execute(command: readonly string[]): Promise<GuestCommand> {
    const answer = await this.#client.post(`${this.#path}/exec`, { command }, this.#patience);
    const { pid } = parse(started, answer, `${this.#path}/exec`);
    for (let poll = 0; poll < polls; poll++) {
      const { exited, exitcode = -1, ...rest } = await this.#get(state, "exec-status", { pid: String(pid) });
      if (exited === 1) return { exitCode: exitcode, output: rest["out-data"] ?? "" };
      await this.#patience.sleep(500);
    }
    throw new ProxmoxError(`${command[0]}: it does not end in the guest`, 0);
  }

  async #get<Schema extends z.ZodType>(
    schema: Schema,
    name: string,
    query: Readonly<Record<string, string>> = {},
  ): Promise<z.output<Schema>> {
    const path = `${this.#path}/${name}`;
    return parse(schema, await this.#client.get(path, query, this.#patience), path);
  }
}
