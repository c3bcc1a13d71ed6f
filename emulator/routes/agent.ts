import { requireAny } from "../auth.ts";
import { type Call, type Endpoint, flagOr, type Method, need } from "../endpoint.ts";
import { die } from "../errors.ts";
import { type ExecutedCommand, execute, readGuestFile } from "../guest.ts";
import { parseNet } from "../net-string.ts";
import { bool, integer, required, text } from "../rule.ts";
import type { Vm } from "../vm.ts";
import { vmOf } from "./qemu-config.ts";

function needAgent(vm: Vm): void {
  if (!vm.current.has("agent")) throw die("No QEMU guest agent configured");
  if (vm.qemu === undefined) throw die(`VM ${vm.vmid} is not running`);
  const plugged = /(?:^|,)(?:enabled=)?1(?:,|$)/.test(vm.qemu.startedWith.get("agent") ?? "0");
  if (!plugged || vm.agentMode !== "ok") throw die("QEMU guest agent is not running");
}

/** Addresses are from the block that is reserved for documentation. */
function interfaces(vm: Vm): unknown[] {
  const nics = [...vm.current].filter(([key]) => /^net\d+$/.test(key));
  const loopback = {
    name: "lo",
    "hardware-address": "00:00:00:00:00:00",
    "ip-addresses": [{ "ip-address": "127.0.0.1", "ip-address-type": "ipv4", prefix: 8 }],
  };
  const real = nics.map(([key, value], index) => ({
    name: `eth${index}`,
    "hardware-address": (parseNet(key, value).get("macaddr") ?? "").toLowerCase(),
    "ip-addresses": [{ "ip-address": `192.0.2.${vm.vmid % 250}`, "ip-address-type": "ipv4", prefix: 24 }],
  }));
  return [loopback, ...real];
}

/** Any of them is enough. */
function privileged(...privileges: readonly string[]): (call: Call) => void {
  return (call) => requireAny(call.caller, `/vms/${call.path("vmid")}`, privileges);
}

const AUDIT = ["VM.GuestAgent.Audit", "VM.GuestAgent.Unrestricted"];

function command(method: Method, name: string, answer: (vm: Vm, call: Call) => unknown): Endpoint {
  return {
    method,
    path: `/nodes/{node}/qemu/{vmid}/agent/${name}`,
    allow: privileged(...AUDIT),
    run: (call) => {
      const vm = vmOf(call);
      needAgent(vm);
      return { result: answer(vm, call) };
    },
  };
}

/** Longest read of a file, in bytes. */
const MAX_READ = 16 * 1024 * 1024;

function fileRead(call: Call): unknown {
  const { params } = call;
  const vm = vmOf(call);
  needAgent(vm);
  const file = readGuestFile(vm.guest, need(call, "file"));
  const offset = Number(params.get("offset") ?? 0);
  const count = Number(params.get("count") ?? MAX_READ);
  const read = file.subarray(offset, offset + count);
  const isWhole = offset + count > file.length;
  return {
    content: flagOr(call, "decode", true) ? read.toString("latin1") : read.toString("base64"),
    "bytes-read": read.length,
    ...(isWhole ? {} : { truncated: 1 }),
  };
}

/** What the agents have started, by VM and process id; the agent forgets a process once its end was told. */
const executed = new WeakMap<Vm, Map<number, ExecutedCommand>>();

function exec(call: Call): unknown {
  const vm = vmOf(call);
  needAgent(vm);
  const result = execute(vm.guest, need(call, "command").split("\0"));
  const pid = call.estate.tasks.nextPid();
  const all = executed.get(vm) ?? new Map<number, ExecutedCommand>();
  executed.set(vm, all.set(pid, result));
  return { pid };
}

function execStatus(call: Call): unknown {
  const vm = vmOf(call);
  needAgent(vm);
  const pid = Number(need(call, "pid"));
  const result = executed.get(vm)?.get(pid);
  if (result === undefined) throw die(`Agent error: PID ${pid} does not exist`);
  executed.get(vm)?.delete(pid);
  return {
    exited: 1,
    exitcode: result.exitcode,
    ...(result.out === "" ? {} : { "out-data": result.out }),
    ...(result.err === "" ? {} : { "err-data": result.err }),
  };
}

const A = "/nodes/{node}/qemu/{vmid}/agent";

export const AGENT: readonly Endpoint[] = [
  command("POST", "ping", () => ({})),
  command("GET", "network-get-interfaces", interfaces),
  command("GET", "get-host-name", (vm) => ({ "host-name": vm.current.get("name") ?? "localhost" })),
  command("GET", "get-osinfo", (vm) => vm.guest.os),
  command("GET", "info", () => ({ version: "10.1.2", supported_commands: [] })),
  {
    method: "GET",
    path: `${A}/file-read`,
    params: { file: required(text), count: integer(1, MAX_READ), offset: integer(0), decode: bool },
    allow: privileged("VM.GuestAgent.FileRead", "VM.GuestAgent.Unrestricted"),
    run: fileRead,
  },
  {
    method: "POST",
    path: `${A}/exec`,
    params: { command: required(text), "input-data": text },
    allow: privileged("VM.GuestAgent.Unrestricted"),
    run: exec,
  },
  {
    method: "GET",
    path: `${A}/exec-status`,
    params: { pid: required(integer()) },
    allow: privileged("VM.GuestAgent.Unrestricted"),
    run: execStatus,
  },
];
