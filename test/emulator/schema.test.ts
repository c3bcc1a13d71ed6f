import { expect, test } from "vitest";
import { startPve } from "./client.ts";
import { SMALL_SEED } from "./small-seed.ts";

const NOT_DEFINED = "property is not defined in schema and the schema does not allow additional properties";

test.each([
  ["net0", "virtio,bridge=vmbr0,tag=5000", "net0.tag: value must have a maximum value of 4094"],
  ["net0", "virtio,bridge=vmbr0,tag=0", "net0.tag: value must have a minimum value of 1"],
  ["net0", "virtio,bridge=vmbr0,tag=x", "net0.tag: type check ('integer') failed - got 'x'"],
  ["net0", "bridge=vmbr0", "net0.model: property is missing and it is not optional"],
  ["agent", "1,type=pci", "agent.type: value 'pci' does not have a value in the enumeration 'virtio, isa'"],
  ["scsi0", "local-lvm:vm-100-disk-0,mbps_rd=abc", "scsi0.mbps_rd: type check ('number') failed - got 'abc'"],
  [
    "watchdog",
    "model=none",
    "watchdog.model: value 'none' does not have a value in the enumeration 'i6300esb, ib700'",
  ],
  ["hostpci0", "0000:06:00.0,nope=1", `hostpci0.nope: ${NOT_DEFINED}`],
])("a wrong part of %s is named: %s", async (key, value, error) => {
  const pve = await startPve(SMALL_SEED);
  const answer = await pve.put(100, { [key]: value });
  expect(answer.status).toBe(400);
  expect(answer.reason).toBe("Parameter verification failed.");
  expect(answer.message).toBe("Parameter verification failed.\n");
  expect(answer.data).toBeNull();
  expect(answer.errors).toEqual({ [key]: `invalid format - format error\n${error}\n` });
});

test.each([
  ["cores", "0", "value must have a minimum value of 1"],
  ["cores", "four", "type check ('integer') failed - got 'four'"],
  ["onboot", "yes", "type check ('boolean') failed - got 'yes'"],
  ["cpulimit", "129", "value must have a maximum value of 128"],
  [
    "scsihw",
    "lsi53",
    "value 'lsi53' does not have a value in the enumeration 'lsi, lsi53c810, virtio-scsi-pci, virtio-scsi-single, megasas, pvscsi'",
  ],
  ["name", "-bad-", "invalid format - value does not look like a valid DNS name\n"],
  ["tags", "a!b", "invalid format - invalid characters in tag\n"],
  ["hotplug", "disk,gpu", "invalid format - invalid hotplug feature 'gpu'\n"],
  ["startup", "order=x", "invalid format - unable to parse startup options\n"],
])("%s=%s is refused", async (key, value, error) => {
  const pve = await startPve(SMALL_SEED);
  const answer = await pve.put(100, { [key]: value });
  expect(answer.status).toBe(400);
  expect(answer.errors).toEqual({ [key]: error });
});

test.each(["foo", "scsi31", "sata6", "net32", "meta", "scsi01", "constructor"])(
  "%s is no parameter, and the request is recorded as unknown",
  async (key) => {
    const pve = await startPve(SMALL_SEED);
    const answer = await pve.put(100, { [key]: "1" });
    expect(answer.status).toBe(400);
    expect(answer.errors).toEqual({ [key]: NOT_DEFINED });
    expect(await pve.control("GET", "/unknown")).toEqual([
      { method: "PUT", path: "/nodes/pve/qemu/100/config", status: 400, parameters: [key] },
    ]);
  },
);

test("an unknown path or method is 501 and recorded", async () => {
  const pve = await startPve(SMALL_SEED);
  const answer = await pve.call("GET", "/nodes/pve/nothing");
  expect(answer.status).toBe(501);
  expect(answer.reason).toBe("Method 'GET /nodes/pve/nothing' not implemented");
  expect((await pve.call("POST", "/version")).status).toBe(501);
  expect(await pve.control("GET", "/unknown")).toEqual([
    { method: "GET", path: "/nodes/pve/nothing", status: 501, parameters: [] },
    { method: "POST", path: "/version", status: 501, parameters: [] },
  ]);
});

test("a DELETE with a body is 501", async () => {
  const pve = await startPve(SMALL_SEED);
  expect((await pve.call("DELETE", "/nodes/pve/qemu/101", { form: { purge: 1 } })).status).toBe(501);
});

test("a missing parameter is named", async () => {
  const pve = await startPve(SMALL_SEED);
  const answer = await pve.call("POST", "/nodes/pve/qemu/100/clone", { form: { name: "x" } });
  expect(answer.errors).toEqual({ newid: "property is missing and it is not optional" });
});

test("no options, and options that need others, are refused", async () => {
  const pve = await startPve(SMALL_SEED);
  expect((await pve.put(100, {})).message).toBe("no options specified\n");
  expect((await pve.put(100, { boot: "order=scsi5" })).message).toBe(
    "invalid bootorder: device 'scsi5' does not exist'\n",
  );
  expect((await pve.put(100, { balloon: 9000 })).message).toBe(
    "balloon value too large (must be smaller than assigned memory)\n",
  );
});

test("a JSON body is taken like a form", async () => {
  const pve = await startPve(SMALL_SEED);
  const answer = await pve.call("PUT", "/nodes/pve/qemu/100/config", { json: { onboot: false, name: "j" } });
  expect(answer.status).toBe(200);
  expect(await pve.config(100)).toMatchObject({ onboot: 0, name: "j" });
});

test("a VM or a node that is not there is a 500 that says so in its reason", async () => {
  const pve = await startPve(SMALL_SEED);
  const vm = await pve.call("GET", "/nodes/pve/qemu/999/config");
  expect(vm.status).toBe(500);
  expect(vm.reason).toBe("Configuration file 'nodes/pve/qemu-server/999.conf' does not exist");
  const elsewhere = await pve.call("GET", "/nodes/pve2/qemu/100/config");
  expect(elsewhere.reason).toBe("Configuration file 'nodes/pve2/qemu-server/100.conf' does not exist");
  expect((await pve.call("GET", "/nodes/nope/qemu")).reason).toContain("hostname lookup 'nope' failed");
});

test("a locked VM refuses writes", async () => {
  const pve = await startPve(SMALL_SEED);
  await pve.control("POST", "/vms/100/edit", { lock: "backup" });
  const answer = await pve.put(100, { name: "x" });
  expect(answer.status).toBe(500);
  expect(answer.message).toBe("VM is locked (backup)\n");
  expect(await pve.power(100, "stop")).toBe("VM is locked (backup)");
});
