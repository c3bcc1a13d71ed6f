import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readFleetFile, requireFleetFile } from "../../cli/stack/fleet-file.ts";
import { encryptedInStack } from "../../proxmox/api/configuration.ts";
import { checkout } from "./fleet-run.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "fleet-file-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const read = (...lines: string[]) => {
  writeFileSync(join(folder, "Pulumi.test.yaml"), lines.join("\n"));
  return readFleetFile(folder, "test");
};

test("the production file has its thirteen VMs in order, each at its line and in Proxmox's keys", () => {
  const { entries, fleet, connection, stackFile } = readFleetFile(checkout, "prod");
  expect(entries.map(({ key }) => key)).toEqual(Object.keys(fleet.vms));
  expect(entries).toHaveLength(13);
  expect(connection).toEqual({});
  const devvm = entries.find(({ key }) => key === "devvm");
  expect(devvm?.line).toBe(stackFile.declarations.find(({ name }) => name === "devvm")?.line);
  expect(devvm?.declared).toEqual({
    vmid: 102,
    node: "pve",
    options: { scsihw: "virtio-scsi-single", cores: 16, memory: 24576 },
    drives: { scsi0: { aio: "threads", iothread: true, mbps_rd: 60, mbps_wr: 60 } },
    nics: { net0: { bridge: "vmbr1", tag: 10 } },
    foreignSlots: [],
  });
});

test("an entry's own node wins over the fleet's, and a created VM has its defaults", () => {
  const { entries } = read(
    "config:",
    "  proxmox-fleet:fleet:",
    "    node: pve",
    "    vms:",
    "      here: { vmid: 100 }",
    "      there: { vmid: 101, node: pve2 }",
    "      made:",
    "        vmid: 102",
    "        create: { blank: { datastore: local-lvm } }",
    "        cpu: { cores: 2 }",
    "        memoryMiB: 2048",
    "        drives: { scsi0: { sizeGiB: 8 } }",
  );
  expect(entries.map(({ key, line, declared }) => [key, line, declared.node])).toEqual([
    ["here", 5, "pve"],
    ["there", 6, "pve2"],
    ["made", 7, "pve"],
  ]);
  expect(entries[0]?.declared.options).toEqual({});
  expect(entries[2]?.declared.options).toMatchObject({ scsihw: "virtio-scsi-single", name: "made" });
});

test("every mistake is told at once, with file and path", () => {
  const broken = () =>
    read(
      "config:",
      "  proxmox-fleet:fleet:",
      "    vms:",
      "      one: { vmid: 1 }",
      "      two: { vmid: 102, controler: lsi }",
      "      three: { vmid: 102 }",
    );
  expect(broken).toThrow(/^Pulumi\.test\.yaml: config\.proxmox-fleet:fleet\.vms\.one\.vmid: .+\n.+\n.+$/);
  expect(broken).toThrow(/vms\.two\.controler: /);
  expect(broken).toThrow(/vms\.three\.vmid: /);
});

test("what the stack says of the connection in plain text is taken; of a secret it is known that it is there", () => {
  const { connection } = read(
    "config:",
    "  proxmox-fleet:endpoint: https://pve.example.org:8006/",
    "  proxmox-fleet:insecure: true",
    "  proxmox-fleet:apiToken: { secure: AAABAE }",
    "  proxmox-fleet:fleet: { vms: {} }",
  );
  expect(connection).toEqual({
    endpoint: "https://pve.example.org:8006/",
    insecure: "true",
    apiToken: encryptedInStack,
  });
});

test.each([
  ["description", ["      devvm: { vmid: 102, description: { secure: v1:abc } }"], ".vms.devvm.description"],
  ["an item of a list", ["      devvm: { vmid: 102, tags: [a, { secure: v1:abc }] }"], ".vms.devvm.tags[1]"],
  [
    "two values",
    ["      devvm: { vmid: { secure: v1:a }, description: { secure: v1:b } }"],
    ".vms.devvm.vmid",
  ],
])("an encrypted %s is one mistake that names the key and shows nothing", (_, entries, path) => {
  const reading = () => read("config:", "  proxmox-fleet:fleet:", "    vms:", ...entries);
  expect(reading).toThrow(
    `Pulumi.test.yaml: config.proxmox-fleet:fleet${path}: is a secret, and would not stay one in the state or in the VM's configuration (got "a text that is not shown")`,
  );
  expect(reading).not.toThrow(/v1:/);
});

test("an encrypted endpoint is named, not ignored", () => {
  expect(() => read("config:", "  proxmox-fleet:endpoint: { secure: v1:abc }")).toThrow(
    "Pulumi.test.yaml: config.proxmox-fleet:endpoint: is a secret",
  );
});

test("entries that share their keys by a merge key are read with them, each at its own line", () => {
  const { entries, stackFile } = read(
    "config:",
    "  proxmox-fleet:fleet:",
    "    vms:",
    "      one: &node",
    "        vmid: 101",
    "        cpu: { cores: 8 }",
    "      two:",
    "        <<: *node",
    "        vmid: 102",
  );
  expect(entries.map(({ key, line, spec }) => [key, line, spec])).toEqual([
    ["one", 4, { vmid: 101, cpu: { cores: 8 } }],
    ["two", 7, { vmid: 102, cpu: { cores: 8 } }],
  ]);
  expect(stackFile.declarations.map(({ vmid, line }) => [vmid, line])).toEqual([
    [101, 4],
    [102, 7],
  ]);
});

test.each(["fleet", "proxmox-fleet:config:fleet"])(
  "the fleet is found under %s, as Pulumi finds it",
  (key) => {
    expect(read("config:", `  ${key}:`, "    vms: { one: { vmid: 101 } }").entries).toMatchObject([
      { key: "one", line: 3 },
    ]);
  },
);

test("a fleet as JSON text is read, as pulumi config set writes it", () => {
  expect(read("config:", `  fleet: '{"vms":{"one":{"vmid":101}}}'`).entries).toMatchObject([
    { key: "one", line: 2 },
  ]);
});

test("a fleet in two spellings is refused, since Pulumi takes either", () => {
  expect(() => read("config:", "  fleet: { vms: {} }", "  proxmox-fleet:fleet: { vms: {} }")).toThrow(
    "Pulumi.test.yaml: config: has one key in two spellings (got proxmox-fleet:fleet beside another for proxmox-fleet:fleet)",
  );
});

test("a stack that was named must have a file, and so must any where nothing would be declared without", () => {
  const refused =
    /^Pulumi\.absent\.yaml: there is no such stack file \(got none in .+\); allowed is the stack file of this project; name the stack with --stack NAME, or make one with pulumi stack init absent$/;
  expect(() => readFleetFile(folder, "absent")).toThrow(refused);
  expect(() => requireFleetFile(folder, "absent")).toThrow(refused);
  expect(() => requireFleetFile(folder)).toThrow("Pulumi.prod.yaml: there is no such stack file");
});

test("the usual stack without a file, and a file without a fleet, have no VMs", () => {
  expect(readFleetFile(folder, undefined)).toMatchObject({ entries: [], connection: {} });
  expect(read("config: {}").entries).toEqual([]);
  expect(read("").entries).toEqual([]);
});
