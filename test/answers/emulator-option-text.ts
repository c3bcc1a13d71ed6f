import type { OptionTextRow } from "./rows.ts";
import { compare, family, type Subject, type Verdict } from "./subject.ts";
import { Witness } from "./witness.ts";

const VM = {
  cores: "2",
  ide2: "none,media=cdrom",
  memory: "2048",
  net0: "virtio=BC:24:11:00:00:01,bridge=vmbr0",
  ostype: "l26",
  scsi0: "local-lvm:vm-100-disk-0,size=32G",
  scsihw: "virtio-scsi-single",
};

async function judge(row: OptionTextRow): Promise<Verdict> {
  const witness = new Witness({ config: VM });
  const { status, error, errors } = await witness.put({ set: { [row.key]: row.text } });
  const of = family(row.key);
  if (row.ok !== (status === 200)) {
    const kind = row.ok ? "refused, where Proxmox takes it" : "taken, where Proxmox refuses it";
    return compare(`${of}: ${kind}`, row.ok ? { stored: row.stored } : row.error, errors ?? error ?? "taken");
  }
  if (row.ok) {
    const { config } = await witness.view();
    return compare(`${of}: stored text`, row.stored, config[row.key === "cdrom" ? "ide2" : row.key] ?? null);
  }
  const message = errors === undefined ? error : Object.values(errors).join("\n");
  return compare(
    `${of}: words of the refusal`,
    { status: row.status, error: row.error },
    { status, error: message },
  );
}

export const emulatorOptionText: Subject<OptionTextRow> = {
  file: "option-text.jsonl",
  name: "emulator",
  judge,
};
