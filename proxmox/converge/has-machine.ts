const families: Readonly<Record<string, string>> = { pc: "pc-i440fx", q35: "pc-q35", virt: "virt" };

/**
 * Whether QEMU has a machine, given those that it lists with their versions. A revision of Proxmox's own (`+pve1`) is
 * not looked at: older nodes do not list them.
 */
export function hasMachine(listed: readonly string[], name: string): boolean {
  const plain = name.replace(/\.pxe$/, "").replace(/\+pve\d+$/, "");
  const family = families[plain];
  if (family !== undefined) return listed.some((one) => one.startsWith(`${family}-`));
  return listed.includes(plain.replace(/^pc-(?=\d)/, "pc-i440fx-"));
}
