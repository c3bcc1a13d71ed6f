import { dirname, resolve } from "node:path";
import { Control } from "../../demo/control.ts";
import { startEmulator } from "../../emulator/start.ts";
import { ProviderProcess } from "../provider/provider-process.ts";
import { Hand } from "./hand.ts";
import type { Place } from "./process-round.ts";

const seed = {
  random: 4,
  nodes: [{ name: "pve", cores: 32, memoryGiB: 256, bridges: ["vmbr0", "vmbr1"] }],
  storages: [{ name: "local-lvm", type: "lvmthin", content: ["images"], totalGiB: 10_000 }],
  vms: [],
};

/**
 * An empty estate with the provider's process beside it, good for any number of rounds.
 *
 * @param program another build of the provider, as a path
 */
export async function openArena(program?: string): Promise<Place & AsyncDisposable> {
  await using stack = new AsyncDisposableStack();
  const { close, ...address } = await startEmulator({ seed });
  stack.defer(close);
  const control = new Control(address.controlUrl);
  const hand = stack.use(new Hand(control, address));
  const env = {
    PROXMOX_VE_ENDPOINT: address.endpoint,
    PROXMOX_VE_API_TOKEN: address.apiToken,
    PROXMOX_VE_CA_FILE: address.caFile,
    PATH: `${dirname(process.execPath)}:${process.env.PATH ?? ""}`,
  };
  const provider = stack.use(
    await (program === undefined ? ProviderProcess.start(env) : ProviderProcess.start(env, resolve(program))),
  );
  const opened = stack.move();
  return { control, hand, provider, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}
