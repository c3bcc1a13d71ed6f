import { busOf, isDriveKey } from "./drive-schema.ts";

/** How many of each numbered option a VM may have, drives aside. */
const COUNTS: Readonly<Record<string, number>> = {
  net: 32,
  ipconfig: 32,
  hostpci: 16,
  usb: 14,
  numa: 8,
  serial: 4,
  parallel: 3,
  virtiofs: 10,
};

/** Whether the name stands for a numbered option, such as `net`; `numa` is also an option of its own. */
export function isNumbered(name: string): boolean {
  return Object.hasOwn(COUNTS, name);
}

/** `net` of `net0`; undefined for what is no numbered option, such as `net32`. */
export function numberedName(key: string): string | undefined {
  const [, name = "", number = ""] = /^([a-z]+)(0|[1-9]\d*)$/.exec(key) ?? [];
  return isNumbered(name) && Number(number) < (COUNTS[name] ?? 0) ? name : undefined;
}

/** What is wrong with a device of `boot: order=`. */
export function bootDeviceProblem(value: string): string | undefined {
  const bus = busOf(value);
  const isDrive = bus !== undefined && !["unused", "efidisk", "tpmstate"].includes(bus);
  const isOther = ["net", "usb", "hostpci"].includes(numberedName(value) ?? "");
  return isDrive || isOther ? undefined : `invalid boot device '${value}'`;
}

/** What is wrong with a `bootdisk`. */
export function bootDiskProblem(value: string): string | undefined {
  return isDriveKey(value) ? undefined : `invalid boot disk '${value}'`;
}
