import { createFleet } from "./components/fleet.ts";
import { readStackConfig } from "./components/stack-config.ts";

const fleet = await createFleet(readStackConfig());

/** By VM, what QEMU does not have before the VM is stopped and started. */
export const waiting = fleet.waiting;
/** The commands that stop and start those VMs; nothing else does. */
export const restart = fleet.restart;
