import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { PartialFailure } from "../../provider/partial-failure.ts";
import { inputsFrom, type VmConfigOutputs } from "../../provider/vm-config-inputs.ts";
import { ConvergenceError } from "../../proxmox/converge/convergence-error.ts";
import { ProviderRig } from "./rig.ts";

/** Keys that are in the config at once and in QEMU only after a cold start: no API shows that they wait. */

const seed: unknown = JSON.parse(
  readFileSync(resolve(import.meta.dirname, "../../emulator/seeds/incident.json"), "utf8"),
);
const withSerial = (serial: string) => inputsFrom({ vmid: 202, drives: { scsi0: { serial } } });
const waits = (to: string) => [{ path: "drives.scsi0.serial", to, configured: true }];
const report = [
  "warning: 1 change waits for a cold stop and start (a reboot inside the guest is not enough):",
  "  drives.scsi0.serial: (absent) => one  [in the config, not yet in QEMU]",
].join("\n");

let rig: ProviderRig;

beforeEach(async () => {
  rig = await ProviderRig.start(seed);
});
afterEach(() => rig.stop());

async function serialInQemu(): Promise<unknown> {
  const { running } = await rig.control.vm(202);
  return (running as { drives: Record<string, { options: Record<string, string> }> }).drives.scsi0?.options
    .serial;
}

/** What the engine does before each run: a refresh of what the state has. */
async function refreshed(outputs: VmConfigOutputs): Promise<VmConfigOutputs> {
  const found = await rig.resource.read(outputs, outputs, rig.say);
  if (found === undefined) throw new Error("the VM is gone");
  return found.outputs;
}

test("a serial changed on a running VM waits through refreshes, updates and guest reboots, with no second write", async () => {
  const first = await rig.resource.create(withSerial("one"), false, rig.say);
  expect(await serialInQemu()).toBeUndefined();
  expect(first.waiting).toEqual(waits("one"));
  expect(rig.said.at(-1)).toBe(report);

  await rig.control.act(202, "guest-reboot");
  const second = await refreshed(await refreshed(first));
  expect(second.waiting).toEqual(waits("one"));
  expect(rig.said.slice(-2)).toEqual([report, report]);
  const third = await rig.resource.update(second, withSerial("one"), false, rig.say);
  expect(third).toEqual(first);
  expect(await rig.control.writes()).toHaveLength(1);
});

test("it waits no more once another QEMU process runs", async () => {
  const first = await rig.resource.create(withSerial("one"), false, rig.say);
  await rig.api.stop("pve", 202);
  expect((await refreshed(first)).waiting).toEqual([]);
  await rig.api.start("pve", 202);
  expect(await serialInQemu()).toBe("one");
  rig.said = [];
  const after = await refreshed(first);
  expect(after.waiting).toEqual([]);
  expect(after.pid).not.toBe(first.pid);
  expect(rig.said).toEqual([]);
});

test("a preview says that it would wait, beside what waits already, and only reads", async () => {
  const first = await rig.resource.create(withSerial("one"), false, rig.say);
  await rig.control.forget();
  rig.said = [];
  const preview = await rig.resource.update(first, withSerial("two"), true, rig.say);
  expect(preview.waiting).toEqual(waits("two"));
  expect(rig.said[0]).toContain(
    "  drives.scsi0.serial: one => two  [in the config at once, in QEMU only after a stop and start]",
  );
  expect(await rig.control.writes()).toEqual([]);
});

test("a serial that was written while the VM was stopped does not wait", async () => {
  await rig.api.stop("pve", 202);
  expect((await rig.resource.create(withSerial("one"), false, rig.say)).waiting).toEqual([]);
});

test("beside cold keys of the same drive each is said for what it is", async () => {
  const inputs = inputsFrom({ vmid: 202, drives: { scsi0: { aio: "threads", serial: "one" } } });
  const outputs = await rig.resource.create(inputs, false, rig.say);
  expect(outputs.waiting).toEqual([{ path: "drives.scsi0.aio", to: "threads" }, ...waits("one")]);
  expect(rig.said.at(-1)).toBe(
    [
      "warning: 2 changes wait for a cold stop and start (a reboot inside the guest is not enough):",
      "  drives.scsi0.aio: (absent) => threads",
      "  drives.scsi0.serial: (absent) => one  [in the config, not yet in QEMU]",
    ].join("\n"),
  );
});

test("a write that stopped midway still says what the config has and QEMU has not, for the state to keep", async () => {
  const inputs = inputsFrom({ vmid: 202, drives: { scsi0: { aio: "threads", serial: "one" } } });
  const path = "/nodes/pve/qemu/202/config";
  let writes = 0;
  const setConfig = rig.api.setConfig.bind(rig.api);
  rig.api.setConfig = async (...write) => {
    writes += 1;
    if (writes === 2) {
      await rig.control.fault({
        method: "PUT",
        path,
        action: "fail",
        status: 403,
        message: "no more",
        times: 1,
      });
    }
    return setConfig(...write);
  };
  const failure: unknown = await rig.resource.create(inputs, false, rig.say).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(PartialFailure);
  expect((failure as PartialFailure).message).toContain("written:\n  drives.scsi0.serial: (absent) => one");
  const { outputs } = failure as PartialFailure;
  expect(outputs.waiting).toEqual(waits("one"));
  rig.api.setConfig = setConfig;
  const done = await rig.resource.update(await refreshed(outputs), inputs, false, rig.say);
  expect(done.waiting).toEqual([{ path: "drives.scsi0.aio", to: "threads" }, ...waits("one")]);
});

test("a write that stopped before anything of the class was written is a plain error", async () => {
  const path = "/nodes/pve/qemu/202/config";
  await rig.control.fault({ method: "PUT", path, action: "fail", status: 403, message: "no more" });
  const failure: unknown = await rig.resource
    .create(withSerial("one"), false, rig.say)
    .catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(ConvergenceError);
});
