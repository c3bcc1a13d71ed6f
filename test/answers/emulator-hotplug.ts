import type { HotplugRow } from "./rows.ts";
import { changesBetween, compare, family, type Subject, type Verdict } from "./subject.ts";
import { Witness } from "./witness.ts";

const VM = {
  boot: "order=scsi0",
  cores: "2",
  ide1: "local-lvm:vm-100-disk-4,size=4G",
  memory: "2048",
  name: "vm",
  net0: "virtio=BC:24:11:00:00:01,bridge=vmbr0",
  sata1: "local-lvm:vm-100-disk-3,size=4G",
  scsi0: "local-lvm:vm-100-disk-0,size=32G",
  scsi1: "local-lvm:vm-100-disk-1,size=4G",
  scsihw: "virtio-scsi-single",
  smbios1: "uuid=8a1b2c3d-0000-4000-8000-0123456789ab",
  virtio1: "local-lvm:vm-100-disk-2,size=4G",
  vmgenid: "11111111-0000-4000-8000-0123456789ab",
};

export function configOf(row: HotplugRow): Record<string, string> {
  const config: Record<string, string> = { ...VM, ...row.with };
  if (row.from === null) delete config[row.key];
  else config[row.key] = row.from;
  return config;
}

async function judge(row: HotplugRow): Promise<Verdict> {
  const { key, to } = row;
  const before = configOf(row);
  const witness = new Witness({ config: before, running: true });
  const answer = await witness.put(to === null ? { delete: [key] } : { set: { [key]: to } });
  const error = Object.entries(answer.errors ?? {})
    .map(([name, text]) => `${name}: ${text}`)
    .join("\n");
  const of = row.part === undefined ? family(key) : `${family(key)} ${row.part}`;
  const words = compare(
    `${of} (${row.change}): status or words`,
    { status: row.status ?? 200, error: row.error ?? "" },
    { status: answer.status, error },
  );
  if (words !== "same") return words;
  const { config, pending, pendingDeletes } = await witness.view();
  const waits = key in pending || key in pendingDeletes;
  const where = { real: row.real === "pending" ? "pending" : "current", text: row.stored ?? to };
  const text = waits ? (pending[key] ?? null) : (config[key] ?? null);
  const own = compare(`${of} (${row.change})`, where, { real: waits ? "pending" : "current", text });
  if (own !== "same") return own;
  const { [key]: _changed, ...changed } = changesBetween(before, config);
  const { [key]: _waiting, ...waiting } = pending;
  const { [key]: _deleted, ...deletes } = pendingDeletes;
  return compare(
    `${of} (${row.change}): other keys`,
    { changed: row.alsoChanged ?? {}, waiting: row.alsoPending ?? {}, deletes: {} },
    { changed, waiting, deletes },
  );
}

export const emulatorHotplug: Subject<HotplugRow> = { file: "hotplug.jsonl", name: "emulator", judge };
