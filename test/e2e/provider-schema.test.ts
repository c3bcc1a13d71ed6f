import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { pulumiEnvironment } from "../../toolchain/environment.mjs";
import { installedHome, possibleHomes } from "../../toolchain/home.mjs";
import { npmPackageSurface } from "./npm-package-schema.ts";
import { differences, pluginSurface } from "./plugin-schema.ts";

const origin = installedHome(possibleHomes())?.source ?? "missing";

/**
 * The official schema lets these resources be found in a state under the Terraform names that they had before; ours
 * does not. It matters only to a state in which one of them was written by a provider that used those names.
 */
const aliasesThatABuildLacks = [
  "cloned/vm:Vm: alias proxmox_virtual_environment_cloned_vm",
  "index/replication:Replication: alias proxmox_virtual_environment_replication",
  "index/vm:Vm: alias proxmox_virtual_environment_vm2",
  "sdn/fabric/openfabric:Openfabric: alias proxmox_virtual_environment_sdn_fabric_openfabric",
  "sdn/fabric/ospf:Ospf: alias proxmox_virtual_environment_sdn_fabric_ospf",
  "sdn/vnet:Vnet: alias proxmox_virtual_environment_sdn_vnet",
  "sdn/zone/evpn:Evpn: alias proxmox_virtual_environment_sdn_zone_evpn",
  "sdn/zone/qinq:Qinq: alias proxmox_virtual_environment_sdn_zone_qinq",
  "sdn/zone/simple:Simple: alias proxmox_virtual_environment_sdn_zone_simple",
  "sdn/zone/vlan:Vlan: alias proxmox_virtual_environment_sdn_zone_vlan",
  "sdn/zone/vxlan:Vxlan: alias proxmox_virtual_environment_sdn_zone_vxlan",
  "storage/cifs:Cifs: alias proxmox_virtual_environment_storage_cifs",
  "storage/directory:Directory: alias proxmox_virtual_environment_storage_directory",
  "storage/lvm:Lvm: alias proxmox_virtual_environment_storage_lvm",
  "storage/lvmthin:Lvmthin: alias proxmox_virtual_environment_storage_lvmthin",
  "storage/nfs:Nfs: alias proxmox_virtual_environment_storage_nfs",
  "storage/pbs:Pbs: alias proxmox_virtual_environment_storage_pbs",
  "storage/zfspool:Zfspool: alias proxmox_virtual_environment_storage_zfspool",
].map((line) => `proxmoxve:${line}: only in the npm package`);

describe(`the provider (${origin}) and the npm package`, () => {
  let dir = "";
  let plugin: ReturnType<typeof pluginSurface>;
  const npm = npmPackageSurface();

  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), "provider-schema-"));
    const { command, env } = pulumiEnvironment();
    const schema = execFileSync(command, ["package", "get-schema", "proxmoxve"], {
      cwd: dir,
      env: { ...env, PULUMI_BACKEND_URL: `file://${dir}` },
      encoding: "utf8",
      maxBuffer: 16 * 1024 * 1024,
    });
    plugin = pluginSurface(JSON.parse(schema));
  });
  afterAll(() => rmSync(dir, { recursive: true }));

  test("have 115 resources, 92 functions, 164 types and the 58 inputs of VmLegacy", () => {
    const counts = {
      resources: 115,
      functions: 92,
      types: 164,
      vmLegacyInputs: 58,
      vmLegacyMembers: 204,
    };
    for (const surface of [plugin, npm]) {
      expect({
        resources: surface.resources.size,
        functions: surface.functions.size,
        types: surface.types.size,
        vmLegacyInputs: surface.resources.get("proxmoxve:index/vmLegacy:VmLegacy")?.inputs.length,
        vmLegacyMembers: surface.vmLegacy.size,
      }).toEqual(counts);
    }
  });

  test(`differ in ${origin === "built here" ? "18 aliases that a build lacks, and in " : ""}nothing else: tokens, inputs, types, and VmLegacy to its innermost member`, () => {
    expect(differences(plugin, npm)).toEqual(origin === "built here" ? aliasesThatABuildLacks : []);
  });
});
