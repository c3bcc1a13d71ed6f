import { readFileSync } from "node:fs";
import type { IncomingHttpHeaders } from "node:http";
import { request } from "node:https";
import { afterEach, expect } from "vitest";
import { type Emulator, startEmulator } from "../../emulator/start.ts";

export interface Answer {
  readonly status: number;
  readonly reason: string;
  readonly body: string;
  readonly headers: IncomingHttpHeaders;
  /** The `data` of the envelope; undefined when the body is empty. */
  readonly data: unknown;
  readonly total: unknown;
  readonly message: unknown;
  readonly errors: unknown;
}

export interface CallOptions {
  readonly form?: Readonly<Record<string, string | number>>;
  readonly json?: unknown;
  /** Headers instead of the ones of the full token. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface ControlledVm {
  readonly status: string;
  readonly config: Record<string, string>;
  readonly pending: Record<string, string>;
  readonly pendingDelete: string[];
  readonly running: {
    pid: number;
    startedAt: string;
    controller: string;
    drives: Record<
      string,
      { volume: string; options: Record<string, string>; iothread: boolean; throttle: Record<string, number> }
    >;
    nets: Record<string, string>;
  } | null;
  readonly throttleCalls: Record<string, number>;
  readonly stalled: string[];
}

function send(emulator: Emulator, method: string, path: string, options: CallOptions): Promise<Answer> {
  const ca = readFileSync(emulator.caFile);
  const form =
    options.form &&
    Object.entries(options.form).map(([key, value]): [string, string] => [key, String(value)]);
  const text = form ? new URLSearchParams(form).toString() : options.json && JSON.stringify(options.json);
  const type = form ? "application/x-www-form-urlencoded" : "application/json";
  const headers: Record<string, string> = {
    ...(options.headers ?? { authorization: `PVEAPIToken=${emulator.apiToken}` }),
    ...(typeof text === "string"
      ? { "content-type": type, "content-length": String(Buffer.byteLength(text)) }
      : {}),
  };
  return new Promise((resolve, reject) => {
    const sent = request(
      `${emulator.endpoint}/api2/json${path}`,
      { method, ca, headers, agent: false },
      (answer) => {
        let body = "";
        answer.setEncoding("utf8");
        answer.on("data", (part: string) => {
          body += part;
        });
        answer.on("end", () => {
          const envelope: Record<string, unknown> = body === "" ? {} : JSON.parse(body);
          resolve({
            status: answer.statusCode ?? 0,
            reason: answer.statusMessage ?? "",
            body,
            headers: answer.headers,
            data: envelope.data,
            total: envelope.total,
            message: envelope.message,
            errors: envelope.errors,
          });
        });
      },
    );
    sent.on("error", reject);
    sent.end(typeof text === "string" ? text : undefined);
  });
}

/** A started emulator with short ways to ask it. */
export class Pve {
  readonly emulator: Emulator;

  constructor(emulator: Emulator) {
    this.emulator = emulator;
  }

  call(method: string, path: string, options: CallOptions = {}): Promise<Answer> {
    return send(this.emulator, method, path, options);
  }

  /** GET that must succeed. */
  async get(path: string): Promise<unknown> {
    const answer = await this.call("GET", path);
    expect(answer.status, answer.body).toBe(200);
    return answer.data;
  }

  /** A GET whose answer is an object. */
  async object(path: string): Promise<Record<string, unknown>> {
    return (await this.get(path)) as Record<string, unknown>;
  }

  /** A GET whose answer is a list of objects. */
  async list(path: string): Promise<Record<string, unknown>[]> {
    return (await this.get(path)) as Record<string, unknown>[];
  }

  config(vmid: number, current = false): Promise<Record<string, unknown>> {
    return this.object(`/nodes/pve/qemu/${vmid}/config${current ? "?current=1" : ""}`);
  }

  put(vmid: number, form: Readonly<Record<string, string | number>>): Promise<Answer> {
    return this.call("PUT", `/nodes/pve/qemu/${vmid}/config`, { form });
  }

  /** PUT config that must succeed. */
  async set(vmid: number, form: Readonly<Record<string, string | number>>): Promise<void> {
    const answer = await this.put(vmid, form);
    expect(answer.status, answer.body).toBe(200);
    expect(answer.data).toBeNull();
  }

  /** Starts a task and answers how it ended. */
  async task(
    method: string,
    path: string,
    form?: Readonly<Record<string, string | number>>,
  ): Promise<unknown> {
    const answer = await this.call(method, path, form === undefined ? {} : { form });
    expect(answer.status, answer.body).toBe(200);
    expect(answer.data).toMatch(/^UPID:pve:/);
    const status = await this.object(`/nodes/pve/tasks/${encodeURIComponent(String(answer.data))}/status`);
    return status.exitstatus;
  }

  power(vmid: number, action: string): Promise<unknown> {
    return this.task("POST", `/nodes/pve/qemu/${vmid}/status/${action}`);
  }

  async control(method: string, path: string, body?: unknown): Promise<unknown> {
    const answer = await fetch(`${this.emulator.controlUrl}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return answer.json();
  }

  async vm(vmid: number): Promise<ControlledVm> {
    return (await this.control("GET", `/vms/${vmid}`)) as ControlledVm;
  }
}

const started: Emulator[] = [];

afterEach(async () => {
  await Promise.all(started.splice(0).map((emulator) => emulator.close()));
});

/** Starts an emulator that the end of the test closes. */
export async function startPve(seed: unknown): Promise<Pve> {
  const emulator = await startEmulator({
    seed,
    report: (message) => {
      throw new Error(message);
    },
  });
  started.push(emulator);
  return new Pve(emulator);
}
