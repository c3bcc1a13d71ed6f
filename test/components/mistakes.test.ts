import { describe, expect, it } from "vitest";
import { checkFleet } from "../../components/rules/fleet-mistakes.ts";
import { formatMistake } from "../../components/rules/mistake.ts";

/** The lines for one VM's entry, without the part of the path that all share. */
function linesFor(entry: object, fleet: object = {}): string[] {
  const result = checkFleet({ ...fleet, vms: { vm: { vmid: 102, ...entry } } });
  return result.ok ? [] : result.mistakes.map((one) => formatMistake("", one).replace(/^\.vms\.vm\./, ""));
}

const created = {
  node: "pve",
  cpu: { cores: 2 },
  memoryMiB: 2048,
  create: { blank: { datastore: "local-lvm" } },
  drives: { scsi0: { sizeGiB: 8 } },
};

const adoptedMistakes: [mistake: string, entry: object, lines: string[]][] = [
  [
    "an unknown key",
    { nics: { net0: { vlans: 10 } } },
    [
      "nics.net0.vlans: is an unknown key (got 10); known keys are bridge, vlan, trunks, model, mac, firewall, rateMBps, mtu, queues, linkDown; correct the spelling or remove it",
    ],
  ],
  [
    "a password, which is not repeated",
    { cloudInit: { user: "me", cipassword: "hunter2" } },
    [
      'cloudInit.cipassword: is a password, which Proxmox never shows again, so that it could not be compared (got "(not shown)"); known keys are user, sshKeys, ipConfigs, nameservers, searchDomain, datastore, interface, vendorData; use sshKeys, and remove it from this file and its history',
    ],
  ],
  ...(
    [
      ["drives.scsi1", "is a whole device, which may hold data or be in use, and is not removed here"],
      ["nics.net1", "is a whole device, which may hold data or be in use, and is not removed here"],
      ["nics", "is a whole device, which may hold data or be in use, and is not removed here"],
      [
        "passthrough.hostpci0",
        "is a whole device, which may hold data or be in use, and is not removed here",
      ],
      ["serial.serial0", "is a whole device, which may hold data or be in use, and is not removed here"],
      ["watchdog", "is a whole device, which may hold data or be in use, and is not removed here"],
      ["nics.net0.tag", "is no key of a VM's entry"],
      ["vmid", "is not part of what a VM's configuration says"],
      ["pool", "is not part of what a VM's configuration says"],
      ["cloudInit", "names no slot"],
      ["memoryMiB", "cannot be absent: a VM always has memory: declare how much"],
      ["drives.scsi0.sizeGiB", "cannot be absent: it is the volume's own size"],
      ["nics.net40.vlan", "cannot be absent: no such network device slot"],
      ["name", "is declared in the same entry"],
    ] as const
  ).map(([path, wrong]): [string, object, string[]] => [
    `${path} among the absent keys`,
    { name: "devvm", absent: ["cpu.limit", path] },
    [
      `absent[1]: ${wrong} (got "${path}"); keys of this entry that the VM can do without, such as nics.net0.vlan, cpu.limit or startup; correct the path, or take it out of absent`,
    ],
  ]),
  [
    "a key and its group among the absent ones",
    { absent: ["startup.order", "startup"] },
    [
      'absent[1]: is named twice (got "startup"); keys of this entry that the VM can do without, such as nics.net0.vlan, cpu.limit or startup; correct the path, or take it out of absent',
    ],
  ],
  [
    "a tag of nothing but the empty text",
    { tags: [""] },
    [
      'tags[0]: is no tag (got ""); lower-case letters, digits and _ + . -, as Proxmox stores tags; write it in lower case, without blanks',
    ],
  ],
  [
    "a boolean in another YAML's words",
    { onboot: "yes", protection: "Off", agent: { enabled: "true" }, drives: { scsi0: { ssd: "maybe" } } },
    [
      'drives.scsi0.ssd: has the wrong type (got "maybe"); true or false; correct it',
      'onboot: has the wrong type (got "yes"); true or false; write true',
      'agent.enabled: has the wrong type (got "true"); true or false; write it without quotes',
      'protection: has the wrong type (got "Off"); true or false; write false',
    ],
  ],
  [
    "an amount with a unit where the key has it in its name",
    {
      memoryMiB: "4G",
      balloonMiB: "512MiB",
      drives: { scsi0: { sizeGiB: "1T", caps: { readMiBps: "60MB/s" } } },
    },
    [
      'memoryMiB: has the wrong type (got "4G"); a whole number, at least 64; write 4096',
      'balloonMiB: has the wrong type (got "512MiB"); a whole number, at least 0; write 512',
      'drives.scsi0.sizeGiB: has the wrong type (got "1T"); a whole number, at least 1; write 1024',
      'drives.scsi0.caps.readMiBps: has the wrong type (got "60MB/s"); a number from 0, where 0 means no limit; write the limit in MiB/s, or 0 to lift it',
    ],
  ],
  [
    "notes that Proxmox would not take",
    { description: "x".repeat(8193) },
    [`description: is too long (got "${"x".repeat(79)}...); at most 8192 characters; shorten it`],
  ],
  [
    "a tag in capitals",
    { tags: ["Prod"] },
    [
      'tags[0]: is no tag (got "Prod"); lower-case letters, digits and _ + . -, as Proxmox stores tags; write it in lower case, without blanks',
    ],
  ],
  [
    "a private key among the public ones, which is not shown",
    { cloudInit: { sshKeys: ["-----BEGIN OPENSSH PRIVATE KEY-----\nb3Blbn\n"] } },
    [
      "cloudInit.sshKeys[0]: is no public key (got a private key, which is not shown); one public key, such as ssh-ed25519 AAAAC3... user@host; put the .pub file's line there; a private key that was written into a file is to be replaced by a new pair",
    ],
  ],
  [
    "a private key in any other place, which is not shown either",
    { tags: ["-----BEGIN RSA PRIVATE KEY-----"], sshKey: "-----BEGIN RSA PRIVATE KEY-----" },
    [
      "tags[0]: is no tag (got a private key, which is not shown); lower-case letters, digits and _ + . -, as Proxmox stores tags; write it in lower case, without blanks",
      expect.stringMatching(
        /^sshKey: is an unknown key \(got a private key, which is not shown\); known keys are /,
      ),
    ],
  ],
  [
    "the controller of the incident",
    { controller: "lsi" },
    [
      'controller: is not offered (got "lsi"); virtio-scsi-single, virtio-scsi-pci; write virtio-scsi-single, which gives each disk an I/O thread; it applies at the next cold stop and start',
    ],
  ],
  [
    "an I/O thread on SATA",
    { drives: { sata0: { iothread: true } } },
    [
      "drives.sata0.iothread: does not exist on sata (got true); iothread only on scsi and virtio drives; remove iothread, or move the drive to a scsi slot by hand",
    ],
  ],
  [
    "an I/O thread on IDE, even when it is off",
    { drives: { ide0: { iothread: false } } },
    [
      "drives.ide0.iothread: does not exist on ide (got false); iothread only on scsi and virtio drives; remove iothread, or move the drive to a scsi slot by hand",
    ],
  ],
  [
    "an I/O thread with a controller that ignores it",
    { controller: "virtio-scsi-pci", drives: { scsi0: { iothread: true } } },
    [
      "drives.scsi0.iothread: has no effect with controller virtio-scsi-pci (got true); iothread on scsi drives only with controller virtio-scsi-single; write controller: virtio-scsi-single, or remove iothread",
    ],
  ],
  [
    "SSD emulation on virtio",
    { drives: { virtio0: { ssd: true } } },
    [
      "drives.virtio0.ssd: does not exist on virtio (got true); ssd only on scsi, sata and ide drives; remove ssd",
    ],
  ],
  [
    "native aio with a buffered cache",
    { drives: { scsi0: { aio: "native", cache: "writeback" } } },
    [
      'drives.scsi0.aio: does not start with the buffered cache writeback (got "native"); aio native only with cache none or directsync; write aio: io_uring or threads, or cache: none',
    ],
  ],
  [
    "a burst without its base",
    { drives: { scsi0: { caps: { readBurstMiBps: 50 } } } },
    [
      "drives.scsi0.caps.readBurstMiBps: is a burst without its base readMiBps (got 50); a burst only beside a readMiBps above 0; add readMiBps or remove readBurstMiBps",
    ],
  ],
  [
    "a burst whose base is lifted",
    { drives: { scsi0: { caps: { writeIops: 0, writeBurstIops: 50 } } } },
    [
      "drives.scsi0.caps.writeBurstIops: is a burst without its base writeIops (got 50); a burst only beside a writeIops above 0; add writeIops or remove writeBurstIops",
    ],
  ],
  [
    "a burst below its base",
    { drives: { scsi0: { caps: { totalMiBps: 60, totalBurstMiBps: 50 } } } },
    [
      "drives.scsi0.caps.totalBurstMiBps: is below its base totalMiBps, 60 (got 50); 60 or more; raise totalBurstMiBps or lower totalMiBps",
    ],
  ],
  [
    "the length of a burst that is not there",
    { drives: { scsi0: { caps: { readMiBps: 60, readBurstMiBpsSeconds: 5 } } } },
    [
      "drives.scsi0.caps.readBurstMiBpsSeconds: is the length of a burst that is not there (got 5); a length only beside a readBurstMiBps above 0; add readBurstMiBps or remove readBurstMiBpsSeconds",
    ],
  ],
  [
    "a total beside a limit per direction",
    { drives: { scsi0: { caps: { totalIops: 60, readIops: 50 } } } },
    [
      "drives.scsi0.caps.totalIops: is mixed with readIops (got 60); either totalIops, or readIops and writeIops; remove totalIops or the limits per direction",
    ],
  ],
  [
    "a negative cap, whose burst is no second mistake",
    { drives: { scsi0: { caps: { readMiBps: -5, readBurstMiBps: 50 } } } },
    [
      "drives.scsi0.caps.readMiBps: is negative (got -5); a number from 0, where 0 means no limit; write the limit in MiB/s, or 0 to lift it",
    ],
  ],
  [
    "fractional operations",
    { drives: { scsi0: { caps: { readIops: 1.5 } } } },
    [
      "drives.scsi0.caps.readIops: must be whole (got 1.5); a whole number from 0, where 0 means no limit; write the limit in operations per second, or 0 to lift it",
    ],
  ],
  [
    "a cap as text",
    { drives: { scsi0: { caps: { readMiBps: "60" } } } },
    [
      'drives.scsi0.caps.readMiBps: has the wrong type (got "60"); a number from 0, where 0 means no limit; write the limit in MiB/s, or 0 to lift it',
    ],
  ],
  [
    "a drive slot that Proxmox lacks, and what is wrong in it",
    { drives: { scsi31: { aio: "fast" } } },
    [
      'drives.scsi31: is no drive slot (got "scsi31"); scsi0-30, virtio0-15, sata0-5, ide0-3; correct the slot',
      'drives.scsi31.aio: is not a known value (got "fast"); io_uring, threads, native; write one of these',
    ],
  ],
  [
    "a VLAN of 5000",
    { nics: { net0: { vlan: 5000 } } },
    [
      "nics.net0.vlan: is too large (got 5000); a whole number, 1 to 4094; write the tag of the VLAN; for untagged remove vlan, and where the VM has a tag write its path under absent",
    ],
  ],
  [
    "a VLAN of 0",
    { nics: { net0: { vlan: 0 } } },
    [
      "nics.net0.vlan: is too small (got 0); a whole number, 1 to 4094; write the tag of the VLAN; for untagged remove vlan, and where the VM has a tag write its path under absent",
    ],
  ],
  [
    "a multicast MAC address",
    { nics: { net0: { mac: "01:00:5E:00:00:01" } } },
    [
      'nics.net0.mac: is no unicast MAC address (got "01:00:5E:00:00:01"); six pairs of hex digits with colons, the second digit even; correct it, or leave it out to keep the one there is',
    ],
  ],
  [
    "a slot that is declared and foreign",
    { drives: { scsi1: {} }, foreignSlots: "scsi1-29" },
    [
      'foreignSlots: holds a slot that drives declares as well (got "scsi1"); a slot either under drives or in foreignSlots; remove drives.scsi1, or take scsi1 out of foreignSlots',
    ],
  ],
  [
    "a foreign range that runs backwards",
    { foreignSlots: ["scsi0", "scsi9-2"] },
    [
      'foreignSlots: holds what is no range of drive slots (got "scsi9-2"); slots and ranges such as scsi1-29; allowed are scsi0-30, virtio0-15, sata0-5 and ide0-3; correct the range',
    ],
  ],
  [
    "keys that are for creation only",
    { pool: "lab", efi: { datastore: "local-lvm" }, cloudInit: { datastore: "local-lvm" } },
    [
      'efi: is for creation only, and this VM is adopted (got {"datastore":"local-lvm"}); efi only beside create; remove it; the VM keeps what it has',
      'pool: is for creation only, and this VM is adopted (got "lab"); pool only beside create; remove it; the VM keeps what it has',
      'cloudInit.datastore: is for creation only, and this VM is adopted (got "local-lvm"); cloudInit.datastore only beside create; remove it; the VM keeps what it has',
    ],
  ],
  [
    "a PCI device by mapping and by address",
    { passthrough: { hostpci0: { mapping: "gpu", id: "0000:06:00.0" } } },
    [
      'passthrough.hostpci0: needs exactly one of mapping and id (got "gpu, 0000:06:00.0"); either mapping or id; keep one',
    ],
  ],
  [
    "PCI Express with a machine that lacks it",
    { machine: "pc", passthrough: { hostpci0: { mapping: "gpu", pcie: true } } },
    [
      "passthrough.hostpci0.pcie: does not exist with machine pc (got true); pcie only with machine q35; write machine: q35 or remove pcie",
    ],
  ],
  [
    "a gateway beside dhcp",
    { cloudInit: { ipConfigs: { ipconfig0: { ipv4: { address: "dhcp", gateway: "192.0.2.1" } } } } },
    [
      'cloudInit.ipConfigs.ipconfig0.ipv4.gateway: does not go with address dhcp (got "192.0.2.1"); a gateway only beside a fixed address; remove gateway',
    ],
  ],
  [
    "a vmid that Proxmox does not give out",
    { vmid: 99 },
    ["vmid: is too small (got 99); a whole number, 100 to 999999999; correct it"],
  ],
  ["a list that is none", { tags: "prod" }, ['tags: has the wrong type (got "prod"); a list; correct it']],
];

describe("a mistake in an adopted VM's entry", () => {
  it.each(adoptedMistakes)(
    "is named once, with path, value, what is allowed and what to do: %s",
    (_, entry, lines) => {
      expect(linesFor(entry)).toEqual(lines);
    },
  );
});

const createdMistakes: [mistake: string, entry: object, lines: string[]][] = [
  [
    "no source",
    { create: { start: false } },
    ["create: does not say from what (got nothing); exactly one of blank, template and image; add one"],
  ],
  [
    "two sources",
    { create: { blank: { datastore: "a" }, template: { vmid: 1000 } } },
    [
      'create: says more than one source (got "blank, template"); exactly one of blank, template and image; keep one',
    ],
  ],
  [
    "a linked clone on a datastore of its own",
    { create: { template: { vmid: 1000, full: false, datastore: "a" } } },
    [
      'create.template.datastore: does not go with a linked clone (got "a"); a datastore only with full: true; remove datastore, or full: false',
    ],
  ],
  [
    "a clone of itself",
    { create: { template: { vmid: 102 } } },
    [
      "create.template.vmid: is the VM itself (got 102); the id of another VM or template; correct one of the two ids",
    ],
  ],
  [
    "no node, cores, memory and size",
    { node: undefined, cpu: {}, memoryMiB: undefined, drives: { scsi0: {} } },
    [
      "node: is missing, and this VM is created (got nothing); the node to create it on, here or for the whole fleet; add it",
      "cpu.cores: is missing, and this VM is created (got nothing); 1 to 2304; add it",
      "memoryMiB: is missing, and this VM is created (got nothing); memory in MiB, at least 64; add it",
      "drives.scsi0.sizeGiB: is missing, and this VM is created (got nothing); a whole number of GiB, for a clone or an image at least what the source has; add it",
    ],
  ],
  [
    "no drive at all",
    { drives: {} },
    [
      "drives: is missing, and this VM is created (got nothing); at least one drive with its sizeGiB; add the boot drive, such as scsi0: { sizeGiB: 32 }",
    ],
  ],
  [
    "a fractional cap, which the official provider cannot read",
    { drives: { scsi0: { sizeGiB: 8, caps: { readMiBps: 12.5 } } } },
    [
      "drives.scsi0.caps.readMiBps: is fractional, and the official provider cannot read a created VM with such a cap (got 12.5); whole numbers on VMs with create, fractions on adopted ones only; write 12 or 13",
    ],
  ],
  [
    "a boot device that is not declared",
    { boot: ["scsi0", "net0"] },
    [
      'boot[1]: is no device of this VM, which is created (got "net0"); its devices: scsi0; declare the device or take it out of boot',
    ],
  ],
  [
    "network devices with a gap",
    { nics: { net0: {}, net2: {} } },
    [
      'nics.net2: leaves a gap below it, or is one too many, for a VM that is created (got "net2"); at most 32, numbered from net0 without a gap; renumber them',
    ],
  ],
  [
    "a PCI device by address",
    { passthrough: { hostpci0: { id: "0000:06:00.0" } } },
    [
      'passthrough.hostpci0.id: cannot be set by an API token, and this VM is created (got "0000:06:00.0"); a cluster resource mapping; map the device under Datacenter > Resource Mappings and write mapping instead, or let root set it and remove create once the VM exists',
    ],
  ],
  [
    "a romFile, a USB port and a serial device of the host",
    {
      passthrough: { hostpci0: { mapping: "gpu", romFile: "gpu.bin" } },
      usb: { usb0: { host: "spice" }, usb1: { host: "1-1.4" } },
      serial: { serial0: "socket", serial1: "/dev/ttyS0" },
    },
    [
      'passthrough.hostpci0.romFile: cannot be set by an API token, and this VM is created (got "gpu.bin"); a device without romFile; remove it, or let root set it and remove create once the VM exists',
      'usb.usb1.host: cannot be set by an API token, and this VM is created (got "1-1.4"); spice, or a cluster resource mapping; map the device under Datacenter > Resource Mappings and write mapping instead, or let root set it and remove create once the VM exists',
      'serial.serial1: cannot be set by an API token, and this VM is created (got "/dev/ttyS0"); socket; write socket, or let root set it and remove create once the VM exists',
    ],
  ],
  [
    "cloud-init of a clone without a datastore",
    { create: { template: { vmid: 1000 } }, cloudInit: { user: "me" } },
    [
      "cloudInit.datastore: is missing, and this VM is created (got nothing); where the cloud-init drive is made; add it",
    ],
  ],
  [
    "EFI variables that the firmware does not use",
    { bios: "seabios", efi: { datastore: "local-lvm" } },
    [
      'bios: does not use the declared efi disk (got "seabios"); ovmf beside efi; write bios: ovmf or remove efi',
    ],
  ],
  [
    "an I/O thread with a controller that ignores it",
    { controller: "virtio-scsi-pci", drives: { scsi0: { sizeGiB: 8, iothread: true } } },
    [
      "drives.scsi0.iothread: has no effect with controller virtio-scsi-pci (got true); iothread on scsi drives only with controller virtio-scsi-single; write controller: virtio-scsi-single, or remove iothread",
    ],
  ],
];

describe("a mistake in the entry of a VM that is created", () => {
  it.each(createdMistakes)(
    "is named once, with path, value, what is allowed and what to do: %s",
    (_, entry, lines) => {
      expect(linesFor({ ...created, ...entry })).toEqual(lines);
    },
  );

  it("is the entry's key where it becomes the name and is none", () => {
    const result = checkFleet({ vms: { my_vm: { ...created, vmid: 120 } } });
    expect(result.ok ? [] : result.mistakes.map((one) => formatMistake("fleet", one))).toEqual([
      'fleet.vms.my_vm.name: is missing, and the entry\'s key is no DNS name (got "my_vm"); letters, digits, hyphens and dots; add name or rename the entry',
    ]);
  });

  it("is none when the fleet names the node", () => {
    expect(linesFor({ ...created, node: undefined }, { node: "pve" })).toEqual([]);
  });
});

describe("what is no mistake", () => {
  it.each([
    ["an entry of nothing but the vmid", {}],
    ["fractional caps on an adopted VM", { drives: { scsi0: { caps: { readMiBps: 12.5 } } } }],
    ["a cap of 0, which lifts the limit", { drives: { scsi0: { caps: { readMiBps: 0, readIops: 0 } } } }],
    [
      "a total of 0 beside limits per direction",
      { drives: { scsi0: { caps: { totalMiBps: 0, readMiBps: 5 } } } },
    ],
    ["a burst as high as its base", { drives: { scsi0: { caps: { readMiBps: 5, readBurstMiBps: 5 } } } }],
    ["an I/O thread where the controller is not declared", { drives: { scsi0: { iothread: true } } }],
    ["a raw PCI device on an adopted VM", { passthrough: { hostpci0: { id: "0000:06:00.0" } } }],
    ["a boot device that an adopted VM does not declare", { boot: ["scsi0"] }],
    ["a VM that is created, with all that it needs", created],
  ])("%s", (_, entry) => {
    expect(linesFor(entry)).toEqual([]);
  });
});

describe("many mistakes", () => {
  it("are all reported at once: those of the shape, those between keys, and those between VMs", () => {
    const result = checkFleet({
      node: 5,
      vms: {
        a: {
          vmid: 102,
          controller: "lsi",
          drives: { sata0: { iothread: true }, scsi1: {} },
          foreignSlots: "scsi1-29",
        },
        b: {
          vmid: 102,
          drives: { scsi0: { caps: { readMiBps: -1, writeBurstMiBps: 5 } } },
          nics: { net0: { vlan: 5000 } },
        },
        c: { nonsense: true, foreignSlots: "scsi40" },
        d: "text",
        "": {},
      },
    });
    expect(result.ok ? [] : result.mistakes.map(({ path, wrong }) => `${path.join(".")} ${wrong}`)).toEqual([
      "node has the wrong type",
      "vms.a.controller is not offered",
      "vms.b.drives.scsi0.caps.readMiBps is negative",
      "vms.b.nics.net0.vlan is too large",
      "vms.c.vmid is missing",
      "vms.c.nonsense is an unknown key",
      "vms.d has the wrong type",
      "vms. is no VM key",
      "vms..vmid is missing",
      "vms.b.vmid is the id of a as well",
      "vms.a.drives.sata0.iothread does not exist on sata",
      "vms.a.foreignSlots holds a slot that drives declares as well",
      "vms.b.drives.scsi0.caps.writeBurstMiBps is a burst without its base writeMiBps",
      "vms.c.foreignSlots holds what is no range of drive slots",
    ]);
  });

  it("name a former key that an entry has, its own or another's, and one that two entries claim", () => {
    const result = checkFleet({
      vms: {
        a: { vmid: 101, formerKeys: ["a", "old"] },
        b: { vmid: 102, formerKeys: ["a", "old"] },
        c: { vmid: 103, formerKeys: [] },
        d: { vmid: 104, formerKeys: ["gone", "before"] },
      },
    });
    expect(result.ok ? [] : result.mistakes.map((one) => formatMistake("", one))).toEqual([
      expect.stringMatching(/^\.vms\.c\.formerKeys: /) as string,
      '.vms.a.formerKeys[0]: is the key that the entry has (got "a"); keys that no entry has any more; remove it, or rename the entry that has the key',
      '.vms.b.formerKeys[0]: is the key of another entry (got "a"); keys that no entry has any more; remove it, or rename the entry that has the key',
      '.vms.b.formerKeys[1]: is a former key of a as well (got "old"); a former key in one place; keep it in the entry of the VM that had it',
    ]);
  });

  it.each([
    ["nothing", undefined, ": is missing (got nothing); a mapping of keys to values; add it"],
    ["text", "vms", ': has the wrong type (got "vms"); a mapping of keys to values; correct it'],
    ["an empty mapping", {}, ".vms: is missing (got nothing); a mapping of keys to values; add it"],
  ])("are one when the fleet is %s", (_, fleet, line) => {
    const result = checkFleet(fleet);
    expect(result.ok ? [] : result.mistakes.map((one) => formatMistake("", one))).toEqual([line]);
  });
});

describe("which VM is meant is never a matter of luck", () => {
  const linesOf = (vms: object) => {
    const result = checkFleet({ vms });
    return result.ok ? [] : result.mistakes.map((one) => formatMistake("", one));
  };

  it("a key of digits alone is refused, since it could be a vmid", () => {
    expect(linesOf({ "202": { vmid: 102 } })).toEqual([
      '.vms.202: is no VM key (got "202"); letters, digits, dots, hyphens and underscores, beginning with a letter or digit, and not digits alone, which would be a vmid; rename the entry',
    ]);
    expect(linesOf({ "202a": { vmid: 102 }, "2.0": { vmid: 103 } })).toEqual([]);
  });

  it("a declared name that is another entry's key is refused, and its own key is not", () => {
    expect(linesOf({ web: { vmid: 101 }, db: { vmid: 102, name: "web" } })).toEqual([
      ".vms.db.name: is the key of another VM (got \"web\"); a name that is its own entry's key, or no entry's; rename one of the two entries (formerKeys keeps its state), or correct the name",
    ]);
    expect(linesOf({ web: { vmid: 101, name: "web" }, db: { vmid: 102, name: "other" } })).toEqual([]);
  });
});
