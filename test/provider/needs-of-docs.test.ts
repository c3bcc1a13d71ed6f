import { expect, test } from "vitest";
import { vmSpec } from "../../components/spec/vm-spec.ts";
import { optionNameMistake } from "../../proxmox/option-table.ts";
import { planVm } from "../../proxmox/plan.ts";
import { documentedKeys, documentedNeeds } from "../answers/documented-needs.ts";

/** The table of docs/security.md against what can be declared; against Proxmox's answers it is held in test/answers. */

/** Keys of an entry that are nothing in a VM's configuration, or that only a creation reads. */
const NOT_WRITTEN = [
  "absent",
  "create",
  "efi",
  "foreignSlots",
  "formerKeys",
  "node",
  "pool",
  "scrapeJob",
  "tpm",
  "vmid",
];

test("every key of an entry that is written is in the table", () => {
  const words = new Set(documentedKeys.flatMap(({ entry }) => entry.match(/[A-Za-z]+/g) ?? []));
  const written = Object.keys(vmSpec.shape).filter((key) => !NOT_WRITTEN.includes(key));
  expect(written.filter((key) => !words.has(key))).toEqual([]);
});

test("every key of the table can be declared, and each way of writing it stands there once", () => {
  const options = documentedKeys.filter(({ family }) => !/^(?:net|ide|sata|scsi|virtio)N$/.test(family));
  for (const { family } of options) {
    expect(optionNameMistake(family.replace(/N$/, "0")), family).toBeUndefined();
  }
  const all = documentedKeys.map(({ family, pattern }) => `${family} ${pattern}`);
  expect(all.filter((one, index) => all.indexOf(one) !== index)).toEqual([]);
});

const samples: readonly (readonly [key: string, text: string])[] = [
  ["affinity", "0-1"],
  ["arch", "x86_64"],
  ["args", "-no-hpet"],
  ["hookscript", "local:snippets/h.pl"],
  ["hugepages", "2"],
  ["ivshmem", "size=16"],
  ["keephugepages", "1"],
  ["parallel1", "/dev/parport0"],
  ["spice_enhancements", "foldersharing=1"],
  ["vmgenid", "8a1b2c3d-0000-4000-8000-00000000beef"],
  ["hostpci2", "0000:0a:00.0"],
  ["hostpci2", "mapping=tape"],
  ["hostpci2", "mapping=tape,romfile=t.bin"],
  ["usb4", "3-1"],
  ["usb4", "spice"],
  ["usb4", "mapping=key"],
  ["serial3", "socket"],
  ["serial3", "/dev/ttyS3"],
  ["rng0", "source=/dev/hwrng"],
  ["virtiofs1", "dirid=share"],
  ["vmstatestorage", "local"],
  ["onboot", "1"],
  ["cores", "3"],
];

test.each(samples)("a preview refuses %s: %s exactly where the table says root@pam", (key, text) => {
  const declared = { vmid: 100, options: { [key]: text }, drives: {}, nics: {}, foreignSlots: [] };
  const snapshot = {
    digest: "d",
    running: false,
    current: {},
    pending: {},
    pendingDeletes: new Set<string>(),
  };
  const { problems } = planVm(declared, snapshot);
  expect(problems.length > 0).toBe(documentedNeeds(100, key, text) === "root");
  for (const { reason } of problems) expect(reason).toContain("only root@pam may write");
});

test("every line that says root@pam has a sample above", () => {
  const roots = documentedKeys.filter(({ needs }) => needs === "root@pam").map(({ family }) => family);
  const sampled = samples.map(([key]) => key);
  const has = (family: string) =>
    sampled.some((key) => key === family || key.replace(/\d+$/, "N") === family);
  expect(roots.filter((family) => !has(family))).toEqual([]);
});
