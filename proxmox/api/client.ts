import { endpointBase } from "../endpoint.ts";
import { readOnlyVariable } from "./configuration.ts";
import type { Connection } from "./connection.ts";
import { type Answer, exchange } from "./exchange.ts";
import { HttpsAgent } from "./https-agent.ts";
import { type Patience, pauseBefore, usualPatience } from "./patience.ts";
import { notSent, ProxmoxError } from "./proxmox-error.ts";
import { transportError } from "./transport-error.ts";

type Method = "GET" | "PUT" | "POST";
type Parameters = Readonly<Record<string, string>>;
/** What a request says; a list is sent as its key, once for each item. */
type Body = Readonly<Record<string, string | readonly string[]>>;

/** Longest answer that is read, in bytes; the longest list of a large cluster is a tenth of it. */
const longestAnswer = 16 * 2 ** 20;
/** Characters; Proxmox's own secrets have 36, and a very short one would be found in every text. */
const shortestSecret = 8;
/** Requests under way at once, unless told otherwise; a node's API daemon has three workers by default. */
export const usualConcurrency = 8;

/** How a client goes about its requests. */
export interface ClientOptions {
  /** Most requests under way at once; further ones wait for their turn. @default 8 */
  readonly concurrency?: number;
  /** Ends every request, those that wait for their turn too. */
  readonly signal?: AbortSignal;
}

/**
 * Speaks to the Proxmox VE API over https with an API token.
 * Every failure is a {@link ProxmoxError}; the token never appears in one.
 */
export class ProxmoxClient {
  readonly endpoint: string;
  readonly patience: Patience;
  readonly #authorization: string;
  readonly #secret: string;
  readonly #readOnly: boolean;
  readonly #agent: HttpsAgent;
  readonly #signal: AbortSignal | undefined;

  constructor(
    connection: Connection,
    patience: Patience = usualPatience,
    { concurrency = usualConcurrency, signal }: ClientOptions = {},
  ) {
    this.patience = patience;
    this.#signal = signal;
    this.endpoint = endpointBase(connection.endpoint);
    this.#authorization = `PVEAPIToken=${connection.apiToken}`;
    this.#secret = connection.apiToken.slice(connection.apiToken.indexOf("=") + 1);
    this.#readOnly = connection.readOnly === true;
    this.#agent = new HttpsAgent(connection, {
      concurrency,
      connectTimeout: Math.min(10_000, patience.request),
    });
  }

  /**
   * Reads; what may be over a moment later is asked again, a bounded number of times.
   *
   * @param patience for what need not be waited for as long as usual
   */
  async get(path: string, query: Parameters = {}, patience: Patience = this.patience): Promise<unknown> {
    const { now, repeats, request: longest } = patience;
    const started = now();
    for (let repeat = 1; ; repeat++) {
      try {
        return await this.#send("GET", path, query, undefined, longest);
      } catch (error) {
        // One that waited for as long as a request may take is not asked again, by whichever clock.
        const passing = error instanceof ProxmoxError && error.isPassing && !error.isTimeout;
        if (!passing || repeat > repeats || now() - started >= longest) throw error;
        await pauseBefore(repeat, patience);
      }
    }
  }

  /** Writes, once: only who reads again can know whether a request without an answer took effect. */
  put(path: string, body: Parameters): Promise<unknown> {
    return this.#send("PUT", path, {}, body);
  }

  /** Asks for something to be done, once, as {@link put} writes. */
  post(path: string, body: Body = {}, patience: Patience = this.patience): Promise<unknown> {
    return this.#send("POST", path, {}, body, patience.request);
  }

  /** Ends its connections; nothing can be asked any more. */
  close(): void {
    this.#agent.destroy();
  }

  async #send(
    method: Method,
    path: string,
    query: Parameters,
    body?: Body,
    longest: number = this.patience.request,
  ): Promise<unknown> {
    if (this.#readOnly && method !== "GET") {
      throw new ProxmoxError(
        `${method} ${path}: not sent, since ${readOnlyVariable} lets nothing be written (got 1); allowed is a run in which nothing has to be written; look at what differs, and unset it to write`,
        0,
        { code: notSent },
      );
    }
    const search = new URLSearchParams(query).toString();
    const url = `${this.endpoint}/api2/json${path}${search === "" ? "" : `?${search}`}`;
    const { status, text } = await this.#exchange(method, url, path, body, longest);
    if (status === 200) return this.#dataOf(text, method, path);
    throw refusal(status, this.masked(text), method, path);
  }

  /** A text of the server's as it may be shown: without this client's token, which a proxy in between may echo. */
  masked(text: string): string {
    return this.#secret.length < shortestSecret
      ? text
      : text.replaceAll(this.#secret, "(the API token's secret)");
  }

  #dataOf(text: string, method: Method, path: string): unknown {
    const parsed = parseJson(text);
    if (isRecord(parsed) && "data" in parsed) return parsed.data;
    throw new ProxmoxError(
      `${method} ${path}: the answer is not Proxmox's (got ${JSON.stringify(this.masked(text).slice(0, 80))}); allowed is JSON with "data"; check that the endpoint is a Proxmox VE node`,
      200,
    );
  }

  async #exchange(
    method: Method,
    url: string,
    path: string,
    body: Body | undefined,
    longest: number,
  ): Promise<Answer> {
    const timeout = AbortSignal.timeout(longest);
    const options = {
      method,
      agent: this.#agent,
      signal: this.#signal === undefined ? timeout : AbortSignal.any([timeout, this.#signal]),
      headers: {
        authorization: this.#authorization,
        ...(body && { "content-type": "application/x-www-form-urlencoded" }),
      },
    };
    try {
      return await exchange(url, options, body && form(body), longestAnswer);
    } catch (cause) {
      throw transportError(this.endpoint, `${method} ${path}`, cause, longest);
    }
  }
}

function form(body: Body): string {
  const pairs = Object.entries(body).flatMap(([key, value]) => [value].flat().map((item) => [key, item]));
  return new URLSearchParams(pairs as [string, string][]).toString();
}

function refusal(status: number, text: string, method: Method, path: string): ProxmoxError {
  const answer = parseJson(text);
  const where = `${method} ${path}`;
  if (status === 401) {
    return new ProxmoxError(
      `${where}: Proxmox rejects the API token (got 401); allowed is user@realm!name=secret of a token that exists and is not expired; check PROXMOX_VE_API_TOKEN`,
      status,
    );
  }
  if (status === 403) {
    const [, on = "", privilege = ""] = /Permission check failed \(([^,]+), ([^)]+)\)/.exec(text) ?? [];
    const needed = privilege === "" ? "a privilege" : `${privilege.replaceAll("|", " or ")} on ${on}`;
    return new ProxmoxError(
      `${where}: Proxmox does not allow it (got 403); allowed is a token that has ${needed}; give the token and its user a role with it (pveum acl modify), then run again`,
      status,
    );
  }
  const message = isRecord(answer) && typeof answer.message === "string" ? answer.message.trim() : "";
  const errors: Record<string, string> = {};
  if (isRecord(answer) && isRecord(answer.errors)) {
    for (const [key, value] of Object.entries(answer.errors)) errors[key] = String(value).trim();
  }
  const details = Object.entries(errors).map(([key, value]) => `${key}: ${value}`);
  const said = [message, ...details].filter((part) => part !== "").join(" ") || text.slice(0, 200);
  return new ProxmoxError(`${where}: Proxmox answers ${status}: ${said}`, status, { parameters: errors });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
