import { basename, resolve } from "node:path";
import type { LogFile } from "../../incident/autopsy/log-steps.ts";

/**
 * The logs that were named: `--log host.log,guest.log --tz Europe/Sofia,UTC`, a zone for each, or one for all.
 *
 * @throws {Error} when zones and logs do not match in number
 */
export function logFilesFrom(log: string | undefined, tz: string | undefined, cwd: string): LogFile[] {
  const paths = listed(log);
  const zones = listed(tz);
  if (zones.length > 1 && zones.length !== paths.length) {
    throw new Error(
      `--tz: does not match the logs (got ${zones.length} zones for ${paths.length} logs); allowed is one zone for all, or one for each log in the same order; correct it`,
    );
  }
  return paths.map((path, index) => ({
    name: basename(path),
    path: resolve(cwd, path),
    timezone: zones[index] ?? zones[0] ?? "UTC",
  }));
}

function listed(text: string | undefined): string[] {
  return (text ?? "")
    .split(",")
    .map((one) => one.trim())
    .filter((one) => one !== "");
}
