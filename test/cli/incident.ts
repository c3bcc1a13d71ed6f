import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Seed } from "../../emulator/seed.ts";
import { usualPatience } from "../../proxmox/api/patience.ts";
import { checkout } from "./fleet-run.ts";

const incident = JSON.parse(readFileSync(resolve(checkout, "emulator/seeds/incident.json"), "utf8")) as Seed;

type Change = Partial<Seed["vms"][number]>;

/** The estate on the day of the incident, with some VMs changed; `config` is laid over the VM's own. */
export function incidentSeed(changes: Readonly<Record<number, Change>> = {}): Seed {
  const vms = incident.vms.map((vm) => {
    const { config = {}, ...rest } = changes[vm.vmid] ?? {};
    return { ...vm, ...rest, config: { ...vm.config, ...config } };
  });
  return { ...structuredClone(incident), vms };
}

/** The estate as the production stack declares it, where nothing waits. */
export const declaredEstate: Readonly<Record<number, Change>> = {
  102: {
    config: {
      scsihw: "virtio-scsi-single",
      scsi0:
        "local-lvm:vm-102-disk-0,aio=threads,discard=on,iothread=1,mbps_rd=60,mbps_wr=60,size=100G,ssd=1",
    },
  },
  205: { config: { scsi0: "local-lvm:vm-205-disk-0,mbps_rd=150,mbps_wr=120,size=256G" } },
  206: { config: { onboot: 0 } },
};

/** The emulator's clock and ours stand still at the seed's time, so that a start is told to the second. */
const seedTime = new Date("2026-06-11T18:30:00Z");
export const standing = {
  now: () => seedTime,
  patience: { ...usualPatience, now: () => seedTime.getTime(), sleep: async () => {} },
};
