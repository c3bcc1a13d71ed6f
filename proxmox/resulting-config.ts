import { formatOf } from "./config-key.ts";
import { type Problem, problem } from "./problem.ts";
import { PropertyStringError, parseProperties } from "./property-string.ts";

/** A config by top-level keys, as it becomes once everything is written. */
type Config = Readonly<Record<string, string>>;

/**
 * What Proxmox refuses of a config as a whole, though every value of it is right by itself. Only what is written is
 * judged: a fault that was there before stops nothing else.
 *
 * @param written keys that would be written
 */
export function resultingProblems(next: Config, written: ReadonlySet<string>): Problem[] {
  return [
    ...(written.has("boot") ? missingBootDevices(next) : []),
    ...(written.has("balloon") || written.has("memory") ? balloonAboveMemory(next) : []),
  ];
}

function missingBootDevices(next: Config): Problem[] {
  const order = partOf(next, "boot", "order");
  return (order ?? "")
    .split(/[;,\s]+/)
    .filter((device) => device !== "" && !Object.hasOwn(next, device))
    .map((device) =>
      problem(
        "options.boot.order",
        "a device that the VM will not have",
        device,
        "allowed are its drives, network devices, usb and hostpci devices",
        "declare the device, or take it out of the boot order",
      ),
    );
}

function balloonAboveMemory(next: Config): Problem[] {
  const memory = Number(partOf(next, "memory", "current") ?? "512");
  const balloon = Number(next.balloon ?? "0");
  if (!(balloon > memory)) return [];
  return [
    problem(
      "options.balloon",
      `more than the memory, ${memory} MiB`,
      balloon,
      `allowed is 0 to ${memory}`,
      "lower the balloon's target, or raise the memory",
    ),
  ];
}

/** One part of an option's text; undefined where it is absent or nobody can read it. */
function partOf(config: Config, key: string, part: string): string | undefined {
  const format = formatOf(key);
  const text = config[key];
  if (format === undefined || text === undefined) return undefined;
  try {
    return parseProperties(format, text).get(part);
  } catch (error) {
    if (error instanceof PropertyStringError) return undefined;
    throw error;
  }
}
