import { isCloudInitKey, typedValue } from "./config-schema.ts";
import { isDriveKey } from "./drive-schema.ts";
import { isCloudInit, readDrive } from "./drive-string.ts";
import { splitList } from "./text-formats.ts";
import type { Vm } from "./vm.ts";

/** What Proxmox answers of a key that did not change; addresses are told only where they are new or gone. */
const LISTED: readonly string[] = splitList(
  "cicustom,cipassword,citype,ciuser,ciupgrade,nameserver,searchdomain,sshkeys",
);

/** Keys whose old value is remembered while the image does not have the new one. */
function isRecorded(key: string): boolean {
  return isCloudInitKey(key) || key === "name" || /^net\d+$/.test(key);
}

interface ImageRow {
  readonly key: string;
  readonly value?: string | number;
  readonly pending?: string | number;
  readonly delete?: 1;
}

/**
 * The cloud-init values that a running VM's image was made from, and those that wait for the next one. Those of a
 * stopped VM are the config's: its image is made at the start (qemu-server, API2/Qemu.pm).
 */
export function imageRows({ current, qemu }: Vm): ImageRow[] {
  const image = qemu?.imageOf ?? current;
  const shown = (key: string, value: string) =>
    key === "cipassword" ? "**********" : typedValue(key, value);
  const isSet = (value: string | undefined) => value !== undefined && value !== "" && value !== "0";
  const added = [...current].filter(([key]) => isRecorded(key) && !image.has(key));
  const known = [...current].filter(([key, value]) => LISTED.includes(key) && image.has(key) && isSet(value));
  const gone = [...image.keys()].filter((key) => isRecorded(key) && !isSet(current.get(key)));
  return [
    ...added.map(([key, value]) => ({ key, pending: shown(key, value) })),
    ...known.map(([key, value]) => {
      const made = image.get(key) ?? value;
      return { key, value: shown(key, made), ...(made === value ? {} : { pending: shown(key, value) }) };
    }),
    ...gone.filter((key) => image.get(key) !== current.get(key)).map((key) => ({ key, delete: 1 as const })),
  ];
}

/** Makes the image anew from the config, where the VM has one. */
export function renewImage(vm: Vm): void {
  const hasImage = [...vm.current].some(([key, value]) => {
    const drive = isDriveKey(key) ? readDrive(key, value) : undefined;
    return drive !== undefined && isCloudInit(drive);
  });
  if (hasImage && vm.qemu !== undefined) vm.qemu.imageOf = new Map(vm.current);
}
