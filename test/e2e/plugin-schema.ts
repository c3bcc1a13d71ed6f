import type { ProviderSurface } from "./npm-package-schema.ts";

interface TypeSpec {
  readonly type?: string;
  readonly $ref?: string;
  readonly items?: TypeSpec;
  readonly additionalProperties?: TypeSpec;
}

/** The part of a Pulumi package schema that is looked at here. */
export interface PackageSchema {
  readonly resources: Record<
    string,
    {
      readonly inputProperties: Record<string, TypeSpec>;
      readonly requiredInputs?: readonly string[];
      readonly aliases?: readonly { readonly type: string }[];
    }
  >;
  readonly functions: Record<string, unknown>;
  readonly types: Record<
    string,
    { readonly properties: Record<string, TypeSpec>; readonly required?: readonly string[] }
  >;
}

const vmLegacyToken = "proxmoxve:index/vmLegacy:VmLegacy";

/** `proxmoxve:sdn/zone/EvpnNode:EvpnNode` is `sdn/zone/EvpnNode`; what lies in index has no module. */
function typeName(token: string): string {
  const path = (token.split(":")[1] ?? "").split("/");
  const name = path.pop() ?? "";
  const modules = path.filter((module) => module !== "index");
  return [...modules, name.slice(0, 1).toUpperCase() + name.slice(1)].join("/");
}

/** A type as the generator of the npm package writes it. */
function written(spec: TypeSpec): string {
  if (spec.$ref !== undefined)
    return `inputs.${typeName(spec.$ref.replace("#/types/", "")).replaceAll("/", ".")}`;
  if (spec.items !== undefined) return `pulumi.Input<${written(spec.items)}>[]`;
  if (spec.additionalProperties !== undefined) {
    return `{[key: string]: pulumi.Input<${written(spec.additionalProperties)}>}`;
  }
  return spec.type === "integer" ? "number" : (spec.type ?? "any");
}

function members(
  owner: string,
  properties: Record<string, TypeSpec>,
  required: readonly string[] = [],
): string[] {
  return Object.entries(properties).map(([name, spec]) =>
    required.includes(name)
      ? `${owner}.${name}: pulumi.Input<${written(spec)}>`
      : `${owner}.${name}?: pulumi.Input<${written(spec)} | undefined>`,
  );
}

/** Types that an input of VmLegacy is made of, directly or inside another. */
function reachable(
  schema: PackageSchema,
  properties: Record<string, TypeSpec>,
  seen = new Set<string>(),
): Set<string> {
  for (const spec of Object.values(properties)) {
    const reference = spec.$ref ?? spec.items?.$ref;
    const token = reference?.replace("#/types/", "");
    if (token === undefined || seen.has(token)) continue;
    seen.add(token);
    reachable(schema, schema.types[token]?.properties ?? {}, seen);
  }
  return seen;
}

/** Puts a provider's own schema into the same shape as the npm package's code. */
export function pluginSurface(schema: PackageSchema): ProviderSurface {
  const vm = schema.resources[vmLegacyToken];
  if (vm === undefined) throw new Error(`the schema has no ${vmLegacyToken}`);
  const nested = [...reachable(schema, vm.inputProperties)].flatMap((token) => {
    const type = schema.types[token];
    return type === undefined ? [] : members(typeName(token), type.properties, type.required);
  });
  return {
    resources: new Map(
      Object.entries(schema.resources).map(([token, { inputProperties, aliases = [] }]) => [
        token,
        { inputs: Object.keys(inputProperties).sort(), aliases: aliases.map(({ type }) => type) },
      ]),
    ),
    functions: new Set(Object.keys(schema.functions)),
    types: new Set(Object.keys(schema.types).map(typeName)),
    vmLegacy: new Set([...members("VmLegacyArgs", vm.inputProperties, vm.requiredInputs), ...nested]),
  };
}

/** Names every difference, one line each, sorted. */
export function differences(plugin: ProviderSurface, npm: ProviderSurface): string[] {
  const sets = (what: string, ours: Iterable<string>, theirs: Iterable<string>): string[] => {
    const mine = new Set(ours);
    const other = new Set(theirs);
    return [
      ...[...mine].filter((name) => !other.has(name)).map((name) => `${what} ${name}: only in the plugin`),
      ...[...other]
        .filter((name) => !mine.has(name))
        .map((name) => `${what} ${name}: only in the npm package`),
    ];
  };
  const perResource = [...plugin.resources].flatMap(([token, ours]) => {
    const theirs = npm.resources.get(token);
    if (theirs === undefined) return [];
    return [
      ...sets(`${token}: input`, ours.inputs, theirs.inputs),
      ...sets(`${token}: alias`, ours.aliases, theirs.aliases),
    ];
  });
  return [
    ...sets("resource", plugin.resources.keys(), npm.resources.keys()),
    ...sets("function", plugin.functions, npm.functions),
    ...sets("type", plugin.types, npm.types),
    ...sets("member", plugin.vmLegacy, npm.vmLegacy),
    ...perResource,
  ].sort();
}
