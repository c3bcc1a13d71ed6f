import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import { createFleet } from "../../components/fleet.ts";
import type { VmSpec } from "../../components/spec/vm-spec.ts";
import { vmLegacyProperties } from "../../components/translation/vm-legacy-inputs.ts";
import { resolved, withMocks } from "./mocks.ts";

const none = { fleet: {}, official: {} };

const web: VmSpec = {
  vmid: 120,
  create: { blank: { datastore: "local-lvm" } },
  cpu: { cores: 2 },
  memoryMiB: 2048,
  drives: { scsi0: { sizeGiB: 8 } },
};

describe("a fleet of adopted VMs", () => {
  it("registers one provider, and per VM one component and one VmConfig with exactly what is declared", async () => {
    const { resources, options } = await withMocks();
    const fleet = await createFleet({
      fleet: {
        node: "pve",
        vms: {
          devvm: {
            vmid: 102,
            controller: "virtio-scsi-single",
            drives: { scsi0: { caps: { readMiBps: 60 } } },
          },
          pbs: { vmid: 105, node: "pve2" },
        },
      },
      connections: none,
    });
    await resolved(fleet.waiting);
    expect(resources).toEqual([
      { type: "pulumi:providers:proxmoxfleet", name: "proxmox", inputs: {} },
      { type: "proxmoxfleet:index:Vm", name: "devvm", inputs: {} },
      { type: "proxmoxfleet:index:Vm", name: "pbs", inputs: {} },
      {
        type: "proxmoxfleet:index:VmConfig",
        name: "devvm",
        inputs: {
          vmid: 102,
          node: "pve",
          options: { scsihw: "virtio-scsi-single" },
          drives: { scsi0: { mbps_rd: 60 } },
          nics: {},
          foreignSlots: [],
        },
      },
      {
        type: "proxmoxfleet:index:VmConfig",
        name: "pbs",
        inputs: { vmid: 105, node: "pve2", options: {}, drives: {}, nics: {}, foreignSlots: [] },
      },
    ]);
    expect(options.get("proxmoxfleet:index:VmConfig devvm")).toEqual({
      parent: "proxmoxfleet:index:Vm devvm",
      provider: "pulumi:providers:proxmoxfleet proxmox proxmox-id",
      protect: false,
      ignoreChanges: [],
      beforeCreate: [],
      formerNames: [],
    });
  });

  it("says by VM what waits for a cold stop and start, and leaves out VMs for which nothing waits", async () => {
    await withMocks({
      devvm: {
        waiting: [
          { path: "options.scsihw", from: "lsi", to: "virtio-scsi-single" },
          { path: "drives.scsi0.aio", to: "threads" },
        ],
      },
    });
    const fleet = await createFleet({
      fleet: { vms: { devvm: { vmid: 102 }, pbs: { vmid: 105 } } },
      connections: none,
    });
    expect(await resolved(fleet.waiting)).toEqual({
      devvm: ["options.scsihw: lsi => virtio-scsi-single", "drives.scsi0.aio: (absent) => threads"],
    });
  });

  it("knows a VM by its former keys, of which the VM's configuration has nothing", async () => {
    const { resources, options } = await withMocks();
    const fleet = await createFleet({
      fleet: { vms: { worker: { vmid: 105, formerKeys: ["pbs", "backup"] } } },
      connections: none,
    });
    await resolved(fleet.waiting);
    expect(options.get("proxmoxfleet:index:Vm worker")?.formerNames).toEqual(["pbs", "backup"]);
    expect(options.get("proxmoxfleet:index:VmConfig worker")?.formerNames).toEqual([]);
    expect(resources.at(-1)?.inputs).toEqual({
      vmid: 105,
      options: {},
      drives: {},
      nics: {},
      foreignSlots: [],
    });
  });

  it("gives the provider what the connection holds, the token as a secret", async () => {
    const { resources } = await withMocks();
    const fleet = await createFleet({
      fleet: { vms: { pbs: { vmid: 105 } } },
      connections: {
        fleet: {
          endpoint: "https://pve.example.org:8006/",
          apiToken: pulumi.secret("a@pve!b=c"),
          caFile: "ca.pem",
          insecure: true,
        },
        official: {},
      },
    });
    await resolved(fleet.waiting);
    expect(resources[0]).toEqual({
      type: "pulumi:providers:proxmoxfleet",
      name: "proxmox",
      inputs: {
        endpoint: "https://pve.example.org:8006/",
        apiToken: { [pulumi.runtime.specialSigKey]: pulumi.runtime.specialSecretSig, value: "a@pve!b=c" },
        caFile: "ca.pem",
        insecure: "true",
      },
    });
  });
});

describe("a fleet with a VM that is created", () => {
  it("registers the official provider, a VmLegacy, and a VmConfig that holds the VmLegacy's id", async () => {
    const { resources } = await withMocks();
    const fleet = await createFleet({ fleet: { node: "pve", vms: { web } }, connections: none });
    await resolved(fleet.waiting);
    expect(resources.map(({ type, name }) => `${type} ${name}`).toSorted((a, b) => (a < b ? -1 : 1))).toEqual(
      [
        "proxmoxfleet:index:Vm web",
        "proxmoxfleet:index:VmConfig web",
        "proxmoxve:index/vmLegacy:VmLegacy web",
        "pulumi:providers:proxmoxfleet proxmox",
        "pulumi:providers:proxmoxve proxmox",
      ],
    );
    expect(resources.at(-1)).toEqual({
      type: "proxmoxfleet:index:VmConfig",
      name: "web",
      inputs: {
        vmid: 120,
        node: "pve",
        creation: "web-id",
        made: { "create.blank.datastore": "local-lvm" },
        options: {
          name: "web",
          onboot: false,
          scsihw: "virtio-scsi-single",
          ostype: "l26",
          boot: { order: "scsi0" },
          cores: 2,
          sockets: 1,
          cpu: { cputype: "x86-64-v2-AES" },
          numa: false,
          memory: 2048,
          balloon: 2048,
          serial0: "socket",
        },
        drives: {
          scsi0: {
            aio: "io_uring",
            iothread: true,
            cache: "none",
            discard: "on",
            backup: true,
            datastore: "local-lvm",
            size: "8G",
          },
        },
        nics: {},
        foreignSlots: [],
      },
    });
  });

  it("protects the VmConfig as it does the VmLegacy, so that both stay or go together", async () => {
    const { options } = await withMocks();
    const fleet = await createFleet({ fleet: { node: "pve", vms: { web } }, connections: none });
    await resolved(fleet.waiting);
    expect(options.get("proxmoxfleet:index:VmConfig web")?.protect).toBe(true);
  });

  it("protects the VmLegacy, ignores all its changes, and checks its id before it is created", async () => {
    const { options } = await withMocks();
    const fleet = await createFleet({ fleet: { node: "pve", vms: { web } }, connections: none });
    await resolved(fleet.waiting);
    expect(options.get("proxmoxve:index/vmLegacy:VmLegacy web")).toEqual({
      parent: "proxmoxfleet:index:Vm web",
      provider: "pulumi:providers:proxmoxve proxmox proxmox-id",
      protect: true,
      ignoreChanges: vmLegacyProperties,
      beforeCreate: ["may-be-created"],
      formerNames: [],
    });
  });

  it("gives the official provider its own connection", async () => {
    const { resources } = await withMocks();
    const official = { endpoint: "https://pve.example.org:8006/", insecure: true };
    const fleet = await createFleet({
      fleet: { node: "pve", vms: { web } },
      connections: { fleet: {}, official },
    });
    await resolved(fleet.waiting);
    expect(resources.find(({ type }) => type === "pulumi:providers:proxmoxve")).toEqual({
      type: "pulumi:providers:proxmoxve",
      name: "proxmox",
      inputs: { endpoint: "https://pve.example.org:8006/", insecure: "true" },
    });
  });

  it("leaves the VmLegacy unprotected when the entry says so", async () => {
    const { options } = await withMocks();
    const unprotected = { ...web, create: { ...web.create, protect: false } };
    const fleet = await createFleet({ fleet: { node: "pve", vms: { web: unprotected } }, connections: none });
    await resolved(fleet.waiting);
    expect(options.get("proxmoxve:index/vmLegacy:VmLegacy web")?.protect).toBe(false);
  });
});
