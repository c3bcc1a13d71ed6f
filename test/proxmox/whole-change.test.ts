import { expect, test } from "vitest";
import { planVm } from "../../proxmox/plan.ts";
import { declare, vmWith } from "./vm.ts";

test.each([
  ["startup", "order=1", "live"],
  ["ipconfig0", "ip=dhcp", "invisible"],
  ["cicustom", "vendor=local:snippets/v.yaml", "invisible"],
  ["cpu", "host", "cold"],
])("%s that goes away as a whole takes effect as its keys do", (key, text, effect) => {
  const plan = planVm(declare({ absent: [`options.${key}`] }), vmWith({ [key]: text }));
  expect(plan.changes.map((change) => change.effect)).toEqual([effect]);
});

test("a network device that loses its bridge waits where network devices cannot be plugged", () => {
  const net0 = "virtio=BC:24:11:00:00:01,bridge=vmbr0";
  const effects = (hotplug: string) =>
    planVm(declare({ absent: ["nics.net0.bridge"] }), vmWith({ net0, hotplug })).changes.map(
      (change) => change.effect,
    );
  expect(effects("0")).toEqual(["cold"]);
  expect(effects("network")).toEqual(["live"]);
});
