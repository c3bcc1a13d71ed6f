import { optionExists } from "./config-schema.ts";
import { die, paramError } from "./errors.ts";
import { splitList } from "./text-formats.ts";

/** One PUT or POST of a config, decoded. */
export interface ConfigChange {
  readonly set: ReadonlyMap<string, string>;
  readonly delete: readonly string[];
  readonly revert: readonly string[];
  readonly digest: string | undefined;
  readonly force: boolean;
  readonly skiplock: boolean;
}

const NOTHING: ConfigChange = {
  set: new Map(),
  delete: [],
  revert: [],
  digest: undefined,
  force: false,
  skiplock: false,
};

/** A change with what is given, and nothing else. */
export function configChange(parts: Partial<ConfigChange>): ConfigChange {
  return { ...NOTHING, ...parts };
}

/** The parameters of a request as a change; the option names were checked before. */
export function changeFromParams(params: ReadonlyMap<string, string>): ConfigChange {
  const control = [
    "digest",
    "delete",
    "revert",
    "force",
    "skiplock",
    "background_delay",
    "import-working-storage",
  ];
  const set = new Map<string, string>();
  for (const [key, value] of params) {
    if (key === "cdrom") set.set("ide2", value.includes("media=") ? value : `${value},media=cdrom`);
    else if (!control.includes(key)) set.set(key, value);
  }
  return {
    set,
    delete: splitList(params.get("delete") ?? "").map((key) => (key === "cdrom" ? "ide2" : key)),
    revert: splitList(params.get("revert") ?? ""),
    digest: params.get("digest"),
    force: params.get("force") === "1",
    skiplock: params.get("skiplock") === "1",
  };
}

/** @throws the API's error for names that no VM has, or that contradict each other */
export function checkNames(change: ConfigChange): void {
  const nothing = change.set.size === 0 && change.delete.length === 0 && change.revert.length === 0;
  if (nothing) throw die("no options specified");
  for (const key of change.revert) {
    if (!optionExists(key)) throw paramError({ revert: `unknown option '${key}'` });
    if (change.set.has(key)) {
      throw paramError({ delete: `you can't use '-${key}' and -revert ${key}' at the same time` });
    }
  }
  for (const key of change.delete) {
    if (change.set.has(key)) {
      throw paramError({ delete: `you can't use '-${key}' and -delete ${key}' at the same time` });
    }
    if (change.revert.includes(key)) {
      throw paramError({ revert: `you can't use '-delete ${key}' and -revert ${key}' at the same time` });
    }
    if (!optionExists(key)) throw paramError({ delete: `unknown option '${key}'` });
  }
}
