import type { DeclaredVm, Scalar } from "../../proxmox/declared.ts";
import type { CloudInitSpec } from "../spec/guest-spec.ts";
import type { VmSpec } from "../spec/vm-spec.ts";
import { defined } from "./records.ts";

type Options = DeclaredVm["options"];
type Option = Options[string];

/** The options of a VM in Proxmox's keys. Property strings are objects, so that each sub-key is owned apart. */
export function proxmoxOptions(vm: VmSpec): Options {
  return defined<Option>({
    name: vm.name,
    description: vm.description?.trimEnd(),
    tags: vm.tags === undefined ? undefined : sortedTags(vm.tags).join(";"),
    onboot: vm.onboot,
    protection: vm.protection,
    startup: group({ order: vm.startup?.order, up: vm.startup?.upSeconds, down: vm.startup?.downSeconds }),
    scsihw: vm.controller,
    machine: vm.machine,
    bios: vm.bios,
    ostype: vm.osType,
    boot: group({ order: vm.boot?.join(";") }),
    cores: vm.cpu?.cores,
    sockets: vm.cpu?.sockets,
    cpu: group({ cputype: vm.cpu?.type }),
    cpulimit: vm.cpu?.limit,
    cpuunits: vm.cpu?.units,
    numa: vm.cpu?.numa,
    memory: vm.memoryMiB,
    balloon: vm.balloonMiB,
    agent: group({
      enabled: vm.agent?.enabled,
      fstrim_cloned_disks: vm.agent?.trimAfterClone,
      "freeze-fs-on-backup": vm.agent?.freezeOnBackup,
      type: vm.agent?.type,
    }),
    watchdog: group({ model: vm.watchdog?.model, action: vm.watchdog?.action }),
    ...vm.serial,
    ...devices(vm),
    ...cloudInit(vm.cloudInit),
  });
}

/** Tags in the order that Proxmox stores them in, each once. */
export function sortedTags(tags: readonly string[]): string[] {
  return [...new Set(tags)].toSorted((a, b) => (a < b ? -1 : 1));
}

/** A property string's sub-keys, or nothing when none is written. */
function group(subKeys: Readonly<Record<string, Scalar | undefined>>): Record<string, Scalar> | undefined {
  const written = defined(subKeys);
  return Object.keys(written).length === 0 ? undefined : written;
}

function devices({ passthrough = {}, usb = {} }: VmSpec): Record<string, Option | undefined> {
  return Object.fromEntries([
    ...Object.entries(passthrough).map(([slot, device]) => [
      slot,
      group({
        host: device.id,
        mapping: device.mapping,
        pcie: device.pcie,
        "x-vga": device.primaryGpu,
        rombar: device.rombar,
        romfile: device.romFile,
        mdev: device.mdev,
      }),
    ]),
    ...Object.entries(usb).map(([slot, device]) => [
      slot,
      group({ host: device.host, mapping: device.mapping, usb3: device.usb3 }),
    ]),
  ]);
}

function cloudInit(spec: CloudInitSpec | undefined): Record<string, Option | undefined> {
  return {
    ciuser: spec?.user,
    cicustom: group({ vendor: spec?.vendorData }),
    nameserver: spec?.nameservers?.join(" "),
    searchdomain: spec?.searchDomain,
    sshkeys:
      spec?.sshKeys === undefined ? undefined : urlEncode(spec.sshKeys.map((key) => key.trim()).join("\n")),
    ...Object.fromEntries(
      Object.entries(spec?.ipConfigs ?? {}).map(([slot, { ipv4, ipv6 }]) => [
        slot,
        group({ ip: ipv4?.address, gw: ipv4?.gateway, ip6: ipv6?.address, gw6: ipv6?.gateway }),
      ]),
    ),
  };
}

/** Proxmox stores SSH keys URL-encoded; this is the encoding that the official provider writes, to the letter. */
function urlEncode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
