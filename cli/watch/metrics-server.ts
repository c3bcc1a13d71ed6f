import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { expositionType } from "../../incident/exporter/exposition.ts";
import type { ListenAddress } from "./listen-address.ts";

/** What is served. */
export interface Served {
  metrics(): Promise<string>;
  /** What is wrong with the exporter itself; undefined while nothing is. */
  unhealthy(): string | undefined;
}

/** A server that listens. */
export interface MetricsServer {
  /** `http://127.0.0.1:9731`. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Serves /metrics and /healthz.
 *
 * @throws {Error} when the address cannot be listened on
 */
export async function serveMetrics({ host, port }: ListenAddress, served: Served): Promise<MetricsServer> {
  const server = createServer((request, response) => {
    answer(request, response, served).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) => reject(cannotListen(host, port, error)));
    server.listen(port, host, resolve);
  });
  const { port: taken } = server.address() as AddressInfo;
  return { url: `http://${host.includes(":") ? `[${host}]` : host}:${taken}`, close: () => closed(server) };
}

async function answer(request: IncomingMessage, response: ServerResponse, served: Served): Promise<void> {
  const { pathname } = new URL(request.url ?? "/", "http://localhost");
  if (request.method !== "GET" && request.method !== "HEAD") {
    return reply(response, 405, "only GET and HEAD\n", { allow: "GET, HEAD" });
  }
  if (pathname === "/metrics") {
    return reply(response, 200, await served.metrics(), { "content-type": expositionType });
  }
  if (pathname === "/healthz") {
    const wrong = served.unhealthy();
    return reply(response, wrong === undefined ? 200 : 503, `${wrong ?? "ok"}\n`);
  }
  return reply(response, 404, "there is /metrics and /healthz\n");
}

function reply(
  response: ServerResponse,
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { "content-type": "text/plain; charset=utf-8", ...headers });
  response.end(response.req.method === "HEAD" ? undefined : body);
}

function cannotListen(host: string, port: number, cause: NodeJS.ErrnoException): Error {
  return new Error(
    `fleet watch: cannot listen (got ${cause.code ?? cause.message} on ${host}, port ${port}); allowed is a free port on an address of this machine; name another with --listen`,
    { cause },
  );
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
