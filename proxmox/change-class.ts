import { driveFormat } from "./drive-formats.ts";
import { hotplugFeatures } from "./hotplug-features.ts";
import type { ChangeClass, Effect, KeyRule, PropertyFormat } from "./key-rule.ts";
import { nicFormat } from "./nic-keys.ts";
import { optionRule } from "./option-table.ts";
import type { VmSnapshot } from "./snapshot.ts";
import { present } from "./snapshot.ts";

export type { Effect } from "./key-rule.ts";

/** What decides, besides the key, when a change takes effect. */
export interface Circumstances {
  readonly running: boolean;
  /** What may be plugged while the VM runs. */
  readonly hotplug: ReadonlySet<string>;
  readonly ostype?: string;
  /** The `machine` option, on whose version it depends whether usb can be plugged. */
  readonly machine?: string;
  /** The `meta` option, which tells the version of a Windows guest that has none of its own. */
  readonly meta?: string;
}

/** The circumstances of a VM as it is. */
export function circumstancesOf(snapshot: VmSnapshot): Circumstances {
  const ostype = present(snapshot, "ostype");
  const machine = present(snapshot, "machine");
  const meta = present(snapshot, "meta");
  return {
    running: snapshot.running,
    hotplug: hotplugFeatures(present(snapshot, "hotplug")),
    ...(ostype !== undefined && { ostype }),
    ...(machine !== undefined && { machine }),
    ...(meta !== undefined && { meta }),
  };
}

/** A running VM with Proxmox's defaults: what to assume of a VM that was not read. */
export const usualCircumstances: Circumstances = { running: true, hotplug: hotplugFeatures(undefined) };

/**
 * When a change takes effect; `to` is undefined when the key goes away. Where Proxmox may do either, this says "cold": a key that is wrongly called cold
 * is merely live earlier than announced, one that is wrongly called live would be written again and again.
 *
 * @see https://pve.proxmox.com/pve-docs/chapter-qm.html#qm_hotplug
 */
export function effectOf(
  change: ChangeClass,
  circumstances: Circumstances,
  from: string | undefined,
  to: string | undefined,
): Effect {
  const { running, hotplug } = circumstances;
  if (!running) return "live";
  const liveIf = (live: boolean): Effect => (live ? "live" : "cold");
  switch (change) {
    case "hotplug-cpu":
      return liveIf(hotplug.has("cpu"));
    case "hotplug-disk":
      return liveIf(hotplug.has("disk"));
    case "hotplug-network":
      return liveIf(hotplug.has("network"));
    case "hotplug-tablet":
      return liveIf(hotplug.has("usb"));
    case "hotplug-usb":
      return liveIf(hotplug.has("usb") && takesUsb(circumstances));
    case "hotplug-memory":
      return liveIf(hotplug.has("memory") && Number(to ?? 512) > Number(from ?? 512));
    case "hotplug-option":
      return liveIf(!/cpu|memory/.test(`${from ?? ""} ${to ?? ""}`));
    case "balloon":
      // With a balloon device its target is live; the device itself comes and goes with QEMU.
      return liveIf((from === "0") === (to !== undefined && Number(to) === 0));
    default:
      return change;
  }
}

/** Whether QEMU's machine and the guest take usb devices while they run: machine 7.1 and newer, and newer guests. */
function takesUsb({ ostype = "", machine = "", meta = "" }: Circumstances): boolean {
  if (!/^(?:l26|win(?:8|10|11))$/.test(ostype)) return false;
  const pinned = versionIn(/(?:^|[-=])(?:i440fx|q35|pc|virt)-(\d+)\.(\d+)/, machine);
  if (pinned !== undefined) return pinned >= 701;
  // A Windows guest without a version gets that of its creation, if that is 9.1 or newer, and else 5.1.
  return ostype === "l26" || (versionIn(/creation-qemu=(\d+)\.(\d+)/, meta) ?? 0) >= 901;
}

/** 7.1 as 701. */
function versionIn(pattern: RegExp, text: string): number | undefined {
  const match = pattern.exec(text);
  return match === null ? undefined : Number(match[1]) * 100 + Number(match[2]);
}

/** When a change to a drive's key takes effect; unknown keys count as cold. */
export function driveKeyEffect(circumstances: Circumstances, slot: string, key: string): Effect {
  const rule = ruleIn(driveFormat(slot), key);
  return effectOf(rule?.change ?? "cold", circumstances, undefined, "");
}

/** When a change to a network device's key takes effect. */
export function nicKeyEffect(circumstances: Circumstances, key: string): Effect {
  return effectOf(ruleIn(nicFormat, key)?.change ?? "cold", circumstances, undefined, "");
}

/** When a change to an option, or to one key of it, takes effect. */
export function optionEffect(
  circumstances: Circumstances,
  name: string,
  key: string | undefined,
  from: string | undefined,
  to: string,
): Effect {
  const whole = optionRule(name);
  const rule = key === undefined ? whole : ruleIn(whole?.format, key);
  return effectOf(rule?.change ?? "cold", circumstances, from, to);
}

function ruleIn(format: PropertyFormat | undefined, key: string): KeyRule | undefined {
  return format && Object.hasOwn(format.keys, key) ? format.keys[key] : undefined;
}
