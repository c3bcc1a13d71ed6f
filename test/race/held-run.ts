import type { Control, HeldRequest } from "../../demo/control.ts";

/** Our own request that is held before it takes effect. */
export interface Held {
  readonly vmid: number;
  readonly kind: "read" | "write";
}

/**
 * Runs an operation of ours while every read of pending and every write of a VM stops at a barrier; `act` is
 * then what happens before the request takes effect. Other requests of the operation pass.
 */
export async function runHeld<Result>(
  control: Control,
  vmids: readonly number[],
  operation: () => Promise<Result>,
  act: (held: Held) => Promise<void>,
): Promise<Result> {
  for (const vmid of vmids) {
    await control.hold("GET", `/nodes/*/qemu/${vmid}/pending`);
    await control.hold("PUT", `/nodes/*/qemu/${vmid}/*`);
  }
  const ended = operation().finally(() => control.endHolds());
  // Its end is awaited below; until then a failure of it must not count as unhandled.
  ended.catch(() => undefined);
  try {
    for (let held = await control.whenHeld(); held.length > 0; held = await control.whenHeld()) {
      for (const request of held) {
        await act(heldOf(request));
        await control.release(request);
      }
    }
  } finally {
    await control.endHolds();
  }
  return ended;
}

function heldOf({ method, path }: HeldRequest): Held {
  return { vmid: Number(path.split("/")[4]), kind: method === "GET" ? "read" : "write" };
}
