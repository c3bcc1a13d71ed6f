import { accessSync, constants, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";

function isInstalled(program: string): boolean {
  return (process.env.PATH ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Why gdb may not look at a process that is not its child, as a part of a title; empty when it may. */
export function tracingRefused(): string {
  let scope: string;
  try {
    scope = readFileSync("/proc/sys/kernel/yama/ptrace_scope", "utf8").trim();
  } catch {
    return "";
  }
  const refused = scope === "3" || (scope !== "0" && process.getuid?.() !== 0);
  return refused ? ` (skipped: kernel.yama.ptrace_scope is ${scope}, gdb may not attach)` : "";
}

/** Why a suite cannot run here, as a part of its title; empty when all programs are installed. */
export function missingPrograms(...programs: readonly string[]): string {
  const missing = programs.filter((program) => !isInstalled(program));
  return missing.length === 0
    ? ""
    : ` (skipped: ${missing.join(", ")} not installed, see .ci/debian-packages)`;
}
