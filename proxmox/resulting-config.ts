import { partIn } from "./config-key.ts";
import { hotplugFeatures } from "./hotplug-features.ts";
import { type Problem, problem } from "./problem.ts";

/** A config by top-level keys, as it becomes once everything is written. */
type Config = Readonly<Record<string, string>>;

/**
 * What Proxmox refuses of a config as a whole, though every value of it is right by itself. Only what is written is
 * judged: a fault that was there before stops nothing else.
 *
 * @param written keys that would be written
 * @param running the config that QEMU runs with; undefined for a VM that is stopped
 */
export function resultingProblems(
  next: Config,
  written: ReadonlySet<string>,
  running: Config | undefined,
): Problem[] {
  const isWritten = (...keys: string[]) => keys.some((key) => written.has(key));
  return [
    ...(isWritten("boot") ? missingBootDevices(next) : []),
    ...(isWritten("balloon", "memory") ? balloonAboveMemory(next) : []),
    ...(isWritten("memory", "hotplug") ? memoryOfNoModules(next, running) : []),
    ...(isWritten("vcpus", "cores", "sockets") ? cpusAboveMost(next, running) : []),
  ];
}

function missingBootDevices(next: Config): Problem[] {
  const order = partIn("boot", "order", next.boot);
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
  const memory = memoryOf(next);
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

/**
 * Where memory can be plugged, a VM has 1024 MiB and whole modules: of any other size Proxmox makes the next it can
 * give, at the write and at each start.
 *
 * @see https://git.proxmox.com/?p=qemu-server.git;a=blob;f=src/PVE/QemuServer/Memory.pm
 */
function memoryOfNoModules(next: Config, running: Config | undefined): Problem[] {
  const plugs = [next, ...(running === undefined ? [] : [running])].filter(({ hotplug }) =>
    hotplugFeatures(hotplug).has("memory"),
  );
  const memory = memoryOf(next);
  for (const config of plugs) {
    const sizes = memorySizes(config);
    if (sizes.includes(memory)) continue;
    const below = sizes.findLast((size) => size < memory);
    const above = sizes.find((size) => size > memory);
    return [
      problem(
        "options.memory",
        "memory that this VM cannot have, since hotplug has memory and modules have a fixed size",
        memory,
        `allowed is ${[below, above].filter((size) => size !== undefined).join(" or ")}`,
        "declare a size that it can have, or take memory out of hotplug",
      ),
    ];
  }
  return [];
}

/** Every size in MiB, ascending: 32 modules of one size, then 32 of twice that size, and so on. */
function memorySizes({ hugepages, sockets = "1" }: Config): number[] {
  const isHuge = hugepages === "1024";
  const sizes = [isHuge ? 1024 * Number(sockets) : 1024];
  let module = isHuge ? 1024 : 512;
  for (let doubled = 0; doubled < 8; doubled++, module *= 2) {
    for (let count = 0; count < 32; count++) sizes.push((sizes.at(-1) ?? 0) + module);
  }
  return sizes;
}

function cpusAboveMost(next: Config, running: Config | undefined): Problem[] {
  const vcpus = Number(next.vcpus ?? 0);
  const most = ({ sockets = "1", cores = "1" }: Config) => Number(sockets) * Number(cores);
  const isPlugged = running !== undefined && hotplugFeatures(running.hotplug).has("cpu");
  const limit = isPlugged && next.vcpus !== running.vcpus ? Math.min(most(next), most(running)) : most(next);
  if (vcpus <= limit) return [];
  return [
    problem(
      "options.vcpus",
      limit === most(next) ? "more than sockets times cores" : "more CPUs than QEMU was started with",
      vcpus,
      `allowed is 1 to ${limit}`,
      "lower it, or raise the cores before: they take a cold stop and start",
    ),
  ];
}

function memoryOf(config: Config): number {
  return Number(partIn("memory", "current", config.memory) ?? "512");
}
