import { setTimeout as sleep } from "node:timers/promises";
import type { HttpBindings } from "@hono/node-server";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import { type Context, Hono } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { type Authenticator, type Caller, ROOT } from "./auth.ts";
import type { Barriers } from "./barriers.ts";
import { type Call, type Endpoint, Listing } from "./endpoint.ts";
import { ApiError, AuthError, die, paramError } from "./errors.ts";
import { type Estate, findNode } from "./estate.ts";
import type { Fault, Faults } from "./faults.ts";
import type { Latency } from "./latency.ts";
import { checkParameters, decodeBody, decodeQuery, requestParameters } from "./parameters.ts";
import type { RecordedRequest, Recorder } from "./recorder.ts";
import { ENDPOINTS } from "./routes/index.ts";
import { decodeUpload } from "./upload.ts";

const PREFIX = "/api2/json";
const UPLOAD = /^\/nodes\/[^/]+\/storage\/[^/]+\/upload$/;

interface Env {
  Bindings: HttpBindings;
  Variables: { entry: RecordedRequest; caller: Caller | undefined; upload: Uint8Array | undefined };
}

type Ctx = Context<Env>;

export interface ApiParts {
  readonly estate: Estate;
  readonly authenticator: Authenticator;
  readonly recorder: Recorder;
  readonly faults: Faults;
  readonly barriers: Barriers;
  readonly latency: Latency;
  /** Where an error that is the emulator's own mistake is told. */
  readonly report: (message: string) => void;
}

/** The type as Proxmox writes it, which is not what the framework would (pve-http-server, Formatter/Standard.pm). */
function json(
  c: Ctx,
  envelope: Readonly<Record<string, unknown>>,
  status: ContentfulStatusCode = 200,
): Response {
  return c.body(JSON.stringify(envelope), status, { "content-type": "application/json;charset=UTF-8" });
}

/** Clients read the reason phrase, which is the first line of the message. */
function setReason(c: Ctx, reason: string): void {
  c.env.outgoing.statusMessage = (reason.split("\n")[0] ?? "").replace(/[^\t\x20-\x7e]/g, "?");
}

function answerError(c: Ctx, error: ApiError): Response {
  setReason(c, error.message);
  const errors = error.errors === undefined ? {} : { errors: error.errors };
  return json(c, { data: null, message: error.message, ...errors }, error.status as ContentfulStatusCode);
}

function answerData(c: Ctx, result: unknown): Response {
  if (!(result instanceof Listing)) return json(c, { data: result ?? null });
  return json(c, { data: result.rows, ...(result.total === 0 ? {} : { total: result.total }) });
}

function drop(c: Ctx, entry: RecordedRequest): Response {
  entry.status = 0;
  c.env.incoming.socket.destroy();
  return RESPONSE_ALREADY_SENT;
}

/** The part of a fault that comes before the request is handled. */
async function applyFault(estate: Estate, fault: Fault): Promise<void> {
  const { action, message, milliseconds } = fault;
  if (action === "delay") await sleep(milliseconds ?? 0);
  if (action === "fail") throw new ApiError(fault.status ?? 500, `${message ?? "emulated fault"}\n`);
  if (action === "lock") throw die(`VM is locked (${message ?? "backup"})`);
  if (action === "qmp-fail") estate.monitors.failNext(message ?? "emulated fault", fault.after ?? 0);
  if (action === "task-fail") estate.tasks.failNext({ message: message ?? "emulated fault" });
  if (action === "task-delay") estate.tasks.failNext({ delayMs: milliseconds ?? 0 });
}

async function handle(parts: ApiParts, endpoint: Endpoint, c: Ctx): Promise<Response> {
  const { estate, authenticator, recorder } = parts;
  const entry = c.get("entry");
  const inPath = c.req.param() as Readonly<Record<string, string>>;
  const path = (name: string) => inPath[name] ?? "";
  const params = requestParameters(inPath, entry.body ?? {}, entry.query ?? {});
  const call: Call = {
    estate,
    authenticator,
    caller: c.get("caller") ?? ROOT,
    path,
    params,
    upload: c.get("upload"),
  };
  if (endpoint.path.startsWith("/nodes/{node}")) findNode(estate, path("node"));
  if (endpoint.path.includes("{vmid}") && !/^[1-9]\d{2,8}$/.test(path("vmid"))) {
    throw paramError({ vmid: "invalid format - value does not look like a valid VM ID\n" });
  }
  endpoint.allow?.(call);
  const { errors, unknown } = checkParameters(endpoint, params);
  if (unknown.length > 0) {
    recorder.unknown.push({ method: entry.method, path: entry.path, status: 400, parameters: unknown });
  }
  if (Object.keys(errors).length > 0) throw paramError(errors);
  return answerData(c, await endpoint.run(call));
}

function isOpen(method: string, path: string): boolean {
  return ENDPOINTS.some((endpoint) => endpoint.open && endpoint.method === method && endpoint.path === path);
}

function takesBody(method: string): boolean {
  return method === "PUT" || method === "POST";
}

function decodedPath(c: Ctx): string {
  const raw = new URL(c.req.url).pathname;
  const path = (raw.startsWith(PREFIX) ? raw.slice(PREFIX.length) : raw).replace(/(?<=.)\/+$/, "");
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** The API as a web application: records, breaks on request, authenticates, checks, answers. */
export function createApi(parts: ApiParts): Hono<Env> {
  const { estate, authenticator, recorder, faults, barriers, latency } = parts;
  const app = new Hono<Env>({ strict: false });

  app.use("*", async (c, next) => {
    const entry: RecordedRequest = { method: c.req.method, path: decodedPath(c), status: 0 };
    recorder.requests.push(entry);
    c.set("entry", entry);
    const query = decodeQuery(c.req.url);
    if (Object.keys(query).length > 0) entry.query = query;
    const content = await c.req.arrayBuffer();
    await barriers.pass(entry.method, entry.path);
    const fault = faults.take(entry.method, entry.path);
    if (fault?.action === "drop-before") return drop(c, entry);
    try {
      const isUpload = entry.method === "POST" && UPLOAD.test(entry.path);
      if (!isUpload && takesBody(entry.method)) {
        const body = decodeBody(c.req.header("content-type"), new TextDecoder().decode(content));
        if (Object.keys(body).length > 0) entry.body = body;
      }
      if (fault !== undefined) await applyFault(estate, fault);
      if (!isOpen(entry.method, entry.path)) {
        c.set("caller", authenticator.authenticate(entry.method, c.req.raw.headers));
      }
      if (content.byteLength > 0 && !takesBody(entry.method)) {
        throw new ApiError(501, `Unexpected content for method '${entry.method}'\n`);
      }
      if (isUpload) {
        const { fields, bytes } = await decodeUpload(c.req.header("content-type"), content);
        entry.body = fields;
        c.set("upload", bytes);
      }
      await next();
    } catch (error) {
      c.res = errorResponse(parts, c, error);
    }
    estate.tasks.clearFault();
    estate.monitors.clearFault();
    entry.status = c.res.status;
    await latency.pass();
    if (fault?.action === "drop-after") return drop(c, entry);
    return undefined;
  });

  for (const endpoint of ENDPOINTS) {
    const pattern = endpoint.path
      .replace(/\/$/, "")
      .replace(/\{(\w+)\*\}/g, ":$1{.+}")
      .replace(/\{(\w+)\}/g, ":$1");
    app.on(endpoint.method, `${PREFIX}${pattern}`, (c) => handle(parts, endpoint, c));
  }

  app.notFound((c) => {
    const { method, path } = c.get("entry");
    recorder.unknown.push({ method, path, status: 501, parameters: [] });
    return answerError(c, new ApiError(501, `Method '${method} ${path}' not implemented\n`));
  });
  app.onError((error, c) => errorResponse(parts, c, error));
  return app;
}

function errorResponse(parts: ApiParts, c: Ctx, error: unknown): Response {
  if (error instanceof ApiError) return answerError(c, error);
  if (error instanceof AuthError) {
    setReason(c, error.message);
    return c.body(null, 401);
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  parts.report(`emulator: internal error: ${text}`);
  return answerError(c, die(`emulator internal error: ${String(error)}`));
}
