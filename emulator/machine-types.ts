/** QEMU's versioned machines as its release lists them (pve-qemu, parse-machines.pl), with Proxmox's own revisions. */
const VERSIONS: readonly string[] = [
  ..."10.1 10.0 9.2 9.1 9.0 8.2 8.1 8.0 7.2 7.1 7.0 6.2 6.1 6.0 5.2 5.1 5.0 4.2 4.1 4.0 3.1 3.0".split(" "),
  ..."2.12 2.11 2.10 2.9 2.8 2.7 2.6".split(" "),
];
const REVISIONS: Readonly<Record<string, readonly string[]>> = {
  "4.1": ["+pve1", "+pve2"],
  "9.2": ["+pve1"],
  "10.0": ["+pve1"],
};
const FAMILIES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  x86_64: { i440fx: "pc-i440fx", q35: "pc-q35" },
  aarch64: { virt: "virt" },
};

/** @see GET /nodes/{node}/capabilities/qemu/machines */
export function machineTypes(arch: string): { id: string; type: string; version: string }[] {
  return VERSIONS.flatMap((plain) =>
    [plain, ...(REVISIONS[plain] ?? []).map((revision) => plain + revision)].flatMap((version) =>
      Object.entries(FAMILIES[arch] ?? {}).map(([type, family]) => ({
        id: `${family}-${version}`,
        type,
        version,
      })),
    ),
  );
}
