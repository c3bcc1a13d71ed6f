import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, onTestFinished, test } from "vitest";
import { Sandbox } from "../../demo/sandbox.ts";
import incident from "../../emulator/seeds/incident.json" with { type: "json" };
import { stackOf } from "./fleet-file.ts";

let sandbox: Sandbox;
afterEach(async () => {
  expect(await sandbox.control.unknown()).toEqual([]);
  await sandbox[Symbol.asyncDispose]();
});

const common = {
  cpu: { cores: 2 },
  memoryMiB: 2048,
  nics: { net0: { bridge: "vmbr1", vlan: 20 } },
};

/** Requests that write, without polls and reads: method, last parts of the path. */
async function writtenPaths(): Promise<string[]> {
  return (await sandbox.control.writes()).map(
    ({ method, path }) => `${method} ${path.replace("/nodes/pve", "")}`,
  );
}

async function secondUpWritesNothing(): Promise<void> {
  await sandbox.control.forget();
  const second = await sandbox.pulumi(["up", "--yes", "--skip-preview", "--expect-no-changes"]);
  expect(second.code, second.output).toBe(0);
  expect(await writtenPaths()).toEqual([]);
}

test("a VM from a blank disk is one request with every option, then its start; the second up writes nothing", async () => {
  sandbox = await Sandbox.open({
    stackFile: stackOf({
      blank1: {
        vmid: 150,
        create: { blank: { datastore: "local-lvm" } },
        ...common,
        startup: { order: 0 },
        drives: {
          scsi0: { sizeGiB: 8, caps: { readMiBps: 80, writeMiBps: 60, readBurstMiBps: 160 } },
          scsi1: { sizeGiB: 16, aio: "threads", caps: { readIops: 500, writeIops: 400 } },
        },
      },
    }),
  });
  const preview = await sandbox.pulumi(["preview"]);
  expect(preview.code, preview.output).toBe(0);
  expect(preview.output).toContain("would be created with its declared options");

  const up = await sandbox.pulumi(["up", "--yes", "--skip-preview"]);
  expect(up.code, up.output).toBe(0);
  expect(await writtenPaths()).toEqual(["POST /qemu", "POST /qemu/150/status/start"]);

  const vm = await sandbox.control.vm(150);
  expect(vm.config).toMatchObject({
    name: "blank1",
    startup: "order=0",
    cores: "2",
    memory: "2048",
    scsihw: "virtio-scsi-single",
    boot: expect.stringMatching(/^order=scsi0/) as string,
  });
  expect(vm.config.scsi0?.split(",").sort()).toEqual(
    expect.arrayContaining([
      "aio=io_uring",
      "discard=on",
      "iothread=1",
      "mbps_rd=80",
      "mbps_rd_max=160",
      "mbps_wr=60",
      "size=8G",
    ]) as string[],
  );
  expect(vm.config.scsi1?.split(",").sort()).toEqual(
    expect.arrayContaining([
      "aio=threads",
      "iops_rd=500",
      "iops_wr=400",
      "iothread=1",
      "size=16G",
    ]) as string[],
  );
  expect(Object.keys(vm.config).filter((key) => /^(serial|ide|net[1-9])/.test(key))).toEqual(["serial0"]);
  expect(vm.pending).toEqual({});
  expect(vm.running).toMatchObject({
    controller: "virtio-scsi-single",
    drives: { scsi0: { iothread: true }, scsi1: { iothread: true } },
  });
  await secondUpWritesNothing();
});

test("a VM from a template has all its options before its first start; the second up writes nothing", async () => {
  sandbox = await Sandbox.open({
    stackFile: stackOf({
      web1: {
        vmid: 151,
        create: { template: { vmid: 1000 } },
        ...common,
        drives: { scsi0: { sizeGiB: 40, caps: { readMiBps: 80, writeMiBps: 60 } } },
      },
    }),
  });
  const up = await sandbox.pulumi(["up", "--yes", "--skip-preview"]);
  expect(up.code, up.output).toBe(0);
  const paths = await writtenPaths();
  expect(paths[0]).toBe("POST /qemu/1000/clone");
  expect(paths.at(-1)).toBe("POST /qemu/151/status/start");

  const vm = await sandbox.control.vm(151);
  expect(vm.config.scsi0?.split(",").sort()).toEqual(
    expect.arrayContaining([
      "aio=io_uring",
      "iothread=1",
      "mbps_rd=80",
      "mbps_wr=60",
      "size=40G",
    ]) as string[],
  );
  expect(vm.pending).toEqual({});
  expect(vm.running).toMatchObject({
    controller: "virtio-scsi-single",
    drives: { scsi0: { iothread: true } },
  });
  await secondUpWritesNothing();
});

test("a vmid that exists while the file says create is an error in preview and in up, and nothing is written", async () => {
  sandbox = await Sandbox.open({
    stackFile: stackOf({
      again: {
        vmid: 220,
        create: { blank: { datastore: "local-lvm" } },
        ...common,
        drives: { scsi0: { sizeGiB: 8 } },
      },
    }),
  });
  for (const args of [["preview"], ["up", "--yes", "--skip-preview"]]) {
    const run = await sandbox.pulumi(args);
    expect(run.code).not.toBe(0);
    expect(run.output).toMatch(
      /vmid: is taken \(got 220: VM 220 'docker-registry' on node pve has this id\).*remove create/,
    );
  }
  expect(await writtenPaths()).toEqual([]);
});

test("a container's id is refused in preview and in up, to be created under and to be adopted, and nothing is written", async () => {
  const dir = mkdtempSync(join(tmpdir(), "fleet-containers-"));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  const seed = join(dir, "seed.json");
  const containers = [{ vmid: 160, running: true, config: { hostname: "dns" } }];
  writeFileSync(seed, JSON.stringify({ ...incident, containers }));
  const again = {
    create: { blank: { datastore: "local-lvm" } },
    ...common,
    drives: { scsi0: { sizeGiB: 8 } },
  };
  sandbox = await Sandbox.open({ seed, stackFile: stackOf({ again: { vmid: 160, ...again } }) });
  const refused = async (pattern: RegExp) => {
    for (const args of [["preview"], ["up", "--yes", "--skip-preview"]]) {
      const run = await sandbox.pulumi(args);
      expect(run.code).not.toBe(0);
      expect(run.output).toMatch(pattern);
    }
  };
  await refused(
    /vmid: is taken \(got 160: container 160 'dns' on node pve has this id\); allowed is an id that no VM and no container has; choose another vmid/,
  );
  sandbox.writeStack(stackOf({ dns: { vmid: 160, onboot: true } }));
  await refused(
    /VM 160: is a container \(got container 160 'dns' on node pve\); allowed is the id of a VM; correct vmid/,
  );
  expect(await writtenPaths()).toEqual([]);
});

test("a vmid that no VM has while the file adopts it is an error in preview and in up, and nothing is written", async () => {
  sandbox = await Sandbox.open({ stackFile: stackOf({ nobody: { vmid: 777, onboot: true } }) });
  for (const args of [["preview"], ["up", "--yes", "--skip-preview"]]) {
    const run = await sandbox.pulumi(args);
    expect(run.code).not.toBe(0);
    expect(run.output).toMatch(/VM 777: no node has a VM with this id.*declare create:/);
  }
  expect(await writtenPaths()).toEqual([]);
});
