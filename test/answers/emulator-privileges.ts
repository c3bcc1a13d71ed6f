import type { Acl } from "../../emulator/auth.ts";
import type { PrivilegesRow } from "./rows.ts";
import { compare, family, type Subject, type Verdict } from "./subject.ts";
import { Witness } from "./witness.ts";

const VM = {
  boot: "order=scsi0",
  cores: "2",
  memory: "2048",
  name: "vm",
  net0: "virtio=BC:24:11:00:00:01,bridge=vmbr0",
  scsi0: "local-lvm:vm-100-disk-0,size=32G",
  scsi1: "local-lvm:vm-100-disk-1,size=4G",
  scsihw: "virtio-scsi-single",
};

/** What "every privilege" means in the rows. */
const EVERY = Object.entries({
  Datastore: ["Allocate", "AllocateSpace", "AllocateTemplate", "Audit"],
  Mapping: ["Audit", "Modify", "Use"],
  Pool: ["Allocate", "Audit"],
  SDN: ["Allocate", "Audit", "Use"],
  Sys: ["Audit", "Console", "Modify", "Syslog"],
  VM: ["Allocate", "Audit", "Backup", "Clone", "Console", "Migrate", "PowerMgmt", "Snapshot"],
  "VM.Config": ["CDROM", "CPU", "Cloudinit", "Disk", "HWType", "Memory", "Network", "Options"],
}).flatMap(([subject, names]) => names.map((name) => `${subject}.${name}`));

/** What the user of a row has, by path. */
export function grantedTo({ acl, removed }: PrivilegesRow): Acl {
  return acl ?? { "/": EVERY.filter((privilege) => privilege !== removed) };
}

async function judge(row: PrivilegesRow): Promise<Verdict> {
  const { key, from, to, op } = row;
  const config: Record<string, string> = { ...VM };
  delete config[key];
  if (from !== undefined) config[key] = from;
  const witness = new Witness({ config }, grantedTo(row));
  const change = to === undefined ? { delete: [key] } : { set: { [key]: to } };
  const answer = await witness.put({ ...change, force: row.force });
  const denied = /^Permission check failed \((.+), (.+)\)$/.exec(answer.error ?? "");
  const asked = denied ? `${denied[1]} ${denied[2]}` : undefined;
  const named = Object.entries(answer.errors ?? {}).map(([name, text]) => `${name}: ${text}`);
  const words = named.length === 0 ? answer.error : named.join("\n");
  const expected = {
    status: row.status,
    asked: row.path && `${row.path} ${row.privilege}`,
    error: row.error,
  };
  const got = { status: answer.status, asked, error: asked === undefined ? words : undefined };
  return compare(
    `${family(key)} (${op}): ${row.status} ${row.privilege ?? ""}, answered ${answer.status}`,
    expected,
    got,
  );
}

export const emulatorPrivileges: Subject<PrivilegesRow> = {
  file: "privileges.jsonl",
  name: "emulator",
  judge,
};
