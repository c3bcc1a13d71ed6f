import { requireAny } from "../auth.ts";
import type { Call, Endpoint } from "../endpoint.ts";
import { need } from "../endpoint.ts";
import { ApiError, die } from "../errors.ts";
import type { RunningDrive } from "../qemu.ts";
import { required, text } from "../rule.ts";
import type { Vm } from "../vm.ts";
import { vmStatus } from "../vm-status.ts";
import { vmOf } from "./qemu-config.ts";

const MIB = 1024 ** 2;

function throttling(slot: string, { throttle }: RunningDrive): string {
  const bytes = (key: string) => Math.trunc((throttle[key] ?? 0) * MIB);
  const limits = `bps=${bytes("mbps")} bps_rd=${bytes("mbps_rd")} bps_wr=${bytes("mbps_wr")}`;
  const unlimited = Object.keys(throttle).length === 0;
  return unlimited ? "" : `    I/O throttling:   ${limits} group=drive-${slot}\r\n`;
}

function blocks(vm: Vm): string {
  return [...(vm.qemu?.drives ?? [])]
    .map(
      ([slot, drive]) =>
        `drive-${slot}: ${drive.volume} (raw)\r\n    Attached to:      ${slot}\r\n    Cache mode:       writeback, direct\r\n${throttling(slot, drive)}`,
    )
    .join("\r\n");
}

type Statistics = Readonly<Record<string, Readonly<Record<string, number>>>>;

function blockStatistics(statistics: Statistics): string {
  const keys = ["rd_bytes", "wr_bytes", "rd_operations", "wr_operations"];
  return Object.entries(statistics)
    .map(([slot, stats]) => `drive-${slot}: ${keys.map((key) => `${key}=${stats[key] ?? 0}`).join(" ")}\r\n`)
    .join("");
}

function iothreads(vm: Vm): string {
  const own = [...(vm.qemu?.drives ?? [])].filter(([, { iothread }]) => iothread);
  const pid = vm.qemu?.pid ?? 0;
  return own.map(([slot], index) => `iothread-${slot}:\r\n  thread_id=${pid + 1 + index}\r\n`).join("");
}

function answer(vm: Vm, command: string, statistics: Statistics | undefined): string {
  if (vm.qemu === undefined) return `ERROR: VM ${vm.vmid} not running\n`;
  // Without statistics there is a QEMU that does not answer.
  if (statistics === undefined) {
    return `ERROR: VM ${vm.vmid} qmp command 'human-monitor-command' failed - got timeout\n`;
  }
  if (command === "info status") return "VM status: running\r\n";
  if (command === "info block") return blocks(vm);
  if (command === "info blockstats") return blockStatistics(statistics);
  if (command === "info iothreads") return iothreads(vm);
  throw new ApiError(501, `the emulated monitor does not know '${command}'\n`);
}

function run(call: Call): string {
  const command = need(call, "command");
  const name = /^\s*(\S+)/.exec(command)?.[1];
  if (name === undefined) throw die(`unexpected command '${command}'`);
  // `info` is one of the few that need no further privilege; the emulated monitor has no other.
  if (name !== "info") throw new ApiError(501, `the emulated monitor does not know '${name}'\n`);
  const vm = vmOf(call);
  const { blockstat } = vmStatus(call.estate, vm) as { blockstat?: Statistics };
  return answer(vm, command.trim(), blockstat);
}

export const MONITOR: readonly Endpoint[] = [
  {
    method: "POST",
    path: "/nodes/{node}/qemu/{vmid}/monitor",
    params: { command: required(text) },
    allow: (call) => requireAny(call.caller, `/vms/${call.path("vmid")}`, ["Sys.Audit", "Sys.Modify"]),
    run,
  },
];
