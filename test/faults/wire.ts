import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Agent, request } from "undici";
import { makeCertificate } from "../../emulator/certificate.ts";
import type { Emulator } from "../../emulator/start.ts";

/** One request on its way to the emulator. */
export interface Passing {
  readonly method: "GET" | "PUT";
  /** As Proxmox documents it, decoded. */
  readonly path: string;
  /** Method, what is asked, and how often it was asked: `PUT config 2`. */
  readonly label: string;
}

/** Called before a request about one VM is passed on; a request that it does not let pass is cut. */
export type Watch = (passing: Passing) => Promise<"pass" | "cut">;

/**
 * Stands between the provider and the emulator, so that a fault comes at exactly one request of one VM, and
 * other hands act at exactly that moment.
 */
export class Wire implements AsyncDisposable {
  readonly caFile: string;
  readonly #server: Server;
  readonly #port: number;
  readonly #folder: string;
  readonly #closeUpstream: () => Promise<void>;
  readonly #watches = new Map<number, { watch: Watch; counts: Map<string, number> }>();

  private constructor(server: Server, folder: string, caFile: string, closeUpstream: () => Promise<void>) {
    this.#closeUpstream = closeUpstream;
    this.#server = server;
    this.#port = (server.address() as AddressInfo).port;
    this.#folder = folder;
    this.caFile = caFile;
  }

  static async open(emulator: Emulator): Promise<Wire> {
    const { ca, key, cert } = await makeCertificate("127.0.0.1");
    const folder = await mkdtemp(join(tmpdir(), "pve-wire-"));
    const caFile = join(folder, "ca.pem");
    await writeFile(caFile, ca);
    const upstream = new Agent({ connect: { ca: readFileSync(emulator.caFile) } });
    const server = createServer({ key, cert }, (incoming, outgoing) => {
      wire.#carry(incoming, outgoing, emulator.endpoint, upstream).catch(() => incoming.socket.destroy());
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const wire = new Wire(server, folder, caFile, () => upstream.close());
    return wire;
  }

  get endpoint(): string {
    return `https://127.0.0.1:${this.#port}`;
  }

  /** From now on every request about this VM is shown to `watch`, counted from its first. */
  watch(vmid: number, watch: Watch): void {
    this.#watches.set(vmid, { watch, counts: new Map() });
  }

  unwatch(vmid: number): void {
    this.#watches.delete(vmid);
  }

  /** Nobody listens any more, until {@link listen}. */
  refuse(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async listen(): Promise<void> {
    this.#server.listen(this.#port, "127.0.0.1");
    await once(this.#server, "listening");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await this.#closeUpstream();
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #carry(
    incoming: IncomingMessage,
    outgoing: ServerResponse,
    origin: string,
    dispatcher: Agent,
  ): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    if ((await this.#show(incoming)) === "cut") {
      incoming.socket.destroy();
      return;
    }
    const answer = await request(`${origin}${incoming.url}`, {
      method: incoming.method as "GET",
      dispatcher,
      headers: Object.fromEntries(
        ["authorization", "content-type"].flatMap((name) =>
          incoming.headers[name] === undefined ? [] : [[name, String(incoming.headers[name])]],
        ),
      ),
      body: chunks.length === 0 ? null : Buffer.concat(chunks),
    });
    outgoing.writeHead(answer.statusCode, { "content-type": "application/json" });
    outgoing.end(await answer.body.text());
  }

  async #show({ method, url = "" }: IncomingMessage): Promise<"pass" | "cut"> {
    const path = decodeURIComponent(url.replace("/api2/json", "").replace(/\?.*/, ""));
    const vmid = Number(/\/qemu\/(\d+)\/|:resize:(\d+):/.exec(path)?.slice(1).find(Boolean));
    const watched = this.#watches.get(vmid);
    if (watched === undefined) return "pass";
    const what = `${method} ${path.includes("/tasks/") ? "task" : path.split("/")[5]}`;
    const count = (watched.counts.get(what) ?? 0) + 1;
    watched.counts.set(what, count);
    return watched.watch({ method: method as "GET" | "PUT", path, label: `${what} ${count}` });
  }
}
