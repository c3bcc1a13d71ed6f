import { afterAll, beforeAll, expect, test } from "vitest";
import type { ControlledVm, RecordedRequest } from "../../demo/control.ts";
import { Sandbox } from "../../demo/sandbox.ts";
import { changedOptions, drivesOf, foreignDrivesOf, reordered } from "./drive-text.ts";
import { reportsOf } from "./reports.ts";

/**
 * The incident's estate under the production stack file, from the first preview on. The tests build on one
 * another: each goes on with the estate as the one before left it.
 */
let sandbox: Sandbox;
const vmids = {
  pfsense: 101, devvm: 102, "home-assistant": 103, pbs: 105, "k8s-master": 200, "k8s-node1": 201,
  "k8s-node2": 202, "k8s-node3": 203, "k8s-node4": 204, "k8s-node5": 205, "k8s-node6": 206,
  "docker-registry": 220, Windows10: 300,
} as const; // biome-ignore format: a table

let before: Map<number, ControlledVm>;
let announced: Map<string, string[]>;

async function estate(): Promise<Map<number, ControlledVm>> {
  const all = new Map<number, ControlledVm>();
  for (const vmid of Object.values(vmids)) all.set(vmid, await sandbox.control.vm(vmid));
  return all;
}

/** What a PUT changed, in the words of the preview: `drives.scsi0.mbps_rd: (absent) => 150`. */
function changesOf({ path, body = {} }: RecordedRequest): string[] {
  const vmid = Number(/qemu\/(\d+)\/config$/.exec(path)?.[1]);
  const config = before.get(vmid)?.config ?? {};
  const { digest: _, ...set } = body;
  return Object.entries(set).flatMap(([key, value]) =>
    key in drivesOf({ [key]: value })
      ? changedOptions(config[key] ?? "", value).map((change) => `drives.${key}.${change}`)
      : [`options.${key}: ${config[key] ?? "(absent)"} => ${value}`],
  );
}

beforeAll(async () => {
  sandbox = await Sandbox.open();
  before = await estate();
});
afterAll(async () => {
  expect(await sandbox.control.unknown()).toEqual([]);
  await sandbox[Symbol.asyncDispose]();
});

test("the first preview says of every VM what would be written, or that nothing would, and writes nothing", async () => {
  const preview = await sandbox.pulumi(["preview"]);
  expect(preview.code, preview.output).toBe(0);
  expect(await sandbox.control.writes()).toEqual([]);

  announced = reportsOf(preview.output, "would write");
  expect(Object.fromEntries(announced)).toEqual({
    devvm: [
      "options.scsihw: (absent) => virtio-scsi-single",
      "drives.scsi0.aio: (absent) => threads",
      "drives.scsi0.iothread: (absent) => 1",
    ],
    "k8s-node5": ["drives.scsi0.mbps_rd: (absent) => 150", "drives.scsi0.mbps_wr: (absent) => 120"],
    "k8s-node6": ["options.onboot: 1 => 0"],
  });
  const silent = Object.keys(vmids).filter((name) => !announced.has(name));
  for (const name of silent) {
    expect(preview.output).toContain(`VmConfig (${name}):\n    nothing would be written`);
  }
});

test("the first up sends exactly what the preview named, one PUT a VM, each with a digest", async () => {
  const up = await sandbox.pulumi(["up", "--yes", "--skip-preview"]);
  expect(up.code, up.output).toBe(0);

  const writes = await sandbox.control.writes();
  expect(writes.map(({ method, status }) => `${method} ${status}`)).toEqual([
    "PUT 200",
    "PUT 200",
    "PUT 200",
  ]);
  expect(writes.every(({ body }) => /^[0-9a-f]{40}$/.test(body?.digest ?? ""))).toBe(true);
  for (const write of writes) {
    const name = Object.entries(vmids).find(([, vmid]) => write.path.includes(`/${vmid}/`))?.[0] ?? "";
    expect(changesOf(write).sort()).toEqual([...(announced.get(name) ?? [])].sort());
  }
  expect(Object.fromEntries(reportsOf(up.output, "wrote"))).toEqual(Object.fromEntries(announced));
});

test("a second up sends nothing but reads", async () => {
  await sandbox.control.forget();
  const up = await sandbox.pulumi(["up", "--yes", "--skip-preview", "--expect-no-changes"]);
  expect(up.code, up.output).toBe(0);
  const requests = await sandbox.control.requests();
  expect(requests.length).toBeGreaterThan(0);
  expect(new Set(requests.map(({ method }) => method))).toEqual(new Set(["GET"]));
});

test("after every drive string was put into another key order by hand, up sends nothing but reads", async () => {
  let edits = 0;
  for (const [vmid, { config }] of await estate()) {
    const edit = Object.fromEntries(
      Object.entries(drivesOf(config)).map(([slot, text]) => [slot, reordered(text)]),
    );
    edits += Object.keys(edit).length;
    await sandbox.control.act(vmid, "edit", edit);
  }
  expect(edits).toBeGreaterThan(30);
  const edited = await estate();

  await sandbox.control.forget();
  const check = await sandbox.pulumi(["preview", "--refresh", "--expect-no-changes"]);
  expect(check.code, check.output).toBe(0);
  const up = await sandbox.pulumi(["up", "--yes", "--skip-preview", "--expect-no-changes"]);
  expect(up.code, up.output).toBe(0);
  expect(await sandbox.control.writes()).toEqual([]);
  expect(drives(await estate())).toEqual(drives(edited));
});

test("no foreign drive changed by a byte in any of this", async () => {
  const now = await estate();
  const foreign = (from: Map<number, ControlledVm>) =>
    [...from].flatMap(([vmid, { config }]) =>
      Object.keys(foreignDrivesOf(config, vmid)).map((slot) => `${vmid}.${slot}`),
    );
  expect(foreign(before).length).toBeGreaterThan(20);
  expect(foreign(now)).toEqual(foreign(before));
  for (const [vmid, { config }] of before) {
    for (const [slot, text] of Object.entries(foreignDrivesOf(config, vmid))) {
      expect(now.get(vmid)?.config[slot]).toBe(reordered(text));
    }
  }
});

function drives(from: Map<number, ControlledVm>) {
  return [...from].map(([vmid, { config }]) => [vmid, drivesOf(config)]);
}
