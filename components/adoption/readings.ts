import { type Drive, parseDrive } from "../../proxmox/drive.ts";
import { isNumber, parseBoolean } from "../../proxmox/meaning.ts";
import { nicFormat } from "../../proxmox/nic-keys.ts";
import { optionRule } from "../../proxmox/option-table.ts";
import { type Properties, PropertyStringError, parseProperties } from "../../proxmox/property-string.ts";
import { defined } from "../translation/records.ts";

/** Reads the texts of one configuration; what Proxmox itself could not read is noted and left alone. */
export class Readings {
  readonly config: Readonly<Record<string, string>>;
  /** Keys whose text cannot be read, with the reason. */
  readonly unreadable = new Map<string, string>();

  constructor(config: Readonly<Record<string, string>>) {
    this.config = config;
  }

  /** A plain option; undefined when absent. */
  text(key: string): string | undefined {
    return Object.hasOwn(this.config, key) ? this.config[key] : undefined;
  }

  drive(slot: string): Drive | undefined {
    return this.#read(slot, (text) => parseDrive(slot, text));
  }

  nic(slot: string): Properties | undefined {
    return this.#read(slot, (text) => parseProperties(nicFormat, text));
  }

  /** The keys of an option that is a property string; none when it is absent. */
  keys(name: string): Properties {
    const format = optionRule(name)?.format ?? { keys: {} };
    return this.#read(name, (text) => parseProperties(format, text)) ?? new Map();
  }

  /** Numbered options that are there, such as `hostpci0`. */
  numbered(family: string): string[] {
    const pattern = new RegExp(`^${family}\\d+$`);
    return Object.keys(this.config).filter((key) => pattern.test(key));
  }

  #read<T>(key: string, parse: (text: string) => T): T | undefined {
    const text = this.text(key);
    if (text === undefined) return undefined;
    try {
      return parse(text);
    } catch (error) {
      if (!(error instanceof PropertyStringError)) throw error;
      this.unreadable.set(key, error.message);
      return undefined;
    }
  }
}

/** A number where the text is one; other text stays, for the checks to refuse. */
export function asNumber(text: string | undefined): number | string | undefined {
  return text !== undefined && isNumber(text) ? Number(text) : text;
}

/** Yes or no where the text is one of them; other text stays, for the checks to refuse. */
export function asFlag(text: string | undefined): boolean | string | undefined {
  return text === undefined ? undefined : (parseBoolean(text) ?? text);
}

/** The keys that are there; undefined when none is. */
export function group(keys: Readonly<Record<string, unknown>>): Record<string, object> | undefined {
  const written = defined(keys);
  return Object.keys(written).length === 0 ? undefined : (written as Record<string, object>);
}
