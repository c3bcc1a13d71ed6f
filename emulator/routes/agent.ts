import type { Call, Endpoint, Method } from "../endpoint.ts";
import { die } from "../errors.ts";
import { parseNet } from "../net-string.ts";
import type { Vm } from "../vm.ts";
import { needsAll, vmOf } from "./qemu-config.ts";

function needAgent(vm: Vm): void {
  if (!/(?:^|,)(?:enabled=)?1(?:,|$)/.test(vm.current.get("agent") ?? "0")) {
    throw die("No QEMU guest agent configured");
  }
  if (vm.qemu === undefined) throw die(`VM ${vm.vmid} is not running`);
  if (vm.agentMode === "off") throw die("QEMU guest agent is not running");
  if (vm.agentMode === "hung") throw die(`VM ${vm.vmid} qga command 'guest-ping' failed - got timeout`);
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

function command(method: Method, name: string, answer: (vm: Vm, call: Call) => unknown): Endpoint {
  return {
    method,
    path: `/nodes/{node}/qemu/{vmid}/agent/${name}`,
    allow: needsAll(method === "POST" ? "VM.GuestAgent.Unrestricted" : "VM.GuestAgent.Audit"),
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
