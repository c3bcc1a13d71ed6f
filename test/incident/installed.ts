import { accessSync, constants } from "node:fs";
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

/** Why a suite cannot run here, as a part of its title; empty when all programs are installed. */
export function missingPrograms(...programs: readonly string[]): string {
  const missing = programs.filter((program) => !isInstalled(program));
  return missing.length === 0
    ? ""
    : ` (skipped: ${missing.join(", ")} not installed, see .ci/debian-packages)`;
}
