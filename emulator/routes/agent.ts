import { requireAny } from "../auth.ts";
import type { Call, Endpoint, Method } from "../endpoint.ts";
import { die } from "../errors.ts";
import { parseNet } from "../net-string.ts";
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

const AUDIT = ["VM.GuestAgent.Audit", "VM.GuestAgent.Unrestricted"];

function command(method: Method, name: string, answer: (vm: Vm, call: Call) => unknown): Endpoint {
  return {
    method,
    path: `/nodes/{node}/qemu/{vmid}/agent/${name}`,
    allow: (call) => requireAny(call.caller, `/vms/${call.path("vmid")}`, AUDIT),
    run: (call) => {
      const vm = vmOf(call);
      needAgent(vm);
      return { result: answer(vm, call) };
    },
  };
}

export const AGENT: readonly Endpoint[] = [
  command("POST", "ping", () => ({})),
  command("GET", "network-get-interfaces", interfaces),
  command("GET", "get-host-name", (vm) => ({ "host-name": vm.current.get("name") ?? "localhost" })),
  command("GET", "info", () => ({ version: "10.1.2", supported_commands: [] })),
];
