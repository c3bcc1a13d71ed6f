import { randomUUID } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import type { Server } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ServerType, serve } from "@hono/node-server";
import { createApi } from "./api-server.ts";
import { AUDIT_PRIVILEGES, Authenticator, type Credential, EVERYTHING } from "./auth.ts";
import { Barriers } from "./barriers.ts";
import { makeCertificate } from "./certificate.ts";
import { Clock } from "./clock.ts";
import { createControl } from "./control-server.ts";
import { Faults } from "./faults.ts";
import { Latency } from "./latency.ts";
import { Recorder } from "./recorder.ts";
import { buildEstate, parseSeed, seedCredentials } from "./seed.ts";

export interface EmulatorOptions {
  /** What the estate looks like; see docs/emulator.md. */
  readonly seed: unknown;
  /** The address to listen on. @default "127.0.0.1" */
  readonly host?: string;
  /** The API's port; 0 takes a free one. @default 0 */
  readonly port?: number;
  /** How much later every answer comes, in milliseconds. @default 0 */
  readonly latency?: number;
  /** Milliseconds since the epoch; a seed with a time of its own starts there. @default Date.now */
  readonly clock?: () => number;
  /** Where the emulator's own mistakes are told. @default standard error */
  readonly report?: (message: string) => void;
}

export interface Emulator {
  /** `https://host:port`, without `/api2/json`. */
  readonly endpoint: string;
  /** PEM file of the authority that signed the server's certificate. */
  readonly caFile: string;
  /** `user@realm!name=secret` that may do everything that a token may. */
  readonly apiToken: string;
  /** A token that can only look. */
  readonly readOnlyToken: string;
  readonly controlUrl: string;
  close(): Promise<void>;
}

interface Listening {
  readonly port: number;
  readonly server: ServerType;
}

function listening(start: (ready: (info: { port: number }) => void) => ServerType): Promise<Listening> {
  return new Promise((resolve, reject) => {
    const server = start(({ port }) => resolve({ port, server }));
    server.once("error", reject);
  });
}

function closed(server: ServerType): Promise<void> {
  return new Promise((resolve, reject) => {
    server.close((error) => (error === undefined ? resolve() : reject(error)));
    (server as Server).closeAllConnections();
  });
}

function token(name: string, acl: Credential["acl"]): Credential {
  return { id: `fleet@pve!${name}`, secret: randomUUID(), acl };
}

/** Starts an emulated Proxmox VE on loopback ports and serves until it is closed. */
export async function startEmulator(options: EmulatorOptions): Promise<Emulator> {
  const { host = "127.0.0.1", port = 0, report = console.error } = options;
  const seed = parseSeed(options.seed);
  const { ca, key, cert, fingerprint } = await makeCertificate(host);
  const estate = buildEstate(seed, new Clock(options.clock), fingerprint);
  const writer = token("deploy", EVERYTHING);
  const reader = token("audit", { "/": AUDIT_PRIVILEGES });
  const extra = seedCredentials(seed, EVERYTHING);
  const credentials = { tokens: [writer, reader, ...extra.tokens], passwords: extra.passwords };
  const authenticator = new Authenticator(credentials, () => estate.clock.seconds(), randomUUID);
  const recorder = new Recorder();
  const faults = new Faults();
  const barriers = new Barriers();
  const latency = new Latency(options.latency);
  const api = createApi({ estate, authenticator, recorder, faults, barriers, latency, report });
  const control = createControl({ estate, recorder, faults, barriers, latency });

  const folder = await mkdtemp(join(tmpdir(), "pve-emulator-"));
  const caFile = join(folder, "ca.pem");
  await writeFile(caFile, ca);
  const serverOptions = { key, cert, minVersion: "TLSv1.3" as const };
  const apiServer = await listening((ready) =>
    serve({ fetch: api.fetch, hostname: host, port, createServer: createHttpsServer, serverOptions }, ready),
  );
  const controlServer = await listening((ready) =>
    serve({ fetch: control.fetch, hostname: "127.0.0.1", port: 0 }, ready),
  );

  return {
    endpoint: `https://${host}:${apiServer.port}`,
    caFile,
    apiToken: `${writer.id}=${writer.secret}`,
    readOnlyToken: `${reader.id}=${reader.secret}`,
    controlUrl: `http://127.0.0.1:${controlServer.port}`,
    close: async () => {
      estate.tasks.close();
      barriers.clear();
      await Promise.all([closed(apiServer.server), closed(controlServer.server)]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
