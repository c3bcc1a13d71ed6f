import type { Caller } from "./auth.ts";
import { requireAll } from "./auth.ts";
import { defaultBootOrder } from "./boot-order.ts";
import { optionRule } from "./config-schema.ts";
import { checkStorageAccess, requireDrivePrivilege } from "./drive-access.ts";
import { isDriveKey } from "./drive-schema.ts";
import { parseDrive } from "./drive-string.ts";
import { canonicalDrive, materializeDrive } from "./drive-write.ts";
import { die, paramError } from "./errors.ts";
import type { Estate } from "./estate.ts";
import { storedNet } from "./net-string.ts";
import {
  requireBridgeAccess,
  requireDevicePrivileges,
  requireOptionPrivileges,
} from "./option-permissions.ts";
import { startVm } from "./power.ts";
import { QEMU_VERSION } from "./qemu.ts";
import type { TaskLog } from "./tasks.ts";
import { newVm, type Section, setKey } from "./vm.ts";

/** Parameters of a creation that are not options of the VM. */
const CONTROL = ["vmid", "start", "pool", "force", "unique", "storage", "archive", "bwlimit", "live-restore"];
const MORE_CONTROL = ["ha-managed", "import-working-storage"];

/** @throws the API's error when the id is in use */
export function requireFreeId(estate: Estate, vmid: number): void {
  const taken = estate.vms.get(vmid);
  if (taken !== undefined) {
    throw die(`unable to create VM ${vmid} - VM ${vmid} already exists on node '${taken.node}'`);
  }
}

/** Identity that a new VM gets: a BIOS uuid, a generation id and a note of when it was made. */
export function generateIdentity(estate: Estate, config: Section): void {
  if (!config.has("smbios1")) config.set("smbios1", `uuid=${estate.random.uuid()}`);
  if ((config.get("vmgenid") ?? "1") === "1") config.set("vmgenid", estate.random.uuid());
  config.set("meta", `creation-qemu=${QEMU_VERSION},ctime=${estate.clock.seconds()}`);
}

function checkOptions(
  estate: Estate,
  caller: Caller,
  vmid: number,
  options: ReadonlyMap<string, string>,
): void {
  requireOptionPrivileges(caller, vmid, options.keys());
  for (const [key, value] of options) {
    requireDevicePrivileges(caller, vmid, key, value);
    if (isDriveKey(key)) {
      const canonical = canonicalDrive(key, value);
      requireDrivePrivilege(caller, vmid, parseDrive(key, canonical));
      checkStorageAccess(estate, caller, vmid, key, canonical);
    } else if (/^net\d+$/.test(key)) {
      requireBridgeAccess(caller, key, value);
    }
  }
}

function build(estate: Estate, vmid: number, options: ReadonlyMap<string, string>): Section {
  const config: Section = new Map();
  for (const [key, value] of options) {
    if (isDriveKey(key))
      config.set(key, materializeDrive(estate, vmid, config, key, canonicalDrive(key, value)));
    else if (/^net\d+$/.test(key)) config.set(key, storedNet(key, value, estate.random));
    else if (optionRule(key)?.type === "integer") config.set(key, String(Number(value)));
    else setKey(config, key, value);
  }
  if (!config.has("boot")) {
    const order = defaultBootOrder(config);
    if (order !== "") config.set("boot", order);
  }
  generateIdentity(estate, config);
  return config;
}

/**
 * Checks a creation and answers the work that the task does.
 * @see POST /nodes/{node}/qemu
 */
export function createVm(
  estate: Estate,
  caller: Caller,
  node: string,
  params: ReadonlyMap<string, string>,
): (log: TaskLog) => void {
  const vmid = Number(params.get("vmid"));
  const pool = params.get("pool");
  if (params.has("archive")) throw die("the emulator restores no backups");
  if (pool !== undefined && !estate.pools.has(pool))
    throw paramError({ pool: `pool '${pool}' does not exist` });
  requireAll(caller, `/vms/${vmid}`, ["VM.Allocate"]);
  const options = new Map([...params].filter(([key]) => ![...CONTROL, ...MORE_CONTROL].includes(key)));
  checkOptions(estate, caller, vmid, options);
  requireFreeId(estate, vmid);
  return (log) => {
    const vm = newVm(vmid, node, build(estate, vmid, options));
    estate.vms.set(vmid, vm);
    if (pool !== undefined) estate.pools.get(pool)?.vms.add(vmid);
    if (params.get("start") === "1") startVm(estate, caller, vm, log);
  };
}
