import { needFeature, type Running } from "./hotplug-context.ts";
import { MEMORY } from "./option-formats.ts";
import { parseProperties } from "./property-string.ts";
import type { Section } from "./vm.ts";

/** What a VM starts with when memory can be plugged; the rest is modules (qemu-server, `Memory.pm`). */
const STATIC_MEMORY = 1024;
const MODULES_OF_A_SIZE = 32;

function memoryOf(text: string | undefined): number {
  return Number(text === undefined ? 512 : (parseProperties(MEMORY, "memory", text).get("current") ?? 512));
}

/** The memory after each module that makes up this much: 32 of one size, then 32 of twice the size, and so on. */
function afterModules(memory: number, firstSize: number, staticMemory: number): number[] {
  const after: number[] = [];
  let now = staticMemory;
  for (let size = firstSize; size < firstSize * 2 ** 8; size *= 2) {
    for (let count = 0; count < MODULES_OF_A_SIZE && now < memory; count++) {
      now += size;
      after.push(now);
    }
  }
  return after;
}

/**
 * Plugs whole modules until the VM has at least this memory, or unplugs them until it has at most this.
 * @returns the text that is stored: what the VM has then
 */
export function plugMemory(running: Running, value: string | undefined): string {
  needFeature(running, "memory");
  const { vm } = running;
  const before = memoryOf(vm.current.get("memory"));
  const wanted = memoryOf(value);
  if (wanted === before) return value ?? String(wanted);
  const huge = vm.current.get("hugepages") === "1024";
  const size = huge ? 1024 : 512;
  const staticMemory = STATIC_MEMORY * (huge ? Number(vm.current.get("sockets") ?? 1) : 1);
  if (wanted < staticMemory) throw new Error(`memory can't be lower than ${staticMemory} MB`);
  if (wanted > before) return String(afterModules(wanted, size, staticMemory).at(-1) ?? wanted);
  const modules = afterModules(before, size, staticMemory);
  let now = before;
  for (let index = modules.length - 1; index >= 0 && now > wanted; index--) {
    now -= (modules[index] ?? 0) - (modules[index - 1] ?? staticMemory);
  }
  return String(now);
}

/** How many CPUs the VM may have at most. */
function mostCpus(config: Section): number {
  return Number(config.get("sockets") ?? 1) * Number(config.get("cores") ?? 1);
}

/** Plugs or unplugs CPUs; without a number, all that there may be. @throws Error when there are too many */
export function plugCpus(running: Running, value: string | undefined): void {
  needFeature(running, "cpu");
  if (value !== undefined && Number(value) > mostCpus(running.vm.current)) {
    throw new Error("you can't add more vcpus than maxcpus");
  }
}
