/** When a change to a key takes effect in a running QEMU. */
export type Effect = "live" | "cold" | "invisible";

/**
 * How Proxmox treats a change on a running VM: an {@link Effect}, or live only if the `hotplug` option has a
 * feature, or by a rule of its own (see `change-class.ts`).
 */
export type ChangeClass =
  | Effect
  | "hotplug-cpu"
  | "hotplug-disk"
  | "hotplug-memory"
  | "hotplug-network"
  | "hotplug-usb"
  | "hotplug-tablet"
  | "balloon"
  | "hotplug-option";

/** What is known of one key of a property string, or of one plain option. */
export interface KeyRule {
  /**
   * `list` compares items in order, `set` in any order and case; both split at `;`, `,` and blanks. `notes` is
   * text whose trailing newline Proxmox adds, `encoded` URL-encoded text, `features` the value of `hotplug`.
   */
  readonly type:
    | "boolean"
    | "number"
    | "integer"
    | "enum"
    | "text"
    | "size"
    | "mac"
    | "list"
    | "set"
    | "notes"
    | "encoded"
    | "features"
    | "properties";
  readonly change: ChangeClass;
  /** What Proxmox does when the key is absent; without it, absent equals no value at all. */
  readonly absent?: string;
  /** Allowed values of an `enum`. */
  readonly values?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  /** Proxmox stores a greater number as this one. */
  readonly ceiling?: number;
  readonly maxLength?: number;
  readonly pattern?: RegExp;
  /** The parts of a `properties` text. */
  readonly format?: PropertyFormat;
}

/** What is known of one kind of property string. */
export interface PropertyFormat {
  readonly keys: Readonly<Record<string, KeyRule>>;
  /** The key whose value may stand alone, and is printed so. */
  readonly defaultKey?: string;
  /** Proxmox takes the text `0` for none, so that the default key is printed with its name. */
  readonly zeroIsNone?: true;
  /** Other spellings of keys. */
  readonly aliases?: Readonly<Record<string, string>>;
  /** Key names that are values of one key and carry the value of another: `virtio=MAC` is model and macaddr. */
  readonly combined?: { readonly key: string; readonly value: string; readonly names: readonly string[] };
  /** Keys without which Proxmox refuses the string, and what to write for one that nobody declared. */
  readonly required?: Readonly<Record<string, string | undefined>>;
  /** The string is a device: without it nothing is there, so that no key's absence has a meaning either. */
  readonly device?: true;
  /** When a string that is absent takes effect once written. @default what each key says */
  readonly creation?: ChangeClass;
}
