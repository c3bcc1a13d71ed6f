import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** What of a provider's schema a program depends on. */
export interface ProviderSurface {
  /** Resource tokens, each with its inputs as TypeScript declares them and the older types it goes by. */
  readonly resources: ReadonlyMap<string, { inputs: readonly string[]; aliases: readonly string[] }>;
  readonly functions: ReadonlySet<string>;
  /** Nested types by module and name, such as `sdn/zone/EvpnNode`. */
  readonly types: ReadonlySet<string>;
  /** The members of VmLegacy and of every type nested in it, such as `VmLegacyAgent.enabled?: ...`. */
  readonly vmLegacy: ReadonlySet<string>;
}

const root = new URL("../../node_modules/@muhlba91/pulumi-proxmoxve", import.meta.url).pathname;
const text = (file: string): string => readFileSync(join(root, file), "utf8");

const vmLegacyTypes = /^(VmLegacyArgs|VmLegacy[A-Z]\w*)$/;

/** Members of the interfaces in a generated declaration file whose name matches. */
function members(declarations: string, wanted: RegExp): string[] {
  return [...declarations.matchAll(/^export interface (\w+) \{\n([\s\S]*?)^\}/gm)].flatMap(
    ([, name = "", body = ""]) =>
      wanted.test(name)
        ? [...body.matchAll(/^ {4}"?(\w+)"?(\??: .*);$/gm)].map(
            ([, member, type]) => `${name}.${member}${type}`,
          )
        : [],
  );
}

/**
 * Interfaces of types/input.d.ts or types/output.d.ts; their modules are nested namespaces. A function's argument
 * is declared twice, the second time with Args at the end, and counts once.
 */
function declaredTypes(declarations: string): string[] {
  const modules: string[] = [];
  const found: string[] = [];
  for (const line of declarations.split("\n")) {
    const [, indent = "", kind, name = ""] =
      /^( *)(?:export )?(?:declare )?(namespace|interface) (\w+)/.exec(line) ?? [];
    if (kind === undefined) continue;
    modules.length = indent.length / 4;
    if (kind === "namespace") modules.push(name);
    else found.push([...modules, name].join("/"));
  }
  return found.filter((name) => !found.includes(name.replace(/Args$/, "")) || !name.endsWith("Args"));
}

/** Reads what the npm package's generated code declares. */
export function npmPackageSurface(): ProviderSurface {
  const resources = new Map<string, { inputs: string[]; aliases: string[] }>();
  const functions = new Set<string>();
  const files = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".js"),
  );
  for (const code of files.map(text)) {
    const token = /__pulumiType = '(proxmoxve:.*)'/.exec(code)?.[1];
    if (token !== undefined) {
      const argumentLines = [...code.matchAll(/resourceInputs\["(\w+)"\] = .*\bargs\?\./g)];
      const aliases = /aliasOpts = \{ aliases: \[(.*)\] \}/.exec(code)?.[1] ?? "";
      resources.set(token, {
        inputs: argumentLines.map(([, name = ""]) => name).sort(),
        aliases: [...aliases.matchAll(/type: "(\w+)"/g)].map(([, type = ""]) => type),
      });
    }
    for (const [, name = ""] of code.matchAll(/runtime\.(?:invoke|invokeOutput|call)\("(\w[^"]*)"/g)) {
      functions.add(name);
    }
  }
  const inputTypes = text("types/input.d.ts");
  return {
    resources,
    functions,
    types: new Set([...declaredTypes(inputTypes), ...declaredTypes(text("types/output.d.ts"))]),
    vmLegacy: new Set([
      ...members(text("vmLegacy.d.ts"), /^VmLegacyArgs$/),
      ...members(inputTypes, vmLegacyTypes),
    ]),
  };
}
