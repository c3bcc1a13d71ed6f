import { stripVTControlCharacters } from "node:util";
import { type ArgsDef, parseArgs, renderUsage } from "citty";
import { printableLines } from "../proxmox/printable.ts";
import type { Command, ExitCode, Operands, Options } from "./command.ts";
import type { Surroundings } from "./surroundings.ts";

/** By name; each is loaded when it is called, and so waits for nothing that another one imports. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  adopt: async () => (await import("./adopt/command.ts")).adopt,
  alerts: async () => (await import("./alerts/command.ts")).alerts,
  audit: async () => (await import("./audit/command.ts")).audit,
  autopsy: async () => (await import("./autopsy/command.ts")).autopsy,
  kill: async () => (await import("./kill/command.ts")).kill,
  listen: async () => (await import("./listen/command.ts")).listenCommand,
  restart: async () => (await import("./restart/command.ts")).restart,
  rollback: async () => (await import("./rollback/command.ts")).rollback,
  stalls: async () => (await import("./stalls/command.ts")).stalls,
  status: async () => (await import("./status/command.ts")).status,
  watch: async () => (await import("./watch/command.ts")).watch,
};

/** Runs one command; the only place that prints errors. */
export async function runFleet(argv: readonly string[], surroundings: Surroundings): Promise<ExitCode> {
  try {
    const [name, ...rest] = argv;
    if (name === undefined || isHelp(name)) {
      surroundings.stdout(await usage());
      return name === undefined ? 1 : 0;
    }
    const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
    if (load === undefined) {
      throw new Error(
        `fleet: no such command (got ${JSON.stringify(name)}); allowed is ${Object.keys(commands).join(", ")}; see fleet --help`,
      );
    }
    const command = await load();
    if (rest.some(isHelp)) {
      surroundings.stdout(`${await usageOf(command)}\n`);
      return 0;
    }
    const { options, operands } = argumentsFrom(command, rest);
    const { text, exitCode } = await command.run(options, surroundings, operands);
    surroundings.stdout(text);
    return exitCode;
  } catch (error) {
    surroundings.stderr(`${printableLines(saying(error))}\n`);
    return 1;
  }
}

/** What an error says; one that nobody wrote for a user is a fault of ours, and says where. */
function saying(error: unknown): string {
  const faults = [TypeError, ReferenceError, RangeError];
  if (!(error instanceof Error)) return String(error);
  return faults.some((fault) => error instanceof fault) ? (error.stack ?? error.message) : error.message;
}

function isHelp(argument: string): boolean {
  return argument === "--help" || argument === "-h";
}

async function usage(): Promise<string> {
  const all = await Promise.all(Object.values(commands).map((load) => load()));
  const width = Math.max(...all.map(({ name }) => name.length));
  const lines = all.map(({ name, description }) => `  ${name.padEnd(width)}  ${description}`);
  return `fleet COMMAND [options]\n\n${lines.join("\n")}\n\nOptions of a command: fleet COMMAND --help\n`;
}

/** citty decides on colour by itself, and not as we do. */
async function usageOf({ name, description, args, operands }: Command): Promise<string> {
  const named = operands === undefined ? name : `${name} ${operandUsage(operands)}`;
  const text = await renderUsage({ meta: { name: named, description }, args }, { meta: { name: "fleet" } });
  const about = operands === undefined ? "" : `\n${operands.name}: ${operands.description}\n`;
  return `${stripVTControlCharacters(text)}${about}`;
}

/** `VM`, `[VM]`, `VM...` or `[VM...]`. */
function operandUsage({ name, least, most }: Operands): string {
  const many = most > 1 ? `${name}...` : name;
  return least === 0 ? `[${many}]` : many;
}

/** An option as it was written: `--no-json=x` is `json`, negated, with a value. */
interface Written {
  readonly key: string;
  readonly negated: boolean;
  readonly value?: string;
}

function writtenOptions(argv: readonly string[], args: ArgsDef): Written[] {
  const end = argv.indexOf("--");
  return argv.slice(0, end < 0 ? argv.length : end).flatMap((one): Written[] => {
    const [, name, value] = /^--([^=]+)(?:=(.*))?$/s.exec(one) ?? [];
    if (name === undefined) return [];
    const known = Object.hasOwn(args, name) || Object.hasOwn(args, asWritten(name));
    const key = asWritten(known ? name : name.replace(/^no-/, ""));
    return [{ key, negated: !known && name.startsWith("no-"), ...(value !== undefined && { value }) }];
  });
}

/** citty gives `--dry-run` as `dryRun` besides. */
function asWritten(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** @throws {Error} on an argument that the command does not have, or an option without its value */
function argumentsFrom(
  { name, args, operands }: Command,
  argv: readonly string[],
): { options: Options; operands: readonly string[] } {
  const written = writtenOptions(argv, args);
  // `--yes=no` is a yes to who parses it, and a no to who wrote it.
  const valued = written.find(({ key, value }) => value !== undefined && args[key]?.type === "boolean");
  if (valued !== undefined) {
    const { key, negated, value = "" } = valued;
    const flag = `--${negated ? "no-" : ""}${key}`;
    throw new Error(
      `fleet ${name}: a value on an option that takes none (got ${flag}=${value}); allowed is ${flag} alone, or nothing; leave the value out, and for no the option too`,
    );
  }
  const { _: positional, ...options } = parseArgs<ArgsDef>([...argv], args) as Record<string, unknown> & {
    _: string[];
  };
  const { least = 0, most = 0 } = operands ?? {};
  const allowed = [
    ...(operands === undefined ? [] : [operandUsage(operands)]),
    ...Object.keys(args).map((key) => `--${key}`),
  ];
  const unknown = [
    ...positional.slice(most).map((text) => JSON.stringify(text)),
    ...Object.keys(options)
      .filter((key) => !Object.hasOwn(args, key) && !Object.hasOwn(args, asWritten(key)))
      .map((key) => `--${key}`),
  ];
  if (unknown.length > 0) {
    throw new Error(
      `fleet ${name}: no such argument (got ${unknown.join(", ")}); allowed are ${allowed.join(", ")}; see fleet ${name} --help`,
    );
  }
  if (operands !== undefined && positional.length < least) {
    throw new Error(
      `fleet ${name}: does not know what it is about (got no ${operands.name}); allowed is ${operands.description}; name it: fleet ${name} ${operandUsage(operands)}`,
    );
  }
  const [twice, times] = [...Map.groupBy(written, ({ key }) => key)].find(([, all]) => all.length > 1) ?? [];
  if (twice !== undefined) {
    throw new Error(
      `fleet ${name}: an option named more than once (got --${twice} ${times?.length} times); allowed is once; leave the others out`,
    );
  }
  for (const [key, value] of Object.entries(options)) {
    if (args[key]?.type === "string" && (typeof value !== "string" || value === "")) {
      throw new Error(
        `fleet ${name}: an option without its value (got --${key}); allowed is --${key} ${args[key].valueHint ?? "VALUE"}; give the value`,
      );
    }
  }
  return { options: options as Options, operands: positional };
}
