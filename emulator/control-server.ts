import { Hono } from "hono";
import { z } from "zod";
import { ROOT } from "./auth.ts";
import type { Barriers } from "./barriers.ts";
import { configChange } from "./config-change.ts";
import { isCloudInitKey } from "./config-schema.ts";
import { updateConfigNow } from "./config-update.ts";
import { isDriveKey } from "./drive-schema.ts";
import { ApiError } from "./errors.ts";
import type { Estate } from "./estate.ts";
import type { Faults } from "./faults.ts";
import { guestChange, guestWith } from "./guest.ts";
import type { Latency } from "./latency.ts";
import { USUAL_LOAD } from "./metrics.ts";
import { guestPowerOff, guestReboot } from "./power.ts";
import type { Recorder } from "./recorder.ts";
import { parseSize } from "./size.ts";
import { storageIdOf } from "./storage.ts";
import { digestOf, type Vm } from "./vm.ts";

export interface ControlParts {
  readonly estate: Estate;
  readonly recorder: Recorder;
  readonly faults: Faults;
  readonly barriers: Barriers;
  readonly latency: Latency;
}

class ControlError extends Error {
  readonly status: 400 | 404;

  constructor(status: 400 | 404, message: string) {
    super(message);
    this.status = status;
  }
}

const value = z.union([z.string(), z.number()]).transform(String);
const attachBody = z
  .object({
    slot: z.string(),
    volume: z.string(),
    /** The size of a volume that is not there yet. @default "1G" */
    size: z.string().optional(),
    options: z.union([z.string(), z.record(z.string(), value)]).optional(),
  })
  .catchall(value);
const detachBody = z.strictObject({ slot: z.string() });
const editBody = z.record(z.string(), z.union([value, z.null()]));
const agentBody = z.strictObject({ mode: z.enum(["ok", "hung", "off"]) });
const stallBody = z.strictObject({ slot: z.string(), on: z.boolean() });
const loadBody = z.strictObject({
  cpu: z.number().min(0).max(1).optional(),
  netin: z.number().min(0).optional(),
  netout: z.number().min(0).optional(),
  diskread: z.number().min(0).optional(),
  diskwrite: z.number().min(0).optional(),
  pressureiosome: z.number().min(0).max(100).optional(),
});
const qmpBody = z.strictObject({ status: z.enum(["running", "paused", "io-error", "silent"]) });
const moveBody = z.strictObject({ node: z.string() });
const latencyBody = z.strictObject({ milliseconds: z.number().min(0).max(60_000) });
const clockBody = z.union([
  z.strictObject({ now: z.iso.datetime() }),
  z.strictObject({ advanceSeconds: z.number() }),
]);
const method = z.enum(["GET", "POST", "PUT", "DELETE"]);
const barrierBody = z.strictObject({
  method: method.optional(),
  path: z.string().startsWith("/"),
  times: z.int().min(1).optional(),
});
const releaseBody = z.strictObject({ id: z.int().optional() }).default({});
const faultBody = z.strictObject({
  method: method.optional(),
  path: z.string().startsWith("/"),
  action: z.enum([
    "delay",
    "fail",
    "drop-before",
    "drop-after",
    "lock",
    "qmp-fail",
    "task-delay",
    "task-fail",
  ]),
  status: z.int().min(400).max(599).optional(),
  message: z.string().optional(),
  milliseconds: z.number().min(0).optional(),
  after: z.int().min(0).optional(),
  times: z.int().min(1).optional(),
});

type AttachBody = z.infer<typeof attachBody>;

function driveText({ slot: _slot, volume, size: _size, options, ...rest }: AttachBody): string {
  const pairs = Object.entries({ ...(typeof options === "object" ? options : {}), ...rest });
  const listed = pairs.map(([key, text]) => `${key}=${text}`);
  return [volume, ...(typeof options === "string" ? [options] : []), ...listed].join(",");
}

/** What a CSI driver does: the volume exists, then its disk is hot-plugged through the API's own logic. */
function attach(estate: Estate, vm: Vm, body: AttachBody): void {
  if (!isDriveKey(body.slot)) throw new ControlError(400, `slot: no such slot (got ${body.slot})`);
  if (storageIdOf(body.volume) !== undefined && estate.storages.find(body.volume) === undefined) {
    const size = parseSize(body.size ?? "1G");
    if (size === undefined) throw new ControlError(400, `size: not a disk size (got ${body.size ?? ""})`);
    estate.storages.add(body.volume, size, estate.clock.seconds());
  }
  updateConfigNow(estate, ROOT, vm, configChange({ set: new Map([[body.slot, driveText(body)]]) }));
}

/** An editor on the config file: text as typed, checked by nobody, and QEMU hears nothing of it. */
function edit(vm: Vm, changes: z.infer<typeof editBody>): void {
  for (const [key, text] of Object.entries(changes)) {
    if (text === null) vm.current.delete(key);
    else vm.current.set(key, text);
  }
}

function stall(estate: Estate, vm: Vm, slot: string, on: boolean): void {
  if (vm.qemu?.drives.has(slot) !== true) throw new ControlError(400, `slot: no running drive (got ${slot})`);
  const open = vm.stalls.find((entry) => entry.slot === slot && entry.to === undefined);
  if (on && open === undefined) vm.stalls.push({ slot, from: estate.clock.seconds(), to: undefined });
  if (!on && open !== undefined) open.to = estate.clock.seconds();
}

/** What is not named stays as it is. */
function setLoad(estate: Estate, vm: Vm, changes: z.infer<typeof loadBody>): void {
  const before = vm.loads.at(-1)?.load ?? USUAL_LOAD;
  const given = Object.entries(changes).filter(([, rate]) => rate !== undefined);
  vm.loads.push({ from: estate.clock.seconds(), load: { ...before, ...Object.fromEntries(given) } });
}

function view(vm: Vm): unknown {
  const { qemu } = vm;
  const running = qemu && {
    pid: qemu.pid,
    startedAt: new Date(qemu.startedAt * 1000).toISOString(),
    version: qemu.version,
    machine: qemu.machine,
    controller: qemu.controller,
    drives: Object.fromEntries(qemu.drives),
    nets: Object.fromEntries(qemu.nets),
    startedWith: Object.fromEntries(qemu.startedWith),
    options: Object.fromEntries([
      ...[...qemu.options].filter(([key]) => !isCloudInitKey(key)),
      ...[...qemu.imageOf].filter(([key]) => isCloudInitKey(key)),
    ]),
  };
  return {
    vmid: vm.vmid,
    node: vm.node,
    status: qemu === undefined ? "stopped" : "running",
    digest: digestOf(vm),
    config: Object.fromEntries(vm.current),
    pending: Object.fromEntries(vm.pending),
    pendingDelete: [...vm.pendingDelete.keys()],
    running: running ?? null,
    throttleCalls: Object.fromEntries(vm.throttleCalls),
    agent: vm.agentMode,
    stalled: vm.stalls.filter((entry) => entry.to === undefined).map((entry) => entry.slot),
  };
}

/** The control API: for tests and the demo, on a port of its own; nothing here is Proxmox's. */
export function createControl({ estate, recorder, faults, barriers, latency }: ControlParts): Hono {
  const app = new Hono();
  const findVm = (vmid: string): Vm => {
    const vm = estate.vms.get(Number(vmid));
    if (vm === undefined) throw new ControlError(404, `vmid: no such VM (got ${vmid})`);
    return vm;
  };
  const read = async <T>(schema: z.ZodType<T>, json: () => Promise<unknown>): Promise<T> => {
    const parsed = schema.safeParse(await json().catch(() => undefined));
    if (!parsed.success) throw new ControlError(400, z.prettifyError(parsed.error));
    return parsed.data;
  };

  app.get("/requests", (c) => c.json(recorder.requests));
  app.delete("/requests", (c) => {
    recorder.clear();
    return c.json([]);
  });
  app.get("/unknown", (c) => c.json(recorder.unknown));
  app.get("/vms", (c) => c.json([...estate.vms.values()].map(view)));
  app.get("/vms/:vmid", (c) => c.json(view(findVm(c.req.param("vmid")))));

  const action = <T>(name: string, schema: z.ZodType<T>, work: (vm: Vm, body: T) => void): void => {
    app.post(`/vms/:vmid/${name}`, async (c) => {
      const vm = findVm(c.req.param("vmid"));
      work(vm, await read(schema, () => c.req.json()));
      return c.json(view(vm));
    });
  };
  action("attach", attachBody, (vm, body) => attach(estate, vm, body));
  action("detach", detachBody, (vm, { slot }) =>
    updateConfigNow(estate, ROOT, vm, configChange({ delete: [slot] })),
  );
  action("edit", editBody, edit);
  action("agent", agentBody, (vm, { mode }) => {
    vm.agentMode = mode;
  });
  action("guest", guestChange, (vm, change) => {
    vm.guest = guestWith(change, vm.guest);
  });
  action("load", loadBody, (vm, body) => setLoad(estate, vm, body));
  action("qmp", qmpBody, (vm, { status }) => {
    vm.qmp = status;
  });
  action("move", moveBody, (vm, { node }) => {
    if (!estate.nodes.has(node)) throw new ControlError(400, `node: no such node (got ${node})`);
    vm.node = node;
  });
  action("stall", stallBody, (vm, { slot, on }) => stall(estate, vm, slot, on));
  action("guest-reboot", z.unknown(), (vm) => guestReboot(estate, vm));
  action("guest-poweroff", z.unknown(), (vm) => guestPowerOff(estate, vm));

  app.post("/faults", async (c) => {
    faults.add(await read(faultBody, () => c.req.json()));
    return c.json({}, 201);
  });
  app.delete("/faults", (c) => {
    faults.clear();
    return c.json({});
  });
  app.post("/barriers", async (c) => {
    barriers.add(await read(barrierBody, () => c.req.json()));
    return c.json({}, 201);
  });
  app.get("/barriers", async (c) => {
    const held = await read(z.coerce.number().int().min(0), async () => c.req.query("held") ?? "0");
    return c.json(await barriers.whenHeld(held));
  });
  app.post("/barriers/release", async (c) => {
    const { id } = await read(releaseBody, () => c.req.json());
    const released = barriers.release(id);
    if (released === 0 && id !== undefined) {
      throw new ControlError(404, `id: no request is held by this id (got ${id})`);
    }
    return c.json({ released });
  });
  app.delete("/barriers", (c) => {
    barriers.clear();
    return c.json({});
  });
  app.post("/latency", async (c) => {
    const body = await read(latencyBody, () => c.req.json());
    latency.milliseconds = body.milliseconds;
    return c.json(body);
  });
  app.post("/clock", async (c) => {
    const body = await read(clockBody, () => c.req.json());
    if ("now" in body) estate.clock.set(Date.parse(body.now));
    else estate.clock.advance(body.advanceSeconds * 1000);
    return c.json({ now: new Date(estate.clock.now()).toISOString() });
  });

  app.notFound((c) => c.json({ error: `${c.req.method} ${c.req.path}: no such control call` }, 404));
  app.onError((error, c) => {
    if (error instanceof ControlError) return c.json({ error: error.message }, error.status);
    if (error instanceof ApiError)
      return c.json({ error: error.message.trimEnd(), errors: error.errors }, 400);
    return c.json({ error: String(error) }, 500);
  });
  return app;
}
