/** Forms of text that Proxmox's schema asks for (pve-common, JSONSchema.pm; qemu-server, QemuServer.pm and below). */

const octet = "(?:25[0-5]|(?:2[0-4]|1\\d|[1-9])?\\d)";
const v4 = `(?:${octet}\\.){3}${octet}`;
const hex = "[0-9a-fA-F]{1,4}";
const tail = `(?:${v4}|${hex}:${hex})`;
const v6 = [
  `(?:${hex}:){6}${tail}`,
  `::(?:${hex}:){5}${tail}`,
  `(?:${hex})?::(?:${hex}:){4}${tail}`,
  ...[1, 2, 3].map((many) => `(?:(?:${hex}:){0,${many}}${hex})?::(?:${hex}:){${4 - many}}${tail}`),
  `(?:(?:${hex}:){0,4}${hex})?::${tail}`,
  `(?:(?:${hex}:){0,5}${hex})?::${hex}`,
  `(?:(?:${hex}:){0,6}${hex})?::`,
].join("|");
const label = "[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?";
const dns = `${label}(?:\\.${label})*`;
const pci = "(?:[a-f0-9]{4,}:)?[a-f0-9]{2}:[a-f0-9]{2}(?:\\.[a-f0-9])?";
const numbered = (name: string, most: number) =>
  `${name}(?:${Array.from({ length: most }, (_, index) => index).join("|")})`;
const disks = [numbered("ide", 4), numbered("sata", 6), numbered("scsi", 31), numbered("virtio", 16)];
const devices = [...disks, numbered("net", 32), numbered("usb", 14), numbered("hostpci", 16)];

function whole(...choices: readonly string[]): RegExp {
  return new RegExp(`^(?:${choices.join("|")})$`);
}

/** Any number of items, separated as Proxmox separates them. */
function list(...choices: readonly string[]): RegExp {
  const item = `(?:${choices.join("|")})`;
  return new RegExp(`^[,;\\s]*(?:${item}(?:[,;\\s]+${item})*[,;\\s]*)?$`);
}

export const forms = {
  ipv4: whole(v4),
  ipv6: whole(v6),
  /** With a prefix from 8 on. */
  ipv4Config: whole("dhcp", "manual", `${v4}/0*(?:[89]|[12]\\d|3[0-2])`),
  ipv6Config: whole("auto", "dhcp", "manual", `(?:${v6})/0*(?:[89]|[1-9]\\d|1[01]\\d|12[0-8])`),
  dnsName: whole(dns),
  addresses: list(v4, v6, dns),
  tags: list("[a-zA-Z0-9_][a-zA-Z0-9_\\-+.]*"),
  features: new RegExp(`^[01]$|${list("network", "disk", "cpu", "memory", "usb", "cloudinit").source}`),
  bootDevices: list(...devices),
  bootDisk: whole(...disks),
  configId: /^[a-zA-Z][a-zA-Z0-9_-]+$/,
  storageId: /^[a-zA-Z][a-zA-Z0-9\-_.]*[a-zA-Z0-9]$/,
  volumeId: /^[a-zA-Z][a-zA-Z0-9\-_.]*[a-zA-Z0-9]:.+$/,
  pciDevices: new RegExp(`^${pci}(?:;${pci})*$`),
  pciId: /^0x[0-9a-fA-F]{4}$/,
  usbHost: /^(?:(?:0x)?[0-9A-Fa-f]{4}:(?:0x)?[0-9A-Fa-f]{4}|\d+-\d+(?:\.\d+)*|[Ss][Pp][Ii][Cc][Ee])$/,
  base64: /^[A-Za-z0-9+/]+={0,2}$/,
  uuid: /^[a-fA-F0-9]{8}(?:-[a-fA-F0-9]{4}){3}-[a-fA-F0-9]{12}$/,
  physBits: /^(?:host|0[89]|[89]|[1-5]\d|6[0-4])$/,
  machine:
    /^(?:pc|pc(?:-i440fx)?-\d+(?:\.\d+)+(?:\+pve\d+)?(?:\.pxe)?|q35|pc-q35-\d+(?:\.\d+)+(?:\+pve\d+)?(?:\.pxe)?|virt(?:-\d+(?:\.\d+)+)?(?:\+pve\d+)?)$/,
  cpuSet: /^(?:\s*\d+(?:-\d+)?\s*(?:,\s*\d+(?:-\d+)?\s*)*,*)?$/,
  startDate: /^(?:now|\d{4}-\d{1,2}-\d{1,2}(?:T\d{1,2}:\d{1,2}:\d{1,2})?)$/,
  parallel: /^\/dev\/(?:parport\d+|usb\/lp\d+)$/,
} as const;
