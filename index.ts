import { createFleet } from "./components/fleet.ts";
import { readStackConfig } from "./components/stack-config.ts";

const fleet = await createFleet(readStackConfig());

/** By VM, what Proxmox keeps as pending until the VM is stopped and started. */
export const waiting = fleet.waiting;
