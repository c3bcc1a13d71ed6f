import { caps } from "./drive-keys.ts";
import { busOf } from "./drive-slots.ts";

/** What is declared of one property string: text by key, undefined for a key that is declared to be absent. */
export type DeclaredParts = ReadonlyMap<string, string | undefined>;

/**
 * Keys that cannot stand beside what is declared of a property string, and that nobody declared: left over, they
 * would make Proxmox refuse the whole text, or take it and do nothing of what it says. They go with the write.
 */
export function impliedAbsent(key: string, declared: DeclaredParts): string[] {
  const implied = dependents(key, declared);
  return [...new Set(implied)].filter((part) => !declared.has(part));
}

function dependents(key: string, declared: DeclaredParts): string[] {
  const says = (part: string, isSo: (text: string | undefined) => boolean) =>
    declared.has(part) && isSo(declared.get(part));
  if (busOf(key) !== undefined) {
    return caps.flatMap(({ base, burst, length }) => {
      if (says(base, isNone)) return [burst, length];
      return says(burst, isNone) ? [length] : [];
    });
  }
  if (/^ipconfig\d+$/.test(key)) {
    return [...(says("ip", isNoAddress) ? ["gw"] : []), ...(says("ip6", isNoAddress) ? ["gw6"] : [])];
  }
  if (/^(?:usb|hostpci)\d+$/.test(key)) {
    return [...(says("mapping", isThere) ? ["host"] : []), ...(says("host", isThere) ? ["mapping"] : [])];
  }
  if (key === "machine") return says("viommu", (text) => !isThere(text)) ? ["aw-bits"] : [];
  return [];
}

function isThere(text: string | undefined): boolean {
  return text !== undefined;
}

function isNone(text: string | undefined): boolean {
  return Number(text ?? 0) === 0;
}

/** Absent, `dhcp`, `auto`, `manual`: a gateway needs an address with its prefix. */
function isNoAddress(text: string | undefined): boolean {
  return text === undefined || /^[a-z]+$/.test(text);
}
