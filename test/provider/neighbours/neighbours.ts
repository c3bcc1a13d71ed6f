import type { Config } from "./changes.ts";

/** What else a VM has, that nobody declares. */
export interface Neighbour {
  readonly name: string;
  /** Lines of its config file; `null` takes a line of the base out. */
  readonly config?: Readonly<Record<string, string | null>>;
  /** What somebody else left waiting. */
  readonly pending?: Config;
  readonly deletes?: readonly string[];
  readonly snapshots?: Readonly<Record<string, Config>>;
  readonly stopped?: boolean;
}

const drive = "local-lvm:vm-ID-disk-0";
const csi = (n: number) =>
  `local-lvm:vm-9999-pvc-ID-${n},backup=0,iothread=1,size=5G,wwn=0x5056432d4944300${n}`;

/** Each neighbour, alone, and all of them together. */
const alone: readonly Neighbour[] = [
  { name: "nothing else" },
  { name: "a stopped VM", stopped: true },
  {
    name: "foreign disks",
    config: { scsi1: csi(1), scsi2: csi(2), scsi29: csi(3), virtio3: "local-lvm:vm-9999-pvc-ID-4,size=1G" },
  },
  {
    name: "own disks and an unused one",
    config: {
      scsi7: "local-lvm:vm-ID-disk-7,size=3G",
      sata1: "local-lvm:vm-ID-disk-8,ssd=1,size=3G",
      unused0: "local-lvm:vm-ID-disk-9",
    },
  },
  {
    name: "hand-edited caps",
    config: { scsi0: `${drive},discard=on,iops_rd=900,mbps_rd=80,mbps_rd_max=120,mbps_wr=60,size=32G,ssd=1` },
  },
  {
    name: "caps appended out of order",
    config: { scsi0: `${drive},size=32G,ssd=1,discard=on,mbps_wr=60,mbps_rd=60` },
  },
  {
    name: "fractional caps",
    config: { scsi0: `${drive},discard=on,mbps_rd=12.5,mbps_wr=60.0,size=32G,ssd=1` },
  },
  { name: "caps of foreign disks", config: { scsi1: `local-lvm:vm-9999-pvc-ID-1,size=5G,mbps_rd=12.50` } },
  {
    name: "undeclared nics",
    config: {
      net1: "e1000=BC:24:11:00:00:02,bridge=vmbr1,rate=12.5",
      net31: "virtio=BC:24:11:00:00:03,link_down=1",
    },
  },
  {
    name: "undeclared options of the nic",
    config: { net0: "virtio=BC:24:11:00:00:01,bridge=vmbr0,firewall=1,mtu=1400,queues=4,rate=12.50,tag=10" },
  },
  { name: "serial ports", config: { serial0: "socket", serial3: "/dev/ttyS0" } },
  { name: "usb", config: { usb0: "host=1234:5678,usb3=1", usb4: "spice" } },
  { name: "passthrough", config: { hostpci0: "0000:06:00.0,pcie=1,x-vga=1", machine: "q35", vga: "none" } },
  { name: "a CD-ROM", config: { ide2: "local:iso/x.iso,media=cdrom,size=112M" } },
  {
    name: "cloud-init",
    config: {
      ide0: "local-lvm:vm-ID-cloudinit,media=cdrom,size=4M",
      ciuser: "ops",
      cipassword: "$5$salt$hash",
      ipconfig0: "ip=dhcp",
      sshkeys: "ssh-ed25519%20AAAA%20ops",
    },
  },
  {
    name: "EFI",
    config: { bios: "ovmf", efidisk0: "local-lvm:vm-ID-disk-5,efitype=4m,pre-enrolled-keys=1,size=4M" },
  },
  { name: "a TPM", config: { tpmstate0: "local-lvm:vm-ID-disk-6,size=4M,version=v2.0" } },
  { name: "args", config: { args: "-global ICH9-LPC.disable_s3=1 -cpu host,+x" } },
  { name: "an absent scsihw", config: { scsihw: null } },
  { name: "an agent with more options", config: { agent: "1,fstrim_cloned_disks=1" } },
  { name: "nothing that can be plugged", config: { hotplug: "0" } },
  {
    name: "snapshots",
    config: { parent: "before" },
    snapshots: { before: { memory: "2048", scsi0: `${drive},size=16G`, snaptime: "1760000000" } },
  },
  {
    // Lines that a node's own Proxmox cannot read are no neighbours: they are in no answer, and gone with any write.
    name: "options that few know",
    config: {
      "amd-sev": "std,no-debug=1",
      ivshmem: "size=32,name=shared",
      parallel0: "/dev/parport0",
      smbios1: "uuid=11111111-2222-4333-8444-555555555555",
      vmgenid: "11111111-2222-4333-8444-555555555556",
      meta: "creation-qemu=11.0.0,ctime=1760000000",
    },
  },
  {
    name: "a foreign drive with keys that few know",
    config: {
      scsi4:
        "local-lvm:vm-9999-pvc-ID-4,product=csi,queues=2,rerror=stop,serial=a%20b,size=5G,vendor=acme,werror=enospc",
    },
  },
  {
    name: "balloon, shares and numa",
    config: { balloon: "1024", shares: "500", numa: "1", numa0: "cpus=0-3,memory=4096" },
  },
  {
    name: "something pending in other keys",
    pending: { cpu: "host", scsi8: "local-lvm:vm-ID-disk-12,size=2G", sockets: "2" },
  },
  {
    name: "keys that wait to be removed",
    config: { vga: "std", serial1: "socket", scsi9: csi(9) },
    deletes: ["vga", "serial1", "scsi9"],
  },
];

export const neighbours: readonly Neighbour[] = [
  ...alone,
  {
    name: "all of them together",
    config: Object.assign(
      {},
      ...alone.filter(({ name }) => name !== "nothing that can be plugged").map(({ config }) => config),
    ) as Record<string, string>,
    pending: Object.assign({}, ...alone.map(({ pending }) => pending)) as Config,
    deletes: alone.flatMap(({ deletes }) => deletes ?? []),
    snapshots: Object.assign({}, ...alone.map(({ snapshots }) => snapshots)) as Record<string, Config>,
  },
];
