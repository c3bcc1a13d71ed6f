import { expect, test } from "vitest";
import { fleetKeys } from "../../../cli/stack/fleet-keys.ts";

test("every owned value is found at the key of the fleet file that declares it", () => {
  const keys = fleetKeys({
    key: "web",
    spec: {
      vmid: 120,
      controller: "virtio-scsi-single",
      cpu: { cores: 4, type: "host" },
      boot: ["scsi0", "net0"],
      drives: { scsi0: { aio: "threads", iothread: true, caps: { readMiBps: 60 } } },
      nics: { net0: { vlan: 20 } },
      foreignSlots: "scsi1-29",
    },
  });
  expect(Object.fromEntries([...keys].map(([path, { key, value }]) => [path, `${key}: ${value}`]))).toEqual({
    "options.scsihw": "vms.web.controller: virtio-scsi-single",
    "options.cores": "vms.web.cpu.cores: 4",
    "options.cpu.cputype": "vms.web.cpu.type: host",
    "options.boot.order": 'vms.web.boot: ["scsi0","net0"]',
    "drives.scsi0.aio": "vms.web.drives.scsi0.aio: threads",
    "drives.scsi0.iothread": "vms.web.drives.scsi0.iothread: true",
    "drives.scsi0.mbps_rd": "vms.web.drives.scsi0.caps.readMiBps: 60",
    "nics.net0.tag": "vms.web.nics.net0.vlan: 20",
  });
});
