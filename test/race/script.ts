import fc from "fast-check";
import type { Declaration } from "./declaration.ts";

type Texts = Readonly<Record<string, string | null>>;

/** What another hand does to the VM; what is not possible at its moment is left out. */
export type Act =
  /** The CSI driver plugs one of its disks into a slot that is free. */
  | { readonly act: "attach"; readonly disk: number; readonly slot: string }
  /** The CSI driver takes its disk away. */
  | { readonly act: "detach"; readonly slot: string }
  /** Somebody rewrites a foreign drive's line in the config file, in an order that is not Proxmox's. */
  | { readonly act: "reorder"; readonly slot: string }
  /** An operator sets parts of a drive or nic through the API, beginning from what waits. */
  | { readonly act: "set-parts"; readonly key: string; readonly parts: Texts }
  /** An operator sets or deletes an option through the API. */
  | { readonly act: "set"; readonly key: string; readonly value: string | null }
  /** An editor on the config file. */
  | { readonly act: "edit-parts"; readonly key: string; readonly parts: Texts }
  | { readonly act: "edit"; readonly key: string; readonly value: string }
  /** Another VM is created on the node. */
  | { readonly act: "create-neighbour" };

/** When other hands act. */
export interface Acts {
  /** Before the preview. */
  readonly before: readonly Act[];
  /** Between preview and up. */
  readonly between: readonly Act[];
  /** Acts while our first, second, ... read is held. */
  readonly atRead: readonly (readonly Act[])[];
  /** Acts while our first, second, ... write is held: between our read and our write. */
  readonly atWrite: readonly (readonly Act[])[];
}

/** One declaration that is brought about while other hands act. */
export interface Step extends Acts {
  readonly declaration: Declaration;
  /** Whether it begins with a refresh. */
  readonly refresh: boolean;
}

/** A round: a VM, and what happens to it. */
export interface Script {
  readonly running: boolean;
  readonly scsi0: Texts;
  readonly scsi1: Texts;
  readonly disks: readonly string[];
  readonly steps: readonly Step[];
}

const handParts: Readonly<Record<string, readonly string[]>> = {
  mbps_rd: ["60", "70.5", "90"],
  mbps_wr: ["40", "80"],
  iops_rd: ["500", "700"],
  iops_wr: ["400"],
  backup: ["0", "1"],
  cache: ["writeback", "directsync", "none"],
  discard: ["on", "ignore"],
  aio: ["threads", "io_uring"],
};
/** Booleans as somebody types them into the config file; through the API Proxmox makes 1 and 0 of them. */
const typedDriveParts = {
  ...handParts,
  backup: ["0", "1", "on", "yes", "off"],
  iothread: ["on", "yes", "off", "no"],
};
const nicParts: Readonly<Record<string, readonly string[]>> = {
  bridge: ["vmbr0", "vmbr1"],
  tag: ["10", "20"],
  firewall: ["0", "1"],
  rate: ["5", "8"],
};
const typedNicParts = { ...nicParts, firewall: ["on", "yes", "off"] };
const optionTexts: Readonly<Record<string, readonly string[]>> = {
  cores: ["2", "4", "8"],
  memory: ["2048", "4096"],
  description: ["by hand", "somebody else"],
  onboot: ["0", "1"],
  boot: ["order=scsi0", "order=scsi0;net0"],
  scsihw: ["virtio-scsi-pci", "virtio-scsi-single"],
  cpulimit: ["2", "3"],
};
const ownDrives = ["scsi0", "scsi1"];
/** Slots of the CSI driver; scsi5 may also be declared as a new drive of the VM's own. */
const foreignSlots = ["scsi5", "scsi10", "scsi11", "scsi12", "scsi13"];

function someOf<Value>(values: Readonly<Record<string, readonly Value[]>>, minimum: number) {
  return fc
    .subarray(Object.keys(values), { minLength: minimum, maxLength: 3 })
    .chain((keys) =>
      fc.record(Object.fromEntries(keys.map((key) => [key, fc.constantFrom(...(values[key] ?? []))]))),
    ) as fc.Arbitrary<Record<string, Value>>;
}

const slot = fc.constantFrom(...foreignSlots);
const driveKey = fc.constantFrom(...ownDrives);
const nicKey = fc.constantFrom("net0", "net1");
const foreignChange = fc.constantFrom({ cache: "writeback" }, { mbps_rd: "20" });
const option = fc
  .constantFrom(...Object.keys(optionTexts))
  .chain((key) => fc.tuple(fc.constant(key), fc.constantFrom(...(optionTexts[key] ?? []))));

function setParts(act: "set-parts" | "edit-parts", keys: fc.Arbitrary<string>, parts: fc.Arbitrary<Texts>) {
  return fc.tuple(keys, parts).map(([key, some]): Act => ({ act, key, parts: some }));
}

/** Anything that another hand may do. */
const anyAct: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.tuple(fc.nat(5), slot).map(([disk, one]): Act => ({ act: "attach", disk, slot: one })),
  },
  { weight: 4, arbitrary: slot.map((one): Act => ({ act: "detach", slot: one })) },
  { weight: 1, arbitrary: slot.map((one): Act => ({ act: "reorder", slot: one })) },
  { weight: 4, arbitrary: setParts("set-parts", driveKey, someOf(handParts, 1)) },
  { weight: 1, arbitrary: setParts("set-parts", slot, foreignChange) },
  { weight: 1, arbitrary: setParts("set-parts", nicKey, someOf(nicParts, 1)) },
  { weight: 2, arbitrary: setParts("edit-parts", driveKey, someOf(typedDriveParts, 1)) },
  { weight: 1, arbitrary: setParts("edit-parts", nicKey, someOf(typedNicParts, 1)) },
  { weight: 2, arbitrary: option.map(([key, value]): Act => ({ act: "set", key, value })) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom("description", "cpulimit")
      .map((key): Act => ({ act: "set", key, value: null })),
  },
  { weight: 1, arbitrary: option.map(([key, value]): Act => ({ act: "edit", key, value })) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom("on", "yes", "off")
      .map((value): Act => ({ act: "edit", key: "onboot", value })),
  },
  { weight: 1, arbitrary: fc.constant<Act>({ act: "create-neighbour" }) },
);

const acts = fc.array(anyAct, { maxLength: 2 });
const quietly = fc.oneof({ weight: 2, arbitrary: fc.constant<Act[]>([]) }, { weight: 3, arbitrary: acts });
/** A hand that comes between again and again, longer than our patience; from the first write on, or the second. */
const storm = fc
  .tuple(fc.boolean(), fc.integer({ min: 6, max: 8 }))
  .map(([isLate, length]) => [
    ...(isLate ? [[]] : []),
    ...Array.from({ length }, (_, index): Act[] => [
      { act: "edit", key: "description", value: `edit ${index}` },
    ]),
  ]);

const driveDeclaration = someOf<string | number | boolean>(
  {
    mbps_rd: [60, 150, 0, "70.5"],
    mbps_wr: [40, 120],
    iops_rd: [500],
    backup: [true, false],
    cache: ["none", "writeback"],
    discard: ["on"],
    aio: ["threads", "io_uring"],
    iothread: [true, false],
  },
  1,
);
/** What may be declared to be absent, where it is not declared to be there. */
const absentPaths = [
  ...["cpulimit", "description", "onboot", "cores"].map((key) => `options.${key}`),
  ...["mbps_rd", "mbps_wr", "iops_rd", "backup", "cache", "discard", "aio"].flatMap((part) =>
    ownDrives.map((drive) => `drives.${drive}.${part}`),
  ),
  ...["tag", "rate", "firewall"].map((part) => `nics.net0.${part}`),
];
/** Sizes of drives that are there with the first; a later step may find its drive bigger than it declares it. */
const sizes = (first: number) =>
  fc.option(fc.constantFrom(first, first + 1, first + 2), { nil: undefined, freq: 2 });

const declaration: fc.Arbitrary<Declaration> = fc
  .record({
    options: someOf<string | number | boolean>(
      {
        cores: [2, 4],
        memory: [2048, 4096],
        description: ["declared"],
        onboot: [true, false],
        scsihw: ["virtio-scsi-single"],
        cpulimit: [2],
      },
      0,
    ),
    scsi0: driveDeclaration,
    scsi1: fc.option(driveDeclaration, { nil: undefined, freq: 2 }),
    scsi5: fc.option(fc.record({ mbps_rd: fc.constantFrom(30, 50) }), { nil: undefined, freq: 2 }),
    net0: fc.option(
      someOf<string | number | boolean>({ bridge: ["vmbr0"], tag: [10, 20], firewall: [true], rate: [5] }, 1),
      { nil: undefined, freq: 2 },
    ),
    size0: sizes(8),
    size1: sizes(4),
    absent: fc.oneof(fc.constant<string[]>([]), fc.subarray<string>(absentPaths, { maxLength: 4 })),
    foreignSlots: fc.constantFrom([], ["scsi10-29"]),
  })
  .map(({ options, scsi0, scsi1, scsi5, net0, size0, size1, absent, foreignSlots: foreign }) => ({
    options,
    drives: {
      scsi0: { ...scsi0, ...(size0 && { size: `${size0}G` }) },
      ...(scsi1 && { scsi1: { ...scsi1, ...(size1 && { size: `${size1}G` }) } }),
      ...(scsi5 && { scsi5: { datastore: "local-lvm", size: "2G", ...scsi5 } }),
    },
    nics: { ...(net0 && { net0 }) },
    absent,
    foreignSlots: foreign,
  }))
  .map(({ absent, ...declared }) => {
    const isFree = (path: string) => {
      const [section, key = "", part = ""] = path.split(".");
      if (section === "options") return !Object.hasOwn(declared.options, key);
      const parts: Readonly<Record<string, unknown>> | undefined =
        section === "nics"
          ? declared.nics.net0
          : key === "scsi0"
            ? declared.drives.scsi0
            : declared.drives.scsi1;
      return !Object.hasOwn(parts ?? {}, part);
    };
    const free = absent.filter(isFree);
    return { ...declared, ...(free.length > 0 && { absent: free }) };
  });

/** Acts at every moment of one preview and up. */
export const anyActs: fc.Arbitrary<Acts> = fc.record({
  before: acts,
  between: acts,
  atRead: fc.array(quietly, { maxLength: 3 }),
  atWrite: fc.oneof(
    { weight: 30, arbitrary: fc.array(quietly, { maxLength: 3 }) },
    { weight: 1, arbitrary: storm },
  ),
});
const step: fc.Arbitrary<Step> = fc
  .tuple(declaration, fc.boolean(), anyActs)
  .map(([declared, refresh, moments]) => ({ declaration: declared, refresh, ...moments }));

/** A round of the process; fast-check shrinks it to the acts that matter. */
export const anyScript: fc.Arbitrary<Script> = fc.record({
  running: fc.oneof(
    { weight: 7, arbitrary: fc.constant(true) },
    { weight: 1, arbitrary: fc.constant(false) },
  ),
  scsi0: someOf(handParts, 0),
  scsi1: someOf(handParts, 0),
  disks: fc.subarray(["scsi10", "scsi11", "scsi12", "scsi13"], { minLength: 1 }),
  steps: fc.array(step, { minLength: 1, maxLength: 2 }),
});
