import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { inputsFrom, outputsFrom, type VmConfigInputs } from "../../provider/vm-config-inputs.ts";
import { ProviderRig } from "./rig.ts";

/** What the emulator's QEMU runs. */
interface Running {
  readonly drives: Readonly<
    Record<string, { volume: string; options: Record<string, string>; throttle: Record<string, number> }>
  >;
  readonly nets: Readonly<Record<string, string>>;
  readonly options: Readonly<Record<string, string>>;
}

const rounds = 80;
const vmids = Array.from({ length: rounds + 300 }, (_, index) => 300 + index);
const seed = {
  nodes: [{ name: "pve", cores: 16, memoryGiB: 64, bridges: ["vmbr0", "vmbr1"] }],
  storages: [{ name: "local-lvm", type: "lvmthin", content: ["images"], totalGiB: 90_000 }],
  vms: vmids.map((vmid) => ({ vmid, node: "pve", config: {} })),
};

let rig: ProviderRig;
let next = 0;

beforeAll(async () => {
  rig = await ProviderRig.start(seed);
});
afterAll(() => rig.stop());

type Keys = Record<string, string | number | boolean>;
const oneOf = fc.constantFrom;
const keys = (values: Readonly<Record<string, fc.Arbitrary<string | number | boolean>>>) =>
  fc.record(values, { requiredKeys: [] }) as fc.Arbitrary<Keys>;

const driveKeys = {
  aio: oneOf("threads", "io_uring"),
  cache: oneOf("writethrough", "directsync"),
  discard: oneOf("on", "ignore"),
  serial: oneOf("A1", "B2"),
  werror: oneOf("stop", "report"),
  backup: fc.boolean(),
  mbps_rd: oneOf(0, 40, 50),
  iops_wr: oneOf(0, 500),
};
const scsiKeys = { ...driveKeys, iothread: fc.boolean(), ssd: fc.boolean() };
const fresh = (arbitrary: fc.Arbitrary<Keys>) =>
  fc.option(
    arbitrary.map((drawn): Keys => ({ ...drawn, datastore: "local-lvm", size: "4G" })),
    { nil: undefined },
  );
const nicKeys = {
  tag: oneOf(10, 20),
  firewall: fc.boolean(),
  link_down: fc.boolean(),
  queues: oneOf(2, 4),
  rate: oneOf(5, 7),
};
const agent = keys({
  enabled: fc.boolean(),
  type: oneOf("virtio", "isa"),
  fstrim_cloned_disks: fc.boolean(),
});
const optionKeys = {
  cores: oneOf(1, 2),
  memory: oneOf(512, 1024),
  balloon: oneOf(0, 256),
  cpulimit: oneOf(0, 2),
  name: oneOf("a", "b"),
  onboot: fc.boolean(),
  tablet: fc.boolean(),
  kvm: fc.boolean(),
  ciuser: oneOf("root", "me"),
  nameserver: oneOf("192.0.2.1", "192.0.2.2"),
  serial0: oneOf("socket"),
  scsihw: oneOf("virtio-scsi-single", "virtio-scsi-pci"),
};
const declaration = fc.record({
  scsi1: fc.option(keys(scsiKeys), { nil: undefined }),
  scsi2: fresh(keys(scsiKeys)),
  sata1: fresh(keys({ ...driveKeys, ssd: fc.boolean() })),
  virtio3: fresh(keys(driveKeys)),
  net0: fc.option(keys(nicKeys), { nil: undefined }),
  net1: fc.option(
    keys(nicKeys).map((drawn): Keys => ({ ...drawn, bridge: "vmbr1" })),
    { nil: undefined },
  ),
  options: keys(optionKeys),
  agent: fc.option(
    agent.map((drawn): Keys => ({ enabled: true, ...drawn })),
    { nil: undefined },
  ),
  rng0: fc.option(
    keys({ max_bytes: oneOf(1024, 2048) }).map((drawn): Keys => ({ ...drawn, source: "/dev/urandom" })),
    { nil: undefined },
  ),
  usb0: fc.option(
    keys({ usb3: fc.boolean() }).map((drawn): Keys => ({ ...drawn, host: "spice" })),
    { nil: undefined },
  ),
  watchdog: fc.option(
    keys({ action: oneOf("reset", "none") }).map((drawn): Keys => ({ ...drawn, model: "i6300esb" })),
    { nil: undefined },
  ),
});
const hand = fc.record({
  hotplug: oneOf(undefined, undefined, "0", "network", "disk,usb"),
  running: oneOf(true, true, true, false),
  drive: fc.option(keys(scsiKeys), { nil: undefined }),
  pendingDrive: fc.option(keys({ aio: driveKeys.aio, discard: driveKeys.discard }), { nil: undefined }),
  options: keys(optionKeys),
  pendingOptions: keys({ cores: optionKeys.cores, memory: optionKeys.memory, kvm: optionKeys.kvm }),
});

const text = (value: string | number | boolean) =>
  value === true ? "1" : value === false ? "0" : String(value);
const printed = (first: string, drawn: Keys = {}) =>
  [first, ...Object.entries(drawn).map(([key, value]) => `${key}=${text(value)}`)].join(",");
const texts = (drawn: Keys) =>
  Object.fromEntries(Object.entries(drawn).map(([key, value]) => [key, text(value)]));

async function put(vmid: number, body: Record<string, string>): Promise<void> {
  if (Object.keys(body).length > 0) await rig.client.put(`/nodes/pve/qemu/${vmid}/config`, body);
}

async function prepare(vmid: number, drawn: typeof hand extends fc.Arbitrary<infer T> ? T : never) {
  const scsi1 = (more?: Keys) => printed(`local-lvm:vm-${vmid}-disk-0`, { ...drawn.drive, ...more });
  await rig.control.act(vmid, "attach", { slot: "scsi1", volume: `local-lvm:vm-${vmid}-disk-0`, size: "4G" });
  await put(vmid, {
    memory: "2048",
    net0: "virtio=BC:24:11:00:00:01,bridge=vmbr0",
    scsi1: scsi1(),
    ...texts(drawn.options),
    ...(drawn.hotplug !== undefined && { hotplug: drawn.hotplug }),
  });
  if (!drawn.running) return;
  await rig.api.start("pve", vmid);
  await put(vmid, texts(drawn.pendingOptions));
  if (drawn.pendingDrive) await put(vmid, { scsi1: scsi1(drawn.pendingDrive) });
}

function inputsOf(vmid: number, drawn: typeof declaration extends fc.Arbitrary<infer T> ? T : never) {
  const { scsi1, scsi2, sata1, virtio3, net0, net1, options, agent: agentKeys, rng0, usb0, watchdog } = drawn;
  const present = (all: Record<string, Keys | undefined>) =>
    Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
  return inputsFrom({
    vmid,
    node: "pve",
    drives: present({ scsi1, scsi2, sata1, virtio3 }),
    nics: present({ net0, net1 }),
    options: { ...options, ...present({ agent: agentKeys, rng0, usb0, watchdog }) },
  });
}

const defaults: Readonly<Record<string, string>> = {
  cache: "none",
  discard: "ignore",
  backup: "1",
  ssd: "0",
  iothread: "0",
  mbps_rd: "0",
  iops_wr: "0",
  firewall: "0",
  link_down: "0",
  cpulimit: "0",
  onboot: "0",
  tablet: "1",
  kvm: "1",
  cores: "1",
  type: "virtio",
  fstrim_cloned_disks: "0",
  usb3: "0",
  action: "reset",
  max_bytes: "1024",
  scsihw: "lsi",
};
const firstKeys: Readonly<Record<string, string>> = {
  agent: "enabled",
  rng0: "source",
  usb0: "host",
  watchdog: "model",
};
/** Keys of a drive that QEMU has no part in: in the config they are in effect. */
const hostKeys = ["backup"];

function parts(source: string | undefined, first: string): Record<string, string> {
  if (source === undefined) return {};
  return Object.fromEntries(
    source.split(",").map((part) => (part.includes("=") ? part.split(/=(.*)/s) : [first, part])) as [
      string,
      string,
    ][],
  );
}

/** Paths of what is declared and not in effect, told from what the emulator's QEMU runs. */
function missing(
  inputs: VmConfigInputs,
  config: Readonly<Record<string, string>>,
  running: Running,
): string[] {
  const paths: string[] = [];
  const judge = (path: string, key: string, wanted: string | number | boolean, has: string | undefined) => {
    const real = has ?? defaults[key];
    const isSame = real !== undefined && (text(wanted) === real || Number(text(wanted)) === Number(real));
    if (!isSame) paths.push(path);
  };
  for (const [slot, drawn] of Object.entries(inputs.drives)) {
    const drive = running.drives[slot];
    if (drive === undefined) paths.push(`drives.${slot}`);
    for (const [key, wanted] of Object.entries(drawn)) {
      if (key === "size" || key === "datastore") continue;
      const path = `drives.${slot}.${key}`;
      if (drive === undefined) paths.push(path);
      else if (hostKeys.includes(key)) judge(path, key, wanted, parts(config[slot], "file")[key]);
      else judge(path, key, wanted, drive.options[key] ?? drive.throttle[key]?.toString());
    }
  }
  for (const [slot, drawn] of Object.entries(inputs.nics)) {
    const net = running.nets[slot];
    if (net === undefined) paths.push(`nics.${slot}`);
    for (const [key, wanted] of Object.entries(drawn)) {
      if (net === undefined) paths.push(`nics.${slot}.${key}`);
      else judge(`nics.${slot}.${key}`, key, wanted, parts(net, "")[key]);
    }
  }
  for (const [name, wanted] of Object.entries(inputs.options)) {
    const has = running.options[name];
    if (typeof wanted !== "object") judge(`options.${name}`, name, wanted, has);
    else {
      if (["rng0", "usb0", "watchdog"].includes(name) && has === undefined) {
        paths.push(`options.${name}`, ...Object.keys(wanted).map((key) => `options.${name}.${key}`));
        continue;
      }
      const real = parts(has, firstKeys[name] ?? "");
      for (const [key, value] of Object.entries(wanted)) {
        judge(`options.${name}.${key}`, key, value, real[key] ?? (key === "enabled" ? "0" : undefined));
      }
    }
  }
  return paths.sort();
}

test("after an up everything declared that QEMU does not run is named as waiting, and nothing else is", async () => {
  let named = 0;
  await fc.assert(
    fc.asyncProperty(
      hand,
      declaration,
      fc.option(declaration, { nil: undefined }),
      async (before, first, second) => {
        const vmid = vmids[next++] ?? 0;
        await prepare(vmid, before);
        const drawn = [inputsOf(vmid, first), ...(second ? [inputsOf(vmid, second)] : [])];
        let old = await rig.resource.create(inputsFrom({ vmid, node: "pve" }), false, rig.say);
        for (const inputs of drawn) {
          old = await rig.resource.update(outputsFrom({ ...old }), inputs, false, rig.say);
          const { config, running } = await rig.control.vm(vmid);
          const expected = running === null ? [] : missing(inputs, config, running as Running);
          expect(old.waiting.map(({ path }) => path).sort()).toEqual(expected);
          named += expected.length;
          const read = await rig.resource.read(inputs, outputsFrom({ ...old }), rig.say);
          expect(read?.outputs.waiting.map(({ path }) => path).sort()).toEqual(expected);
        }
        if (!before.running) return;
        await rig.api.stop("pve", vmid);
        await rig.api.start("pve", vmid);
        const last = drawn.at(-1) ?? inputsFrom({ vmid });
        const read = await rig.resource.read(last, outputsFrom({ ...old }), rig.say);
        expect(read?.outputs.waiting).toEqual([]);
        const { config, running } = await rig.control.vm(vmid);
        expect(missing(last, config, running as Running)).toEqual([]);
      },
    ),
    { numRuns: rounds, seed: 13 },
  );
  expect(named).toBeGreaterThan(200);
}, 240_000);
