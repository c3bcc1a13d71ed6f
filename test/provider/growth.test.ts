import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { inputsFrom, type VmConfigInputs } from "../../provider/vm-config-inputs.ts";
import { ProviderRig } from "./rig.ts";

const rounds = 60;
const vms = Array.from({ length: rounds + 300 }, (_, index) => 300 + index);
const seed = {
  nodes: [{ name: "pve", cores: 16, memoryGiB: 64, bridges: ["vmbr0"] }],
  storages: [{ name: "local-lvm", type: "lvmthin", content: ["images"], totalGiB: 9000 }],
  vms: vms.map((vmid) => ({
    vmid,
    node: "pve",
    running: true,
    config: {
      cores: 1,
      memory: 512,
      scsihw: "virtio-scsi-single",
      scsi0: `local-lvm:vm-${vmid}-disk-0,size=10G`,
    },
  })),
};

let rig: ProviderRig;
let next = 0;

beforeAll(async () => {
  rig = await ProviderRig.start(seed);
});
afterAll(() => rig.stop());

const freshVm = () => vms[next++] ?? 0;
const gib = (text: string | undefined) => Number(/(?:^|,)size=(\d+)G/.exec(text ?? "")?.[1]);

/** The hand beside ours. */
function hand(vmid: number) {
  const digest = async () =>
    String((await rig.api.pending("pve", vmid)).find(({ key }) => key === "digest")?.value);
  return {
    grow: async (size: number) => rig.api.resize("pve", vmid, "scsi0", `${size}G`, await digest()),
    set: async (scsi0: string) => rig.api.setConfig("pve", vmid, { scsi0 }, await digest()),
    coldStart: async () => {
      await rig.api.stop("pve", vmid);
      await rig.api.start("pve", vmid);
    },
  };
}

async function volumeGib(vmid: number): Promise<number> {
  const rows = (await rig.client.get("/nodes/pve/storage/local-lvm/content", { vmid: String(vmid) })) as {
    size: number;
  }[];
  return (rows[0]?.size ?? 0) / 2 ** 30;
}

function declared(vmid: number, keys: VmConfigInputs["drives"][string]): VmConfigInputs {
  return inputsFrom({ vmid, node: "pve", drives: { scsi0: keys } });
}

const up = (inputs: VmConfigInputs) => rig.resource.create(inputs, false, rig.say);

test("a drive grows while its own cold change waits, and the cold start brings no old size back", async () => {
  const vmid = freshVm();
  await up(declared(vmid, { aio: "threads", size: "20G" }));
  await up(declared(vmid, { aio: "threads", size: "30G" }));
  const { config, pending } = await rig.control.vm(vmid);
  expect([gib(config.scsi0), gib(pending.scsi0)]).toEqual([30, 30]);
  await hand(vmid).coldStart();
  expect((await rig.control.vm(vmid)).config.scsi0).toBe(`local-lvm:vm-${vmid}-disk-0,aio=threads,size=30G`);
});

test("a size that the config tells wrongly is measured anew where the volume has what is declared", async () => {
  const vmid = freshVm();
  await hand(vmid).grow(30);
  await rig.control.act(vmid, "edit", { scsi0: `local-lvm:vm-${vmid}-disk-0,mbps_rd=60,size=20G` });
  const preview = rig.resource.create(declared(vmid, { size: "30G" }), true, rig.say);
  await expect(preview).resolves.toBeDefined();
  await up(declared(vmid, { size: "30G" }));
  expect((await rig.control.vm(vmid)).config.scsi0).toBe(`local-lvm:vm-${vmid}-disk-0,mbps_rd=60,size=30G`);
});

test("a volume that is bigger than declared and than the config says is refused before anything is sent", async () => {
  const vmid = freshVm();
  await hand(vmid).grow(40);
  await rig.control.act(vmid, "edit", { scsi0: `local-lvm:vm-${vmid}-disk-0,size=20G` });
  await rig.control.forget();
  for (const preview of [true, false]) {
    await expect(rig.resource.create(declared(vmid, { size: "30G" }), preview, rig.say)).rejects.toThrow(
      "drives.scsi0.size: the drive has 40G and drives do not shrink (got 30G); allowed is 40G or more; correct size",
    );
  }
  expect(await rig.control.writes()).toEqual([]);
});

test("a size that Proxmox does not measure anew is named with qm disk rescan, and nobody is accused", async () => {
  const vmid = freshVm();
  await hand(vmid).grow(30);
  await rig.control.act(vmid, "edit", { scsi0: `local-lvm:vm-${vmid}-disk-0,size=20G` });
  await rig.control.fault({
    method: "GET",
    path: "/nodes/*/storage/*/content",
    action: "fail",
    status: 403,
    times: 9,
  });
  await expect(up(declared(vmid, { size: "30G" }))).rejects.toThrow(/qm disk rescan --vmid \d+/);
  await fetch(`${rig.emulator.controlUrl}/faults`, { method: "DELETE" });
});

const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("up" as const),
      grow: fc.integer({ min: 0, max: 2 }),
      keys: fc.record(
        {
          aio: fc.constantFrom("threads", "io_uring"),
          cache: fc.constantFrom("writethrough", "directsync"),
          mbps_rd: fc.integer({ min: 1, max: 3 }),
        },
        { requiredKeys: [] },
      ),
    }),
  },
  fc.record({ kind: fc.constant("cold" as const) }),
  fc.record({ kind: fc.constant("grow" as const), by: fc.integer({ min: 1, max: 2 }) }),
  fc.record({
    kind: fc.constant("pend" as const),
    discard: fc.constantFrom("on", "ignore"),
    iops: fc.integer({ min: 100, max: 102 }),
  }),
  fc.record({ kind: fc.constant("edit" as const), less: fc.integer({ min: 1, max: 3 }) }),
);

test("every order of growth, cold change, cold start and another hand's change ends with right sizes, nothing lost", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 7 }), async (steps) => {
      const vmid = freshVm();
      const other = hand(vmid);
      let theirs: string | undefined;
      let keys: VmConfigInputs["drives"][string] = {};
      for (const one of [
        ...steps,
        { kind: "up" as const, grow: 0, keys: {} },
        { kind: "cold" as const },
        { kind: "up" as const, grow: 0, keys: {} },
      ]) {
        const real = await volumeGib(vmid);
        const { config, pending } = await rig.control.vm(vmid);
        const text = pending.scsi0 ?? config.scsi0 ?? "";
        if (one.kind === "cold") await other.coldStart();
        else if (one.kind === "grow") await other.grow(real + one.by);
        else if (one.kind === "edit") {
          const noted = `size=${Math.max(1, real - one.less)}G`;
          await rig.control.act(vmid, "edit", { scsi0: (config.scsi0 ?? "").replace(/size=\d+G/, noted) });
        } else if (one.kind === "pend") {
          theirs = one.discard;
          const bare = text
            .split(",")
            .filter((part) => !/^(?:discard|iops)=/.test(part))
            .join(",");
          await other.set(`${bare},discard=${one.discard},iops=${one.iops}`);
        } else {
          keys = { ...keys, ...one.keys, size: `${real + one.grow}G` };
          await up(declared(vmid, keys));
          const after = await rig.control.vm(vmid);
          expect(await volumeGib(vmid)).toBe(real + one.grow);
          expect(gib(after.pending.scsi0 ?? after.config.scsi0)).toBe(real + one.grow);
          if (after.pending.scsi0 === undefined) expect(gib(after.config.scsi0)).toBe(real + one.grow);
          await rig.control.forget();
          await up(declared(vmid, keys));
          expect(await rig.control.writes()).toEqual([]);
        }
      }
      const { config, pending } = await rig.control.vm(vmid);
      expect(pending).toEqual({});
      if (theirs !== undefined) expect(config.scsi0).toContain(`discard=${theirs}`);
      for (const key of ["aio", "cache", "mbps_rd"]) {
        if (keys[key] !== undefined) expect(config.scsi0).toContain(`,${key}=${keys[key]}`);
      }
    }),
    { numRuns: rounds, seed: 13 },
  );
}, 120_000);
