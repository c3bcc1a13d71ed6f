import { type Caller, hasAny, requireOnVm, type VmPlace } from "./auth.ts";
import { defaultBootOrder } from "./boot-order.ts";
import { requireCpuModel, requireDevices } from "./device-permissions.ts";
import { checkStorageAccess } from "./drive-access.ts";
import { isDriveKey } from "./drive-schema.ts";
import { materializeDrive } from "./drive-write.ts";
import { ApiError, die, errorText, paramError } from "./errors.ts";
import { type Estate, holderOf } from "./estate.ts";
import { requireOptionPrivileges } from "./option-permissions.ts";
import { pinnedMachine, storedOption } from "./option-values.ts";
import { startVm } from "./power.ts";
import { QEMU_VERSION } from "./qemu.ts";
import type { TaskLog } from "./tasks.ts";
import { newVm, type Section, setKey } from "./vm.ts";

/** Parameters of a creation that are not options of the VM. */
const CONTROL: readonly string[] = [
  "vmid",
  "start",
  "pool",
  "force",
  "unique",
  "storage",
  "archive",
  "bwlimit",
  "live-restore",
  "ha-managed",
  "import-working-storage",
];

/** @throws the API's error when the id is in use */
function requireFreeId(estate: Estate, vmid: number): void {
  const holder = holderOf(estate, vmid);
  if (holder !== undefined) {
    throw die(`unable to create VM ${vmid} - ${holder.kind} ${vmid} already exists on node '${holder.node}'`);
  }
}

/** Identity that a new VM gets: a BIOS uuid, a generation id and a note of when it was made. */
function generateIdentity(estate: Estate, config: Section): void {
  if (!config.has("smbios1")) config.set("smbios1", `uuid=${estate.random.uuid()}`);
  if ((config.get("vmgenid") ?? "1") === "1") config.set("vmgenid", estate.random.uuid());
  config.set("meta", `creation-qemu=${QEMU_VERSION},ctime=${estate.clock.seconds()}`);
}

/** @throws the 403 of a creation, which says no more */
function requireAllocation(caller: Caller, { vmid, pool }: VmPlace): void {
  const paths = [`/vms/${vmid}`, ...(pool === undefined ? [] : [`/pool/${pool}`])];
  if (!paths.some((path) => hasAny(caller, path, ["VM.Allocate"]))) {
    throw new ApiError(403, "Permission check failed\n");
  }
}

function checkOptions(estate: Estate, caller: Caller, place: VmPlace, options: Section): void {
  checkStorageAccess(estate, caller, place.vmid, options);
  requireOptionPrivileges(caller, place, options.keys());
  for (const [key, value] of options) requireDevices(estate, caller, place, key, [value], "set");
  requireCpuModel(caller, options.get("cpu"));
}

function build(estate: Estate, vmid: number, options: Section): Section {
  const config: Section = new Map();
  for (const [key, value] of options) {
    const text = isDriveKey(key) ? materializeDrive(estate, vmid, [config], key, value) : value;
    if (text !== undefined) setKey(config, key, text);
  }
  if (!config.has("boot")) {
    const order = defaultBootOrder(config);
    if (order !== "") config.set("boot", order);
  }
  const machine = pinnedMachine(config.get("ostype"), config.get("machine"));
  if (machine !== undefined) config.set("machine", machine);
  generateIdentity(estate, config);
  return config;
}

function buildOrDie(estate: Estate, vmid: number, options: Section): Section {
  const before = new Set(estate.storages.ownedBy(vmid));
  try {
    return build(estate, vmid, options);
  } catch (error) {
    for (const volume of estate.storages.ownedBy(vmid)) {
      if (!before.has(volume)) estate.storages.free(volume.volid);
    }
    throw die(`unable to create VM ${vmid} - ${errorText(error)}`);
  }
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
  const place = { vmid, pool };
  if (params.get("start") === "1") requireOnVm(caller, place, ["VM.PowerMgmt"]);
  requireAllocation(caller, place);
  const options: Section = new Map();
  for (const [name, value] of params) {
    const key = name === "cdrom" ? "ide2" : name;
    if (!CONTROL.includes(key)) options.set(key, storedOption(estate, key, value));
  }
  checkOptions(estate, caller, place, options);
  requireFreeId(estate, vmid);
  return (log) => {
    const vm = newVm(vmid, node, buildOrDie(estate, vmid, options));
    estate.vms.set(vmid, vm);
    if (pool !== undefined) estate.pools.get(pool)?.vms.add(vmid);
    if (params.get("start") === "1") startVm(estate, caller, vm, log);
  };
}
