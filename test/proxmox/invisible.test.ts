import { describe, expect, it } from "vitest";
import { invisibleWaiting } from "../../proxmox/invisible.ts";
import type { Change } from "../../proxmox/plan.ts";
import { declare, devvm, vmWith } from "./vm.ts";

const declared = declare({
  options: { nameserver: "192.0.2.53" },
  drives: { scsi0: { serial: "new", mbps_rd: 60 } },
});
const after = vmWith({
  ...devvm,
  nameserver: "192.0.2.53",
  scsi0: `${devvm.scsi0},serial=new`,
});
const written: Change[] = [
  { path: "options.nameserver", from: "192.0.2.1", to: "192.0.2.53", effect: "invisible" },
  { path: "drives.scsi0.serial", to: "new", effect: "invisible" },
  { path: "drives.scsi0.mbps_rd", from: "70", to: "60", effect: "live" },
];
const waits = [
  { path: "options.nameserver", from: "192.0.2.1", to: "192.0.2.53", configured: true },
  { path: "drives.scsi0.serial", to: "new", configured: true },
];

describe("invisibleWaiting", () => {
  it("has what was written of the class while the VM ran, and nothing live", () => {
    expect(invisibleWaiting(declared, after, [], written)).toEqual(waits);
  });

  it("goes on saying so when nothing more is written", () => {
    expect(invisibleWaiting(declared, after, waits, [])).toEqual(waits);
  });

  it("has nothing of a VM that is stopped", () => {
    expect(invisibleWaiting(declared, { ...after, running: false }, waits, written)).toEqual([]);
  });

  it("does not take what Proxmox itself keeps as pending for remembered", () => {
    expect(invisibleWaiting(declared, after, [{ path: "options.nameserver", to: "x" }], [])).toEqual([]);
  });

  it("keeps what QEMU runs with through a second change, and drops the key when that brings it back", () => {
    const again = (to: string): Change[] => [
      { path: "options.nameserver", from: "192.0.2.53", to, effect: "invisible" },
    ];
    expect(invisibleWaiting(declared, after, waits.slice(0, 1), again("192.0.2.54"))).toEqual([
      { path: "options.nameserver", from: "192.0.2.1", to: "192.0.2.54", configured: true },
    ]);
    expect(invisibleWaiting(declared, after, waits.slice(0, 1), again("192.0.2.1"))).toEqual([]);
  });

  it("says what the config has after another's hand, and nothing once that put the old value back", () => {
    const edited = (nameserver: string) => vmWith({ ...after.current, nameserver });
    expect(invisibleWaiting(declared, edited("203.0.113.9\u001b[2K"), waits.slice(0, 1), [])).toEqual([
      { path: "options.nameserver", from: "192.0.2.1", to: "203.0.113.9\\u001b[2K", configured: true },
    ]);
    expect(invisibleWaiting(declared, edited("192.0.2.1"), waits.slice(0, 1), [])).toEqual([]);
  });

  it("forgets a key that is no longer owned", () => {
    const disowned = declare({ drives: { scsi0: { serial: "new" } } });
    expect(invisibleWaiting(disowned, after, waits, [])).toEqual(waits.slice(1));
  });

  it("keeps what it knows of a drive whose text nobody can read", () => {
    const broken = vmWith({ ...after.current, scsi0: "a,b" });
    expect(invisibleWaiting(declared, broken, waits, [])).toEqual(waits);
  });
});
