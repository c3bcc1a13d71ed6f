import { packageName, packageVersion, resourceToken } from "./tokens.ts";

const text = { type: "string" };
const anything = { $ref: "pulumi.json#/Any" };
const bySlot = (description: string) => ({
  type: "object",
  additionalProperties: { type: "object", additionalProperties: anything },
  description,
});

const inputProperties = {
  vmid: { type: "integer", description: "Id of the VM in the cluster." },
  node: { ...text, description: "Node where the VM is expected; absent: wherever the cluster has it." },
  creation: { ...text, description: "Id of the resource that created the VM; absent for an adopted VM." },
  made: {
    type: "object",
    additionalProperties: anything,
    description: "What only the creation of the VM reads, such as `pool`; absent for an adopted VM.",
  },
  options: {
    type: "object",
    additionalProperties: anything,
    description: "Owned options, in Proxmox's keys.",
  },
  drives: bySlot("Owned drive options by slot, in Proxmox's keys; `size` only grows."),
  nics: bySlot("Owned network device options by slot, in Proxmox's keys."),
  absent: {
    type: "array",
    items: text,
    description:
      "Keys that the VM must not have, by path in Proxmox's keys: `options.cpulimit`, `nics.net0.tag`, `drives.scsi0.mbps_rd_max`.",
  },
  foreignSlots: { type: "array", items: text, description: "Slots that somebody else owns." },
};

/** The package schema, so that `pulumi package get-schema` and policy packs know the resource. */
export const schema = {
  name: packageName,
  version: packageVersion,
  description: "Owns declared keys of Proxmox VE VM configurations and nothing else.",
  config: {
    variables: {
      endpoint: { ...text, description: "https address of Proxmox VE; PROXMOX_VE_ENDPOINT wins." },
      apiToken: { ...text, secret: true, description: "API token; PROXMOX_VE_API_TOKEN wins." },
      caFile: { ...text, description: "PEM file of the authority; PROXMOX_VE_CA_FILE wins." },
      insecure: { type: "boolean", description: "Skip certificate checks; PROXMOX_VE_INSECURE wins." },
    },
  },
  resources: {
    [resourceToken]: {
      description: "The configuration of one VM: exactly the declared keys.",
      inputProperties,
      requiredInputs: ["vmid"],
      properties: {
        ...inputProperties,
        status: { ...text, description: "running or stopped." },
        waiting: {
          type: "array",
          items: { type: "object", additionalProperties: anything },
          description:
            "Owned keys that QEMU does not have before a cold stop and start: `path`, `from`, `to`, and `configured` where the config has the key already and Proxmox does not show that it waits.",
        },
        identity: {
          type: "object",
          additionalProperties: text,
          description:
            "Who the VM is: `uuid` of smbios1, `ctime` of meta; what the VM does not tell is absent.",
        },
        volumes: {
          type: "object",
          additionalProperties: text,
          description: "Volume of each declared drive as it was last seen, by slot.",
        },
        emptied: {
          type: "array",
          items: text,
          description: "Slots that held a drive and were found empty; absent when none was.",
        },
        qemuVersion: { ...text, description: "QEMU that runs the VM." },
        pid: { type: "integer", description: "Id of that QEMU process on its node." },
        startedAt: { ...text, description: "When that QEMU process started, UTC." },
      },
      required: ["vmid", "status", "waiting"],
    },
  },
} as const;
