/** The same VMs for every subject: one drive with caps, one network device, a handful of options. */
const firstVmid = 1000;
const node = "pve";
const storage = "local-lvm";

/** The cap that is declared everywhere, and what it becomes on the first VM, in MiB/s. */
export const cap = { usual: 80, changed: 90 } as const;

/** Id of the VM whose cap is changed. */
export const cappedVmid = firstVmid;

function each<T>(vms: number, make: (index: number) => T): T[] {
  return Array.from({ length: vms }, (_, index) => make(index));
}

/** The cap of one VM: only that of the first one is ever changed. */
function capOf(index: number, firstCap: number): number {
  return index === 0 ? firstCap : cap.usual;
}

/** An emulator's seed without VMs, or with all of them, as they are declared. */
export function seedOf(vms: number) {
  return {
    random: 1,
    nodes: [{ name: node, cores: 64, memoryGiB: 512, bridges: ["vmbr0"] }],
    storages: [{ name: storage, type: "lvmthin", content: ["images"], totalGiB: 100_000 }],
    vms: each(vms, (index) => {
      const vmid = firstVmid + index;
      const mac = [index >> 8, index & 255].map((byte) => byte.toString(16).padStart(2, "0").toUpperCase());
      return {
        vmid,
        running: true,
        config: {
          name: `vm${index}`,
          boot: "order=scsi0",
          scsihw: "virtio-scsi-single",
          cores: 2,
          sockets: 1,
          cpu: "x86-64-v2-AES",
          memory: 2048,
          balloon: 2048,
          onboot: 0,
          ostype: "l26",
          scsi0: `${storage}:vm-${vmid}-disk-0,aio=io_uring,cache=none,discard=on,iothread=1,mbps_rd=${cap.usual},mbps_wr=60,size=8G`,
          net0: `virtio=BC:24:11:00:${mac.join(":")},bridge=vmbr0,tag=20`,
        },
      };
    }),
  };
}

/** The stack file of this project; with `create` the program makes the VMs. */
export function stackFile(vms: number, firstCap: number, create: boolean): string {
  // JSON is YAML.
  return JSON.stringify({ config: { "proxmox-fleet:fleet": fleetOf(vms, firstCap, create) } }, null, 1);
}

/**
 * Whether the engine can hand a fleet to its program: the whole stack configuration goes through one variable of the
 * environment, and Linux allows none above 128 KiB.
 */
export function fitsInConfiguration(vms: number): boolean {
  return JSON.stringify(JSON.stringify(fleetOf(vms, cap.usual, false))).length < 120 * 1024;
}

/** A stack file that only names the stack, for {@link filedProgram}. */
export const emptyStack = "config: {}\n";

/** This project's program with its fleet in the text, for fleets that do not fit in the configuration. */
export function filedProgram(vms: number, firstCap: number): string {
  return `import { createFleet } from "./components/fleet.ts";
import { useLeanSdk } from "./components/lean-sdk.ts";
import { getStack } from "./components/pulumi.ts";
import { parseStackConfig } from "./components/stack-config.ts";

const config = parseStackConfig({ stack: getStack(), fleet: ${JSON.stringify(fleetOf(vms, firstCap, false))} }, process.env);
useLeanSdk();
const fleet = await createFleet(config);
export const waiting = fleet.waiting;
`;
}

function fleetOf(vms: number, firstCap: number, create: boolean) {
  const entries = each(vms, (index) => [
    `vm${index}`,
    {
      vmid: firstVmid + index,
      ...(create && { create: { blank: { datastore: storage }, protect: false } }),
      name: `vm${index}`,
      controller: "virtio-scsi-single",
      cpu: { cores: 2, sockets: 1, type: "x86-64-v2-AES" },
      memoryMiB: 2048,
      balloonMiB: 2048,
      onboot: false,
      osType: "l26",
      drives: {
        scsi0: {
          sizeGiB: 8,
          aio: "io_uring",
          cache: "none",
          discard: true,
          iothread: true,
          caps: { readMiBps: capOf(index, firstCap), writeMiBps: 60 },
        },
      },
      nics: { net0: { bridge: "vmbr0", vlan: 20 } },
    },
  ]);
  return { node, vms: Object.fromEntries(entries) };
}

/** The same fleet as a program of the official provider alone. */
export function plainProgram(vms: number, firstCap: number): string {
  return `import { Provider } from "@muhlba91/pulumi-proxmoxve/provider.js";
import { VmLegacy } from "@muhlba91/pulumi-proxmoxve/vmLegacy.js";

const provider = new Provider("proxmox", {});
for (let index = 0; index < ${vms}; index++) {
  new VmLegacy(
    \`vm\${index}\`,
    {
      nodeName: "${node}",
      vmId: ${firstVmid} + index,
      name: \`vm\${index}\`,
      scsiHardware: "virtio-scsi-single",
      cpu: { cores: 2, sockets: 1, type: "x86-64-v2-AES" },
      memory: { dedicated: 2048, floating: 2048 },
      onBoot: false,
      operatingSystem: { type: "l26" },
      bootOrders: ["scsi0"],
      serialDevices: [],
      disks: [
        {
          interface: "scsi0",
          datastoreId: "${storage}",
          size: 8,
          aio: "io_uring",
          cache: "none",
          discard: "on",
          iothread: true,
          speed: { read: index === 0 ? ${firstCap} : ${cap.usual}, write: 60 },
        },
      ],
      networkDevices: [{ bridge: "vmbr0", vlanId: 20 }],
      stopOnDestroy: true,
      rebootAfterUpdate: false,
    },
    { provider },
  );
}
`;
}

/** The same fleet for Terraform with bpg's provider. */
export function terraformMain(vms: number, firstCap: number): string {
  return `terraform {
  required_providers {
    proxmox = { source = "bpg/proxmox" }
  }
}

provider "proxmox" {}

resource "proxmox_virtual_environment_vm" "vm" {
  count               = ${vms}
  node_name           = "${node}"
  vm_id               = ${firstVmid} + count.index
  name                = "vm\${count.index}"
  scsi_hardware       = "virtio-scsi-single"
  on_boot             = false
  boot_order          = ["scsi0"]
  stop_on_destroy     = true
  reboot_after_update = false

  cpu {
    cores   = 2
    sockets = 1
    type    = "x86-64-v2-AES"
  }
  memory {
    dedicated = 2048
    floating  = 2048
  }
  operating_system {
    type = "l26"
  }
  disk {
    interface    = "scsi0"
    datastore_id = "${storage}"
    size         = 8
    aio          = "io_uring"
    cache        = "none"
    discard      = "on"
    iothread     = true
    speed {
      read  = count.index == 0 ? ${firstCap} : ${cap.usual}
      write = 60
    }
  }
  network_device {
    bridge  = "vmbr0"
    vlan_id = 20
  }
}
`;
}
