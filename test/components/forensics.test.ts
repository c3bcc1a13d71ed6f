import { describe, expect, it } from "vitest";
import { sourceAddresses } from "../../components/forensics/source-addresses.ts";
import { checkFleet } from "../../components/rules/fleet-mistakes.ts";
import { formatMistake } from "../../components/rules/mistake.ts";
import type { VmSpec } from "../../components/spec/vm-spec.ts";
import { withCreationDefaults } from "../../components/translation/creation-defaults.ts";
import { declaredEntry, withFleet } from "../../components/translation/declared-vm.ts";
import { vmLegacyArgs } from "../../components/translation/vm-legacy-args.ts";

const listener = { address: "192.0.2.1" };
const snippet = "local:snippets/forensics.yaml";
const create = { blank: { datastore: "local-lvm" } };
const cloudInit = { user: "admin" };

/** The options that the program owns of a VM, as far as forensics have a part in them. */
function ownedOptions(
  entry: Omit<VmSpec, "vmid">,
  forensics?: { listener: typeof listener; snippet?: string },
) {
  const { options } = declaredEntry("web", { vmid: 120, ...entry }, { ...(forensics && { forensics }) });
  const { serial0, serial1, cicustom } = options;
  return { serial0, serial1, cicustom };
}

describe("what forensics own", () => {
  it.each<[what: string, entry: Omit<VmSpec, "vmid">, serial0: string | undefined]>([
    ["nothing on an adopted VM that does not ask", {}, undefined],
    ["nothing on an adopted VM that refuses", { forensics: false }, undefined],
    ["a serial console on an adopted VM that asks", { forensics: true }, "socket"],
    ["a serial console on a created VM that says nothing", { create }, "socket"],
    ["nothing on a created VM that refuses", { create, forensics: false }, undefined],
    ["no other port than the entry's own", { create, serial: { serial0: "/dev/ttyS0" } }, "/dev/ttyS0"],
  ])("%s", (_, entry, serial0) => {
    expect(ownedOptions(entry)).toEqual({ serial0, serial1: undefined, cicustom: undefined });
  });

  it("keeps the entry's other serial ports", () => {
    expect(ownedOptions({ forensics: true, serial: { serial1: "socket" } })).toMatchObject({
      serial0: "socket",
      serial1: "socket",
    });
  });

  it("leaves no gap below the serial ports of a created VM", () => {
    const web = {
      vmid: 120,
      node: "pve",
      create,
      cpu: { cores: 2 },
      memoryMiB: 2048,
      drives: { scsi0: { sizeGiB: 8 } },
    };
    const serial = { serial1: "socket" };
    expect(checkFleet({ vms: { web: { ...web, serial } } }).ok).toBe(true);
    expect(checkFleet({ vms: { web: { ...web, serial, forensics: false } } }).ok).toBe(false);
  });

  it.each<[what: string, entry: Omit<VmSpec, "vmid">, vendor: string | undefined]>([
    ["a created VM with cloud-init", { create, cloudInit }, snippet],
    ["a created VM without cloud-init", { create }, undefined],
    ["a created VM that refuses", { create, cloudInit, forensics: false }, undefined],
    ["a created VM that is no Linux", { create, cloudInit, osType: "win11" }, undefined],
    [
      "a created VM with vendor data of its own",
      { create, cloudInit: { vendorData: "nfs:snippets/a.yaml" } },
      "nfs:snippets/a.yaml",
    ],
    ["an adopted VM, which read its vendor data long ago", { cloudInit, forensics: true }, undefined],
    [
      "an adopted VM that names vendor data",
      { cloudInit: { vendorData: "nfs:snippets/a.yaml" } },
      "nfs:snippets/a.yaml",
    ],
  ])("the fleet's snippet on %s", (_, entry, vendor) => {
    expect(ownedOptions(entry, { listener, snippet }).cicustom).toEqual(vendor && { vendor });
  });

  it("has no vendor data without a snippet", () => {
    expect(ownedOptions({ create, cloudInit }, { listener }).cicustom).toBeUndefined();
  });

  it("is part of the one request that creates a VM", () => {
    const spec = withFleet(
      { vmid: 120, create, cloudInit },
      { node: "pve", forensics: { listener, snippet } },
    );
    const args = vmLegacyArgs(withCreationDefaults("web", { ...spec, create }), "pve");
    expect(args.serialDevices).toEqual([{ device: "socket" }]);
    expect(args.initialization).toMatchObject({ vendorDataFileId: snippet, interface: "ide2" });
  });
});

describe("whose message it is", () => {
  const ip = (address: string) => ({ ipConfigs: { ipconfig0: { ipv4: { address } } } });

  it("is told by the fixed address that cloud-init gives, or by what the listener is told", () => {
    expect(
      sourceAddresses({
        forensics: { listener: { ...listener, sources: { devvm: "192.0.2.20", moved: "192.0.2.31" } } },
        vms: {
          devvm: {},
          web: { cloudInit: ip("192.0.2.21/24") },
          moved: { cloudInit: ip("192.0.2.22/24") },
          leased: { cloudInit: ip("dhcp") },
          pbs: {},
        },
      }),
    ).toEqual([
      { key: "devvm", address: "192.0.2.20" },
      { key: "web", address: "192.0.2.21" },
      { key: "moved", address: "192.0.2.31" },
    ]);
  });

  it.each<[mistake: string, fleet: object, lines: string[]]>([
    [
      "a source that is no VM",
      {
        forensics: { listener: { ...listener, sources: { devm: "192.0.2.20" } } },
        vms: { devvm: { vmid: 102 } },
      },
      [
        '.forensics.listener.sources.devm: is no VM of this fleet (got "devm"); keys of vms: devvm; correct the key or remove it',
      ],
    ],
    [
      "one address for two VMs",
      {
        forensics: { listener },
        vms: {
          a: { vmid: 102, cloudInit: ip("192.0.2.20/24") },
          b: { vmid: 103, cloudInit: ip("192.0.2.20/24") },
        },
      },
      [
        '.forensics.listener.sources.b: is the address of a as well, and the listener tells VMs apart by their address (got "192.0.2.20"); one address per VM; write under forensics.listener.sources from which address b or a sends',
      ],
    ],
    [
      "a listener without an address",
      { forensics: { listener: { port: 6666 } }, vms: {} },
      [
        ".forensics.listener.address: is missing (got nothing); four numbers such as 192.0.2.1, without a prefix length; add it",
      ],
    ],
    [
      "an address with its prefix length",
      { forensics: { listener: { address: "192.0.2.1/24" } }, vms: {} },
      [
        '.forensics.listener.address: is no IPv4 address (got "192.0.2.1/24"); four numbers such as 192.0.2.1, without a prefix length; correct the address',
      ],
    ],
    [
      "a port that only root may open",
      { forensics: { listener: { ...listener, port: 514 } }, vms: {} },
      [".forensics.listener.port: is too small (got 514); a whole number, 1024 to 65535; correct it"],
    ],
    [
      "a snippet that is none",
      { forensics: { listener, snippet: "/root/forensics.yaml" }, vms: {} },
      [
        '.forensics.snippet: is no snippet (got "/root/forensics.yaml"); a file in a storage with content type snippets: STORE:snippets/FILE; correct it, such as local:snippets/forensics.yaml',
      ],
    ],
  ])("%s is refused", (_, fleet, lines) => {
    const result = checkFleet(fleet);
    expect(result.ok ? [] : result.mistakes.map((one) => formatMistake("", one))).toEqual(lines);
  });

  it("lets two VMs share a fixed address where there is no listener to tell them apart", () => {
    const vms = {
      a: { vmid: 102, cloudInit: ip("192.0.2.20/24") },
      b: { vmid: 103, cloudInit: ip("192.0.2.20/24") },
    };
    expect(checkFleet({ vms }).ok).toBe(true);
  });
});
