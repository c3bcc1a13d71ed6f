import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readFleetFile } from "../../cli/stack/fleet-file.ts";
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

test("what the stack says of the connection in plain text is taken; a secret is not", () => {
  const { connection } = read(
    "config:",
    "  proxmox-fleet:endpoint: https://pve.example.org:8006/",
    "  proxmox-fleet:insecure: true",
    "  proxmox-fleet:apiToken: { secure: AAABAE }",
    "  proxmox-fleet:fleet: { vms: {} }",
  );
  expect(connection).toEqual({ endpoint: "https://pve.example.org:8006/", insecure: "true" });
});

test("a stack without a file, and a file without a fleet, have no VMs", () => {
  expect(readFleetFile(folder, "absent")).toMatchObject({ entries: [], connection: {} });
  expect(read("config: {}").entries).toEqual([]);
  expect(read("").entries).toEqual([]);
});
