import { join } from "node:path";
import { Bundle } from "../../incident/autopsy/bundle.ts";
import { maskOf } from "../../incident/autopsy/mask.ts";
import type { Step } from "../../incident/autopsy/step.ts";
import { incidentRows } from "./incident-series.ts";

const at = new Date("2026-06-11T16:40:00Z");

/** Threads as gdb printed them of a QEMU whose emulated controller waits for the lock. */
export const backtrace = `[New LWP 1544121]
Thread 3 (Thread 0x7f10a77fe6c0 (LWP 1544133) "CPU 1/KVM"):
#0  0x00007f10b4c3a3a8 in ioctl () from /lib/x86_64-linux-gnu/libc.so.6
#1  0x000055d1c6f2b9d9 in kvm_vcpu_ioctl ()
#2  0x000055d1c6f2be6a in kvm_cpu_exec ()
Thread 2 (Thread 0x7f10a7fff6c0 (LWP 1544132) "CPU 0/KVM"):
#0  0x00007f10b4bb9950 in __lll_lock_wait () from /lib/x86_64-linux-gnu/libc.so.6
#1  0x00007f10b4bbfc52 in pthread_mutex_lock () from /lib/x86_64-linux-gnu/libc.so.6
#2  0x000055d1c70f1bd3 in qemu_mutex_lock_impl ()
#3  0x000055d1c6e03b18 in lsi_mmio_write ()
Thread 1 (Thread 0x7f10b1c16f00 (LWP 1544121) "kvm"):
#0  0x00007f10b4c2d256 in ppoll () from /lib/x86_64-linux-gnu/libc.so.6
#1  0x000055d1c710d5ae in qemu_poll_ns ()
#2  0x000055d1c710a89a in main_loop_wait ()
`;

/** journalctl on the host, whose clock is three hours ahead. */
const hostLog = `Jun 11 18:01:04 pve apply-mbps-caps[1201833]: updating scsi0 of VM 102 (devvm)
Jun 11 18:20:51 pve pvestatd[1877]: status update time (0.412 seconds)
Jun 11 19:36:02 pve sshd[1544902]: Accepted publickey for root from 192.0.2.17
`;

/** The guest's journal, in UTC. */
const guestLog = `2026-06-11T15:18:52+00:00 devvm kernel: EXT4-fs (sda1): re-mounted. Quota mode: none.
2026-06-11T15:19:08+00:00 devvm systemd[1]: Finished sysstat-collect.service - system activity accounting tool.
`;

const seconds = (time: string) => Date.parse(time) / 1000;
const sample = (time: string) => ({
  at: time,
  blockstat: {
    scsi0: {
      rd_bytes: 8_412_997_120,
      wr_bytes: 91_220_844_544,
      rd_operations: 301_442,
      wr_operations: 5_120_331,
    },
    ide2: { rd_bytes: 0, wr_bytes: 0, rd_operations: 0, wr_operations: 0 },
  },
});

/** A bundle of the incident as it would have been captured at 16:40 UTC, from the node. */
export async function incidentBundle(
  out: string,
  over: Readonly<Record<string, unknown>> = {},
  name = "devvm",
): Promise<string> {
  const head = {
    vm: { vmid: 102, name, node: "pve" },
    endpoint: "https://pve.example.org:8006",
    started: at.toISOString(),
    host: "root@pve",
  };
  const bundle = await Bundle.create(join(out, "autopsy-102-20260611T164000Z"), head, maskOf([]));
  bundle.about({ pid: 1544121, started: "2026-05-20T06:12:44.000Z" });
  const contents: Readonly<Record<string, unknown>> = {
    "api/status.json": { status: "running", qmpstatus: "running", pid: 1544121, uptime: 1_934_836 },
    "api/rrd-day.json": incidentRows(at.getTime()),
    "api/tasks.json": [
      {
        starttime: seconds("2026-06-11T15:01:03Z"),
        endtime: seconds("2026-06-11T15:01:04Z"),
        type: "qmconfig",
        user: "root@pam",
        status: "OK",
      },
    ],
    "qmp/query-status.json": { status: "running", running: true },
    "qmp/block-statistics.json": {
      samples: [sample("2026-06-11T16:40:03Z"), sample("2026-06-11T16:40:08Z")],
    },
    "qmp/throttle.json": {
      drives: [
        {
          device: "drive-scsi0",
          qdev: "scsi0",
          limits: { bps: 0, bps_rd: 62914560, bps_wr: 62914560, iops: 0 },
        },
      ],
      groups: {},
    },
    "host/gdb-backtrace.txt": backtrace,
    "logs/1-host.log.json": { name: "host.log", timezone: "Europe/Sofia", text: hostLog },
    "logs/2-guest.log.json": { name: "guest.log", timezone: "UTC", text: guestLog },
    ...over,
  };
  for (const [file, content] of Object.entries(contents)) {
    await bundle.add(step(file), { outcome: "captured", content }, at, () => at);
  }
  await bundle.add(
    { ...step("host/stack.txt"), name: "/proc/PID/stack" },
    { outcome: "not available", reason: "cat: /proc/1544121/stack: Permission denied" },
    at,
    () => at,
  );
  await bundle.finish(true, at);
  return bundle.folder;
}

function step(file: string): Step {
  return { name: file, file, need: "allowed", seconds: 1, run: async () => undefined };
}
