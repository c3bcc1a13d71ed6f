import { mkdirSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { Sandbox } from "../../demo/sandbox.ts";
import { productionStack, stackOf, withFleet } from "./fleet-file.ts";

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await Sandbox.open();
});
afterEach(() => sandbox.control.forget());
afterAll(() => sandbox[Symbol.asyncDispose]());

const devvm = "vms.devvm";
const where = "Pulumi.prod.yaml: config.proxmox-fleet:fleet.";

/** A mistake as a hand would make it in Pulumi.prod.yaml, and how its line begins: path, then the value. */
const mistakes: [mistake: string, changes: [string, unknown][], path: string, got: string][] = [
  ["an unknown key", [[`${devvm}.memory`, 24]], "vms.devvm.memory", "got 24"],
  ["the lsi controller", [[`${devvm}.controller`, "lsi"]], "vms.devvm.controller", 'got "lsi"'],
  [
    "an I/O thread on SATA",
    [["vms.home-assistant.drives.sata0.iothread", true]],
    "vms.home-assistant.drives.sata0.iothread",
    "got true",
  ],
  [
    "a burst without its base",
    [["vms.k8s-node3.drives.scsi0.caps.totalBurstMiBps", 500]],
    "vms.k8s-node3.drives.scsi0.caps.totalBurstMiBps",
    "got 500",
  ],
  ["two VMs with one vmid", [["vms.k8s-node4.vmid", 203]], "vms.k8s-node4.vmid", "got 203"],
  [
    "a slot declared and foreign",
    [["vms.k8s-node2.foreignSlots", "scsi0-29"]],
    "vms.k8s-node2.foreignSlots",
    'got "scsi0"',
  ],
  [
    "a fractional cap where the official provider would choke on it",
    [
      [
        "vms.web1",
        {
          vmid: 150,
          create: { blank: { datastore: "local-lvm" } },
          cpu: { cores: 2 },
          memoryMiB: 2048,
          drives: { scsi0: { sizeGiB: 8, caps: { readMiBps: 12.5, writeMiBps: 10 } } },
        },
      ],
    ],
    "vms.web1.drives.scsi0.caps.readMiBps",
    "got 12.5",
  ],
  [
    "a negative cap",
    [["vms.k8s-node5.drives.scsi0.caps.readMiBps", -1]],
    "vms.k8s-node5.drives.scsi0.caps.readMiBps",
    "got -1",
  ],
  ["a VLAN of 5000", [["vms.pbs.nics.net0.vlan", 5000]], "vms.pbs.nics.net0.vlan", "got 5000"],
];

/** The error's lines about the stack file; the engine repeats an error in its progress, so each counts once. */
function complaints(output: string): string[] {
  const report = output.slice(output.indexOf("\nDiagnostics:"));
  return report
    .split("\n")
    .flatMap((line) => (line.includes(where) ? [line.slice(line.indexOf(where))] : []));
}

describe("a mistake in the stack file is reported with path, value, what is allowed and what to do, and nothing is called", () => {
  test.each(mistakes)("%s", async (_, changes, path, got) => {
    sandbox.writeStack(withFleet(productionStack(), changes));
    const run = await sandbox.pulumi(["preview"]);
    expect(run.code).not.toBe(0);
    const lines = complaints(run.output);
    expect(lines, run.output).toHaveLength(1);
    expect(lines[0]).toContain(`${where}${path}: `);
    expect(lines[0]).toMatch(new RegExp(`\\(${got}\\); .+; .+`));
    expect(await sandbox.control.requests()).toEqual([]);
  });

  test("all of them together are one message", async () => {
    sandbox.writeStack(
      withFleet(
        productionStack(),
        mistakes.flatMap(([, changes]) => changes),
      ),
    );
    const run = await sandbox.pulumi(["preview"]);
    expect(run.code).not.toBe(0);
    const lines = complaints(run.output);
    expect(lines, run.output).toHaveLength(mistakes.length);
    for (const [, , path, got] of mistakes) {
      expect(
        lines.filter((line) => line.startsWith(`${where}${path}: `) && line.includes(`(${got})`)),
      ).toHaveLength(1);
    }
    expect(await sandbox.control.requests()).toEqual([]);
  });
});

describe("a connection that cannot work is one clear error", () => {
  const cases: [what: string, env: () => Record<string, string | undefined>, message: RegExp][] = [
    [
      "an endpoint where nobody listens",
      () => ({ PROXMOX_VE_ENDPOINT: "https://127.0.0.1:9/" }),
      /Proxmox at https:\/\/127\.0\.0\.1:9: no answer to GET \/version \(got ECONNREFUSED\).*PROXMOX_VE_ENDPOINT/g,
    ],
    [
      "a token with a wrong secret",
      () => ({ PROXMOX_VE_API_TOKEN: "fleet@pve!deploy=00000000-0000-0000-0000-000000000000" }),
      /Proxmox rejects the API token \(got 401\).*PROXMOX_VE_API_TOKEN/g,
    ],
    [
      "a certificate that nobody vouches for",
      () => ({ SSL_CERT_FILE: undefined }),
      /the certificate is not trusted \(got [A-Z_]+\).*PROXMOX_VE_CA_FILE/g,
    ],
    [
      "no endpoint and no token at all",
      () => ({ PROXMOX_VE_ENDPOINT: undefined, PROXMOX_VE_API_TOKEN: undefined }),
      /endpoint.*PROXMOX_VE_ENDPOINT/g,
    ],
  ];
  test.each(cases)("%s", async (_, env, message) => {
    sandbox.writeStack(productionStack());
    const run = await sandbox.pulumi(["preview"], env());
    expect(run.code).not.toBe(0);
    const report = run.output.slice(run.output.indexOf("\nDiagnostics:"));
    expect(report.match(message), run.output).toHaveLength(1);
    expect(report).not.toContain(sandbox.emulator.apiToken.split("=")[1]);
    expect(await sandbox.control.writes()).toEqual([]);
  });
});

test("a Node that cannot run TypeScript is one line with the way out", async () => {
  const folder = join(sandbox.dir, "old-node");
  mkdirSync(folder);
  const flag = "--no-experimental-strip-types";
  writeFileSync(join(folder, "node"), `#!/bin/sh\nexec ${process.execPath} ${flag} "$@"\n`, { mode: 0o755 });
  sandbox.writeStack(productionStack());
  const path = `${folder}${delimiter}${sandbox.environment.PATH}`;
  const run = await sandbox.pulumi(["preview"], { PATH: path });
  expect(run.code).not.toBe(0);
  expect(run.output).toMatch(
    /proxmox-fleet: this Node cannot run TypeScript \(got v[^)]+\); allowed is Node 24; install it/,
  );
  expect(run.output).not.toMatch(/ERR_UNKNOWN_FILE_EXTENSION|SyntaxError|at .*node:internal/);
});

describe("a name that Proxmox does not have is refused in preview and up, and nothing is written", () => {
  const missing = async (stack: string, lines: readonly string[]) => {
    sandbox.writeStack(stack);
    for (const args of [["preview"], ["up", "--yes", "--skip-preview"]]) {
      const run = await sandbox.pulumi(args);
      expect(run.code).not.toBe(0);
      for (const line of lines) expect(run.output).toContain(line);
    }
    expect(await sandbox.control.writes()).toEqual([]);
    expect(await sandbox.control.unknown()).toEqual([]);
  };

  test("in the entry of a VM that exists", async () => {
    const pbs = {
      vmid: 105,
      cpu: { type: "hots" },
      machine: "pc-q35-19.0",
      nics: { net0: { bridge: "vmbr9" } },
      drives: { sata1: { sizeGiB: 4, datastore: "local" } },
    };
    await missing(stackOf({ pbs }), [
      "options.cpu.cputype: node pve has no such CPU model (got hots); allowed are host, ",
      "options.machine: QEMU on node pve has no such machine (got pc-q35-19.0)",
      "nics.net0.bridge: node pve has no such bridge and no such vnet (got vmbr9); allowed are vmbr0, vmbr1; ",
      "drives.sata1.datastore: the datastore is not for images, but for backup, import, iso, snippets, vztmpl (got local); allowed are local-lvm; ",
    ]);
  });

  test("in the entries of VMs that are to be created, each named by its place in the entry", async () => {
    const web = {
      vmid: 150,
      create: { template: { vmid: 9999 } },
      cpu: { cores: 2, type: "custom-nowhere" },
      machine: "pc-q35-19.0",
      memoryMiB: 2048,
      nics: { net0: { bridge: "vmbr0" }, net1: { bridge: "vmbr9" } },
      drives: { scsi0: { sizeGiB: 8 }, scsi1: { sizeGiB: 8, datastore: "local" } },
      efi: { datastore: "local-zfs" },
      pool: "prod",
    };
    const far = {
      ...web,
      vmid: 151,
      node: "pve9",
      create: { image: { file: "local:import/a.qcow2", datastore: "local-lvm" } },
    };
    await missing(stackOf({ web, far }), [
      "create.template.vmid: no VM has this id (got 9999); allowed is a template on node pve, ",
      "cpu.type: node pve has no such CPU model (got custom-nowhere); allowed are ",
      "machine: QEMU on node pve has no such machine (got pc-q35-19.0)",
      "nics.net1.bridge: node pve has no such bridge and no such vnet (got vmbr9)",
      "drives.scsi1.datastore: the datastore is not for images, ",
      "efi.datastore: node pve has no such datastore (got local-zfs); allowed are local-lvm; ",
      "pool: there is no such pool (got prod)",
      "node: the cluster has no such node (got pve9); allowed are pve; correct it",
    ]);
  });
});

test("what only root@pam may write is refused in the preview, and fine on a VM that has it already", async () => {
  const { control } = sandbox;
  const node1 = {
    vmid: 201,
    passthrough: { hostpci0: { id: "0000:06:00.0", pcie: true, primaryGpu: true } },
  };
  const pbs = {
    vmid: 105,
    onboot: true,
    passthrough: { hostpci1: { mapping: "gpu", romFile: "gpu.bin" } },
    usb: { usb0: { host: "1-3" } },
    serial: { serial1: "/dev/ttyS0" },
  };
  sandbox.writeStack(stackOf({ node1, pbs }));
  const before = [await control.vm(201), await control.vm(105)];
  const preview = await sandbox.pulumi(["preview"]);
  expect(preview.code).not.toBe(0);
  for (const line of [
    "options.hostpci0.host: only root@pam may write a PCI device by its address, and no API token is root (got 0000:06:00.0); allowed is a resource mapping; map the device under Datacenter > Resource Mappings and declare mapping, or have root run once: qm set 201 --hostpci0 0000:06:00.0,pcie=1,x-vga=1",
    "options.hostpci1.romfile: only root@pam may write a PCI device with a romfile, and no API token is root (got gpu.bin); allowed is a mapping without romfile; leave romfile out, or have root run once: qm set 105 --hostpci1 mapping=gpu,romfile=gpu.bin",
    "options.usb0.host: only root@pam may write a USB device of the host by its number or port, and no API token is root (got 1-3); allowed is spice or a resource mapping;",
    "options.serial1: only root@pam may write a serial device of the host, and no API token is root (got /dev/ttyS0); allowed is socket;",
  ]) {
    expect(preview.output).toContain(line);
  }
  expect((await sandbox.pulumi(["up", "--yes", "--skip-preview"])).code).not.toBe(0);
  expect(await control.writes()).toEqual([]);
  expect([await control.vm(201), await control.vm(105)]).toEqual(before);

  await control.act(201, "edit", { hostpci0: "0000:06:00.0,pcie=1,x-vga=1" });
  const byRoot = { usb0: "1-3", serial1: "/dev/ttyS0", hostpci1: "mapping=gpu,romfile=gpu.bin" };
  await control.act(105, "edit", byRoot);
  for (const args of [["preview"], ["up", "--yes", "--skip-preview"]]) {
    const run = await sandbox.pulumi(args);
    expect(run.code, run.output).toBe(0);
  }
  const writes = await control.writes();
  expect(writes.map(({ path, body }) => [path, Object.keys(body ?? {}).sort()])).toEqual([
    ["/nodes/pve/qemu/105/config", ["digest", "onboot"]],
  ]);
  expect((await control.vm(105)).config).toMatchObject(byRoot);
});
