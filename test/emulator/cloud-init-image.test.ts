import { expect, test } from "vitest";
import { startPve } from "./client.ts";
import { SMALL_SEED } from "./small-seed.ts";

const seed = {
  ...SMALL_SEED,
  vms: [
    {
      vmid: 120,
      running: true,
      config: {
        name: "ci",
        ciuser: "ops",
        cipassword: "secret",
        nameserver: "192.0.2.53",
        ipconfig0: "ip=dhcp",
        ide2: "local-lvm:vm-120-cloudinit,media=cdrom",
      },
    },
  ],
};
const image = "/nodes/pve/qemu/120/cloudinit";
const byKey = (rows: Record<string, unknown>[]) =>
  rows.sort((left, right) => (String(left.key) < String(right.key) ? -1 : 1));

test("a running VM's image holds what it was made with; what was changed since waits for the next", async () => {
  const pve = await startPve(seed);
  expect(byKey(await pve.list(image))).toEqual([
    { key: "cipassword", value: "**********" },
    { key: "ciuser", value: "ops" },
    { key: "nameserver", value: "192.0.2.53" },
  ]);
  await pve.set(120, {
    ciuser: "root",
    searchdomain: "example.org",
    ipconfig1: "ip=dhcp",
    delete: "nameserver",
  });
  await pve.set(120, { cipassword: "other" });
  expect((await pve.vm(120)).config.ciuser).toBe("root");
  expect(byKey(await pve.list(image))).toEqual([
    { key: "cipassword", value: "**********", pending: "**********" },
    { key: "ciuser", value: "ops", pending: "root" },
    { key: "ipconfig1", pending: "ip=dhcp" },
    { key: "nameserver", delete: 1 },
    { key: "searchdomain", pending: "example.org" },
  ]);
  await pve.set(120, { ciuser: "ops" });
  expect(await pve.list(image)).toContainEqual({ key: "ciuser", value: "ops" });
});

test.each(["PUT", "start"])("the image is made anew by %s", async (how) => {
  const pve = await startPve(seed);
  await pve.set(120, { ciuser: "root" });
  if (how === "PUT") expect((await pve.call("PUT", image)).status).toBe(200);
  else {
    await pve.power(120, "stop");
    await pve.power(120, "start");
  }
  expect(await pve.list(image)).toContainEqual({ key: "ciuser", value: "root" });
});

test("hotplug of cloud-init makes it anew with every change", async () => {
  const pve = await startPve(seed);
  await pve.set(120, { hotplug: "disk,cloudinit" });
  await pve.set(120, { ciuser: "root" });
  expect(await pve.list(image)).toContainEqual({ key: "ciuser", value: "root" });
});

test("a locked VM's image is not made anew", async () => {
  const pve = await startPve(seed);
  await pve.control("POST", "/vms/120/edit", { lock: "backup" });
  expect((await pve.call("PUT", image)).message).toBe("VM is locked (backup)\n");
});
