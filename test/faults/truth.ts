import type { ControlledVm } from "../../demo/control.ts";
import type { Properties } from "./operations.ts";

/** The value that an owned path will have after the next cold start, as the emulator has it. */
export function upcoming(vm: ControlledVm, path: string): string | undefined {
  const [section, key = "", option] = path.split(".");
  const text = vm.pending[key] ?? vm.config[key];
  if (section === "options" || option === undefined || text === undefined) return text;
  const pair = text.split(",").find((part) => part.startsWith(`${option}=`));
  return pair?.slice(option.length + 1);
}

/** Every owned path of a declaration with its value. */
export function ownedPaths({ options, drives }: Properties): [path: string, value: string][] {
  return [
    ...Object.entries(options as Properties).map(([key, value]): [string, string] => [
      `options.${key}`,
      String(value),
    ]),
    ...Object.entries(drives as Record<string, Properties>).flatMap(([slot, keys]) =>
      Object.entries(keys).map(([key, value]): [string, string] => [`drives.${slot}.${key}`, String(value)]),
    ),
  ];
}

/** Owned paths that the VM does not have, nor has pending, as declared. */
export function wrongPaths(vm: ControlledVm, declared: Properties): string[] {
  return ownedPaths(declared).flatMap(([path, value]) => (upcoming(vm, path) === value ? [] : [path]));
}

/** What an error says was written, was not, and is not known; paths with the value they should get. */
export interface Said {
  readonly written: ReadonlyMap<string, string>;
  readonly missing: ReadonlyMap<string, string>;
  readonly doubtful: ReadonlyMap<string, string>;
  readonly nothing: boolean;
}

export function saidIn(message: string): Said {
  const section = (heading: string): ReadonlyMap<string, string> => {
    const start = message.indexOf(`\n${heading}:\n`);
    const lines = start < 0 ? [] : message.slice(start + heading.length + 3).split("\n");
    const end = lines.findIndex((line) => !line.startsWith("  "));
    return new Map(
      lines.slice(0, end < 0 ? lines.length : end).map((line) => {
        const [, path = "", to = ""] = /^ {2}(\S+): .* => (.*?) {2}\[/.exec(line) ?? [];
        return [path, to] as const;
      }),
    );
  };
  return {
    written: section("written"),
    missing: section("not written"),
    doubtful: section("sent, and not known whether it took effect"),
    nothing: message.includes("\nnothing was written"),
  };
}
