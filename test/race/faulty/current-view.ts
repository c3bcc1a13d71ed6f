#!/usr/bin/env node
// The provider with a deliberate bug: what it writes of a drive is built on what is, and loses what others left pending.
import { VmApi } from "../../../proxmox/api/vm-api.ts";
import { partsOf, withParts } from "../view.ts";

let texts = new Map<string, { readonly now: string; readonly next: string }>();
const pending = VmApi.prototype.pending;
VmApi.prototype.pending = async function (this: VmApi, node, vmid) {
  const rows = await pending.call(this, node, vmid);
  const waiting = rows.filter(({ key, pending: next }) => key.startsWith("scsi") && next !== undefined);
  texts = new Map(
    waiting.map(({ key, value, pending: next }) => [key, { now: String(value), next: String(next) }]),
  );
  return rows;
};
const setConfig = VmApi.prototype.setConfig;
VmApi.prototype.setConfig = function (this: VmApi, node, vmid, set, digest) {
  const built = Object.entries(set).map(([key, text]) => [key, onWhatIs(key, text)]);
  return setConfig.call(this, node, vmid, Object.fromEntries(built), digest);
};

/** The same changes in the text that is instead of the one that waits. */
function onWhatIs(key: string, text: string): string {
  const drive = texts.get(key);
  if (drive === undefined) return text;
  const [sent, next] = [partsOf(key, text), partsOf(key, drive.next)];
  const changed = [...new Set([...sent.keys(), ...next.keys()])].filter(
    (part) => sent.get(part) !== next.get(part),
  );
  return withParts(key, drive.now, Object.fromEntries(changed.map((part) => [part, sent.get(part) ?? null])));
}

await import("../../../provider/main.ts");
