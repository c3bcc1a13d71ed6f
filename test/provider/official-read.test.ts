import { expect, test } from "vitest";
import { officialReadProblem } from "../../provider/official-read.ts";
import type { VmSnapshot } from "../../proxmox/snapshot.ts";

function snapshot(current: Record<string, string>, pending: Record<string, string> = {}): VmSnapshot {
  return { digest: "d", running: true, current, pending, pendingDeletes: new Set() };
}

test.each(["mbps_rd=60.5", "mbps_wr=60.0", "mbps_wr_max=.5", "mbps_rd_max=1."])(
  "%s is what the official provider cannot read, on any drive",
  (cap) => {
    expect(officialReadProblem(snapshot({ virtio3: `local-lvm:vm-9999-pvc-a,${cap},size=1G` }))).toContain(
      `(got virtio3: ${cap})`,
    );
  },
);

test("what waits in a drive counts, since the official provider reads the config with what waits", () => {
  const whole = "local-lvm:vm-100-disk-0,mbps_rd=60,size=1G";
  const fraction = whole.replace("60", "60.5");
  expect(officialReadProblem(snapshot({ scsi0: whole }, { scsi0: fraction }))).toContain(
    "(got scsi0: mbps_rd=60.5)",
  );
  expect(officialReadProblem(snapshot({ scsi0: fraction }, { scsi0: whole }))).toBeUndefined();
});

test("whole caps, totals and other keys are no problem to it", () => {
  const current = {
    scsi0: "local-lvm:vm-100-disk-0,mbps=12.5,mbps_rd=60",
    net0: "virtio=BC:24:11:00:00:01,rate=12.5",
  };
  expect(officialReadProblem(snapshot(current))).toBeUndefined();
});
