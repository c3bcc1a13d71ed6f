import { createFleet } from "./components/fleet.ts";
import { useLeanSdk } from "./components/lean-sdk.ts";
import { readStackConfig } from "./components/stack-config.ts";

const config = await readStackConfig();
useLeanSdk();
const fleet = await createFleet(config);

/** By VM, what QEMU does not have before the VM is stopped and started. */
export const waiting = fleet.waiting;
/** The commands that stop and start those VMs; nothing else does. */
export const restart = fleet.restart;
