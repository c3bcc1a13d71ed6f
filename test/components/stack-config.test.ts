import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import { parseStackConfig, type RawStackConfig } from "../../components/stack-config.ts";
import { prodFile } from "./prod-file.ts";

const reachable = { PROXMOX_VE_ENDPOINT: "https://pve.example.org:8006/", PROXMOX_VE_API_TOKEN: "a@pve!b=c" };
const created = {
  vmid: 120,
  node: "pve",
  create: { template: { vmid: 1000 } },
  cpu: { cores: 2 },
  memoryMiB: 2048,
};

/** The error's lines, or none. */
function mistakes(raw: Partial<RawStackConfig>, env: Record<string, string> = reachable): string[] {
  try {
    parseStackConfig({ stack: "prod", fleet: { vms: {} }, ...raw }, env);
    return [];
  } catch (error) {
    expect(pulumi.RunError.isInstance(error)).toBe(true);
    return (error as Error).message.split("\n");
  }
}

describe("the configuration of a stack", () => {
  it("is Pulumi.prod.yaml, without a mistake", () => {
    const { fleet, connections } = parseStackConfig(
      { stack: "prod", fleet: prodFile().config["proxmox-fleet:fleet"] },
      reachable,
    );
    expect(Object.keys(fleet.vms)).toHaveLength(13);
    expect(connections).toEqual({ fleet: {}, official: {} });
  });

  it("gives every mistake in one error, one line each, with the file and the path in it", () => {
    expect(mistakes({ stack: "lab", fleet: { vms: { a: { vmid: 1 }, b: { vmid: "102" } } } }, {})).toEqual([
      "Pulumi.lab.yaml: config.proxmox-fleet:endpoint: is missing, and so is PROXMOX_VE_ENDPOINT (got nothing); an address such as https://pve.example.org:8006/; export PROXMOX_VE_ENDPOINT, or run pulumi config set proxmox-fleet:endpoint",
      "Pulumi.lab.yaml: config.proxmox-fleet:apiToken: is missing, and so is PROXMOX_VE_API_TOKEN (got nothing); an API token, user@realm!name=secret; export PROXMOX_VE_API_TOKEN, or run pulumi config set --secret proxmox-fleet:apiToken",
      "Pulumi.lab.yaml: config.proxmox-fleet:fleet.vms.a.vmid: is too small (got 1); a whole number, 100 to 999999999; correct it",
      'Pulumi.lab.yaml: config.proxmox-fleet:fleet.vms.b.vmid: has the wrong type (got "102"); a whole number, 100 to 999999999; write it without quotes',
    ]);
  });

  it("names the variable of a malformed token, and shows nothing of its value", () => {
    expect(mistakes({}, { ...reachable, PROXMOX_VE_API_TOKEN: "5ec2e7" })).toEqual([
      `Pulumi.prod.yaml: config.proxmox-fleet:apiToken: comes from PROXMOX_VE_API_TOKEN, which is not of an API token's form (got "a text that is not shown"); an API token, user@realm!name=secret; copy it from Datacenter > Permissions > API Tokens`,
    ]);
  });

  it("is refused without a fleet", () => {
    expect(mistakes({ fleet: undefined })).toEqual([
      "Pulumi.prod.yaml: config.proxmox-fleet:fleet: is missing (got nothing); a mapping of keys to values; add it",
    ]);
  });
});

describe("how Proxmox is reached", () => {
  const fromConfig = {
    endpoint: "https://pve.example.org:8006/",
    apiToken: pulumi.secret("a@pve!b=c"),
    caFile: "ca.pem",
    insecure: "true",
  };

  it("comes from the stack where the environment says nothing", () => {
    const { connections } = parseStackConfig({ stack: "prod", fleet: { vms: {} }, ...fromConfig }, {});
    const { caFile: _, ...official } = fromConfig;
    expect(connections).toEqual({
      fleet: { ...fromConfig, insecure: true },
      official: { ...official, insecure: true },
    });
  });

  it("comes from the environment without a trace in the providers' inputs", () => {
    const { connections } = parseStackConfig({ stack: "prod", fleet: { vms: {} } }, reachable);
    expect(connections).toEqual({ fleet: {}, official: {} });
  });

  it("keeps the stack's in our provider's inputs, and out of the official one's, where the environment says both", () => {
    const env = { ...reachable, PROXMOX_VE_INSECURE: "false" };
    const { connections } = parseStackConfig({ stack: "prod", fleet: { vms: {} }, ...fromConfig }, env);
    expect(connections).toEqual({ fleet: { ...fromConfig, insecure: true }, official: {} });
  });

  it.each([
    ["http", "http://pve.example.org:8006/"],
    ["no address", "pve.example.org"],
    ["http with /api2/json", "http://pve.example.org:8006/api2/json"],
  ])("is refused when the endpoint is %s", (_, endpoint) => {
    expect(mistakes({}, { ...reachable, PROXMOX_VE_ENDPOINT: endpoint })).toEqual([
      `Pulumi.prod.yaml: config.proxmox-fleet:endpoint: is no https address (got "${endpoint}"); an address such as https://pve.example.org:8006/; export PROXMOX_VE_ENDPOINT, or run pulumi config set proxmox-fleet:endpoint`,
    ]);
  });

  it("may end with /api2/json, as other tools want it", () => {
    expect(
      mistakes({}, { ...reachable, PROXMOX_VE_ENDPOINT: "https://pve.example.org:8006/api2/json" }),
    ).toEqual([]);
  });

  it("shows no credentials of an endpoint", () => {
    const [line, ...others] = mistakes(
      { endpoint: "https://root:hunter2@pve.example.org:8006/" },
      {
        PROXMOX_VE_API_TOKEN: "a@pve!b=c",
      },
    );
    expect([line, others]).toEqual([expect.stringContaining("endpoint: has credentials in it"), []]);
    expect(line).not.toContain("hunter2");
  });

  it("takes PROXMOX_VE_INSECURE for the official provider too, which knows fewer words, and refuses what is none", () => {
    const insecure = (value: string) =>
      parseStackConfig({ stack: "prod", fleet: { vms: {} } }, { ...reachable, PROXMOX_VE_INSECURE: value })
        .connections.official.insecure;
    expect(["yes", "on", "1", "true", "no", "0"].map(insecure)).toEqual([
      true,
      true,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    expect(mistakes({}, { ...reachable, PROXMOX_VE_INSECURE: "maybe" })).toEqual([
      'Pulumi.prod.yaml: config.proxmox-fleet:insecure: comes from PROXMOX_VE_INSECURE, which is neither true nor false (got "maybe"); true or false; correct it or remove it',
    ]);
  });

  it("is refused when insecure is neither true nor false", () => {
    expect(mistakes({ insecure: "maybe" })).toEqual([
      'Pulumi.prod.yaml: config.proxmox-fleet:insecure: is neither true nor false (got "maybe"); true or false; correct it or remove it',
    ]);
  });

  it("never shows the token", () => {
    const lines = mistakes(
      { fleet: { vms: { a: {} } } },
      { ...reachable, PROXMOX_VE_API_TOKEN: "a@pve!b=hidden" },
    );
    expect(lines.join("\n")).not.toContain("hidden");
    expect(lines).toHaveLength(1);
  });
});

describe("an authority of one's own, with a VM that the official provider creates", () => {
  const fleet = { vms: { web: created } };
  const withCa = { ...reachable, PROXMOX_VE_CA_FILE: "/etc/ssl/pve.pem" };

  it("must be in SSL_CERT_FILE, and the mistake says so", () => {
    expect(mistakes({ fleet }, withCa)).toEqual([
      'Pulumi.prod.yaml: config.proxmox-fleet:caFile: does not reach the official provider, which creates web (got "/etc/ssl/pve.pem"); for VMs with create, the authority in SSL_CERT_FILE of the environment that pulumi runs in; run export SSL_CERT_FILE=/etc/ssl/pve.pem',
    ]);
  });

  it.each([
    ["when it is", { ...withCa, SSL_CERT_FILE: "/etc/ssl/pve.pem" }],
    ["when certificates are not checked", { ...withCa, PROXMOX_VE_INSECURE: "1" }],
    ["when there is no authority of one's own", reachable],
  ])("is no mistake %s", (_, env) => {
    expect(mistakes({ fleet }, env)).toEqual([]);
  });

  it("is no mistake when no VM is created", () => {
    expect(mistakes({ fleet: { vms: { pbs: { vmid: 105 } } } }, withCa)).toEqual([]);
  });
});
