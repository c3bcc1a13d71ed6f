import { byBytes } from "./by-bytes.ts";
import { NET } from "./option-formats.ts";
import { parseProperties } from "./property-string.ts";
import type { Random } from "./random.ts";

export type Net = ReadonlyMap<string, string>;

export function parseNet(key: string, source: string): Net {
  return parseProperties(NET, key, source);
}

/** The stored text: model and MAC first, then the other keys in byte order. */
export function printNet(net: Net): string {
  const rest = [...net.keys()].filter((key) => key !== "model" && key !== "macaddr").sort(byBytes);
  const parts = rest.map((key) => `${key}=${net.get(key) ?? ""}`);
  return [`${net.get("model") ?? ""}=${net.get("macaddr") ?? ""}`, ...parts].join(",");
}

/** What a write makes of a nic: a MAC is made up when none was given. */
export function storedNet(key: string, source: string, random: Random): string {
  const net = new Map(parseNet(key, source));
  if (!net.has("macaddr")) net.set("macaddr", random.mac());
  return printNet(net);
}
