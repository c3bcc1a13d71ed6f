import { type Bus, busOf, driveSchema, storedDriveSchema } from "./drive-schema.ts";
import { isNumbered, numberedName } from "./numbered-options.ts";
import { PROPERTY_OPTIONS } from "./option-formats.ts";
import { INDEXED_OPTIONS, INTERNAL_OPTIONS, PLAIN_OPTIONS } from "./plain-options.ts";
import { FormatError, type PropertySchema, parseProperties } from "./property-string.ts";
import type { Rule } from "./rule.ts";

/** Keys that a running VM takes over at once and that mean nothing to QEMU. */
const CLOUD_INIT_KEYS = [
  "citype",
  "ciuser",
  "cipassword",
  "ciupgrade",
  "cicustom",
  "searchdomain",
  "nameserver",
  "sshkeys",
];
const INSTANT_KEYS = [
  "description",
  "hookscript",
  "lock",
  "migrate_downtime",
  "migrate_speed",
  "name",
  "onboot",
  "protection",
  "shares",
  "startup",
  "tags",
  "vmstatestorage",
];

export function isCloudInitKey(key: string): boolean {
  return CLOUD_INIT_KEYS.includes(key) || /^ipconfig\d+$/.test(key);
}

/** Whether a running VM takes the key over at once, whatever `hotplug` says. */
export function isInstantKey(key: string): boolean {
  return INSTANT_KEYS.includes(key) || isCloudInitKey(key);
}

function propertyRule(name: string, schema: PropertySchema): Rule {
  return {
    type: "string",
    format: (value) => {
      try {
        parseProperties(schema, name, value);
        return undefined;
      } catch (error) {
        if (error instanceof FormatError) return error.message;
        throw error;
      }
    },
  };
}

function own<T>(table: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}

function propertyOption(key: string, name: string): Rule | undefined {
  const schema = own(PROPERTY_OPTIONS, key) ?? own(PROPERTY_OPTIONS, numberedName(key) ?? "");
  if (schema === undefined || isNumbered(key)) return undefined;
  return { ...propertyRule(name, schema), ...(key === "smbios1" && { maxLength: 512 }) };
}

function ruleOf(key: string, name: string, drives: (bus: Bus) => PropertySchema): Rule | undefined {
  const bus = busOf(key);
  if (bus !== undefined) return propertyRule(name, drives(bus));
  // The alias of ide2 takes no `import-from`.
  if (key === "cdrom") return propertyRule(name, storedDriveSchema("ide"));
  const plain = own(PLAIN_OPTIONS, key) ?? own(INDEXED_OPTIONS, numberedName(key) ?? "");
  return plain ?? propertyOption(key, name);
}

/** The rule of a VM option that the API accepts, or undefined when there is no such option. */
export function optionRule(key: string): Rule | undefined {
  return key === "meta" ? undefined : ruleOf(key, key, driveSchema);
}

/** The rule of a key that may stand in a config file, or undefined when there is no such key. */
export function storedRule(key: string): Rule | undefined {
  if (key === "runningmachine") return propertyOption("machine", "");
  return ruleOf(key, "", storedDriveSchema) ?? own(INTERNAL_OPTIONS, key);
}

/** Whether `delete` and `revert` know the name. */
export function optionExists(key: string): boolean {
  return storedRule(key) !== undefined;
}

/** The value with the JSON type that Proxmox answers: integers and booleans are numbers. */
export function typedValue(key: string, value: string): string | number {
  const type = (own(PLAIN_OPTIONS, key) ?? own(INTERNAL_OPTIONS, key))?.type;
  return (type === "integer" || type === "boolean") && value !== "" ? Number(value) : value;
}
