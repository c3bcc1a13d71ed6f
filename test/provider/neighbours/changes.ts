import type { DeclaredVm } from "../../../proxmox/declared.ts";

type Owned = Partial<Pick<DeclaredVm, "options" | "drives" | "nics" | "absent">>;
/** Values of a VM's config by key; `ID` stands for the VM's id. */
export type Config = Readonly<Record<string, string>>;

/** One change of a declaration, with what it must cost on the wire. */
export interface Change {
  readonly name: string;
  readonly from: Owned;
  readonly to: Owned;
  /** Key that the change is about. */
  readonly key: string;
  /** The key's new text, told from the text that the VM has. */
  readonly text: (before: string | undefined) => string;
  /** When it takes effect while the VM runs with Proxmox's default hotplug. */
  readonly effect: "live" | "cold";
  /** What somebody else left pending in the same key. */
  readonly pending: string;
  /** Requests for that, and what is pending after them, with which ours waits; the text alone, once, when absent. */
  readonly afterPending?: { readonly requests: readonly string[]; readonly left?: string };
  /** A VM on which such a pending value can exist. */
  readonly pendingOn?: Config;
}

/** The VM that all neighbours are variations of. */
export const baseVm: Config = {
  agent: "1",
  boot: "order=scsi0;net0",
  cores: "4",
  cpulimit: "2",
  description: "old notes",
  memory: "4096",
  name: "vmID",
  net0: "virtio=BC:24:11:00:00:01,bridge=vmbr0,tag=10",
  onboot: "0",
  ostype: "l26",
  scsi0: "local-lvm:vm-ID-disk-0,discard=on,mbps_rd=60,mbps_wr=60,size=32G,ssd=1",
  scsihw: "virtio-scsi-pci",
  tags: "old",
};

const option = (
  key: string,
  from: string | number | boolean,
  to: string | number | boolean,
  text: string,
): Pick<Change, "from" | "to" | "key" | "text"> => ({
  from: { options: { [key]: from } },
  to: { options: { [key]: to } },
  key,
  text: () => text,
});

const scsi0 = "local-lvm:vm-ID-disk-0,discard=on,mbps_rd=60,mbps_wr=60,size=32G,ssd=1";
const net0 = "virtio=BC:24:11:00:00:01,bridge=vmbr0,tag=10";

/** Each kind of change, alone. */
export const changes: readonly Change[] = [
  { name: "memory", ...option("memory", 4096, 8192, "8192"), effect: "cold", pending: "6144" },
  { name: "cores", ...option("cores", 4, 8, "8"), effect: "cold", pending: "6" },
  { name: "a cpu limit", ...option("cpulimit", 2, 3.5, "3.5"), effect: "live", pending: "4" },
  {
    name: "a nic's tag",
    from: { nics: { net0: { bridge: "vmbr0", tag: 10 } } },
    to: { nics: { net0: { bridge: "vmbr0", tag: 30 } } },
    key: "net0",
    text: (before = "") => before.replace("tag=10", "tag=30"),
    effect: "live",
    // Only where devices cannot be plugged does another model wait.
    pending: net0.replace("virtio=", "e1000="),
    pendingOn: { hotplug: "disk,usb" },
    afterPending: {
      requests: [net0.replace("virtio", "e1000").replace("tag=10", "tag=30")],
      left: net0.replace("virtio", "e1000").replace("tag=10", "tag=30"),
    },
  },
  {
    name: "a nic's tag that goes",
    from: { nics: { net0: { bridge: "vmbr0", tag: 10 } } },
    to: { nics: { net0: { bridge: "vmbr0" } }, absent: ["nics.net0.tag"] },
    key: "net0",
    text: (before = "") => before.replace(",tag=10", ""),
    effect: "live",
    pending: net0.replace("virtio=", "e1000="),
    pendingOn: { hotplug: "disk,usb" },
    afterPending: {
      requests: [net0.replace("virtio", "e1000").replace(",tag=10", "")],
      left: net0.replace("virtio", "e1000").replace(",tag=10", ""),
    },
  },
  {
    name: "the description",
    ...option("description", "old notes", "new notes", "new notes"),
    effect: "live",
    pending: "other notes",
  },
  { name: "tags", ...option("tags", "old", "new;prod", "new;prod"), effect: "live", pending: "other" },
  {
    name: "the agent's type",
    from: { options: { agent: { enabled: true, type: "virtio" } } },
    to: { options: { agent: { enabled: true, type: "isa" } } },
    key: "agent",
    text: (before = "") => `${before.replace(/,type=\w+/, "")},type=isa`,
    effect: "cold",
    pending: "1,freeze-fs-on-backup=0",
    afterPending: {
      requests: ["1,freeze-fs-on-backup=0,type=isa"],
      left: "1,freeze-fs-on-backup=0,type=isa",
    },
  },
  {
    name: "the boot order",
    ...option("boot", "order=scsi0;net0", "order=net0;scsi0", "order=net0;scsi0"),
    effect: "cold",
    pending: "order=scsi0",
  },
  { name: "onboot", ...option("onboot", false, true, "1"), effect: "live", pending: "0" },
  {
    name: "the controller",
    ...option("scsihw", "virtio-scsi-pci", "virtio-scsi-single", "virtio-scsi-single"),
    effect: "cold",
    pending: "pvscsi",
  },
  {
    name: "a cap",
    from: { drives: { scsi0: { mbps_wr: 60 } } },
    to: { drives: { scsi0: { mbps_wr: 70 } } },
    key: "scsi0",
    text: (before = "") => before.replace(/mbps_wr=60(?:\.0)?/, "mbps_wr=70"),
    effect: "live",
    pending: scsi0.replace("-0,", "-0,cache=writeback,"),
    afterPending: {
      requests: [scsi0.replace("-0,", "-0,cache=writeback,").replace("mbps_wr=60", "mbps_wr=70")],
      left: scsi0.replace("-0,", "-0,cache=writeback,").replace("mbps_wr=60", "mbps_wr=70"),
    },
  },
  {
    name: "an iothread",
    from: { drives: { scsi0: { mbps_wr: 60 } } },
    to: { drives: { scsi0: { mbps_wr: 60, iothread: true } } },
    key: "scsi0",
    text: (before = "") => before.replace(",discard=on,", ",discard=on,iothread=1,"),
    effect: "cold",
    pending: scsi0.replace("-0,", "-0,cache=writeback,"),
    afterPending: {
      requests: [scsi0.replace("-0,discard=on,", "-0,cache=writeback,discard=on,iothread=1,")],
      left: scsi0.replace("-0,discard=on,", "-0,cache=writeback,discard=on,iothread=1,"),
    },
  },
];
