import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { productionStack, withFleet } from "../../e2e/fleet-file.ts";
import { seedWith, waitingEstate, waits } from "./waiting-estate.ts";

const readyGuest = `  pre-flight in the guest, needed: passed
    ok   driver: virtio_scsi is built into kernel 6.8.0-60-generic
    ok   initramfs: /boot/initrd.img-6.8.0-60-generic is there
    ok   root: root=/dev/mapper/ubuntu--vg-ubuntu--lv
    ok   fstab: 3 mounts, none by the device's name
`;
const plan = `devvm (102): a cold stop and start makes these 3 true
${waits.map((one) => `  ${one}\n`).join("")}  a reboot from inside the guest would not: the same QEMU process goes on; Proxmox's own reboot would, as this does
  the SCSI controller changes under the disks, from lsi to virtio-scsi-single: another driver in the guest
${readyGuest}`;

test("a dry run prints the plan and looks into the guest, and writes nothing", async () => {
  const estate = await waitingEstate();
  const { code, stdout, stderr } = await estate.run(["restart", "devvm", "--dry-run"]);
  expect([code, stdout, stderr]).toEqual([0, `${plan}dry run: nothing was done\n`, ""]);
  expect(await estate.writes()).toEqual([]);
  expect(await estate.control.unknown()).toEqual([]);
});

test("a restart makes true what waits, in a new process, and saves the config before", async () => {
  const estate = await waitingEstate();
  const before = await estate.control.vm(102);
  const { code, stdout, stderr } = await estate.run(["restart", "devvm", "--yes"]);
  expect(stderr).toBe(
    [
      "its config is saved in .fleet/backups/102-20261124T120000.000Z.json",
      "shutting it down, within 180 s",
      "starting it",
      "looking at what it runs",
    ]
      .map((line) => `fleet restart: devvm (102): ${line}\n`)
      .join(""),
  );
  const after = await estate.control.vm(102);
  const pids = [before, after].map(({ running }) => (running as { pid: number }).pid);
  expect(pids[0]).not.toBe(pids[1]);
  expect(stdout).toBe(
    `${plan}devvm (102): runs in a new QEMU process (${pids[1]}, was ${pids[0]}); true now:\n${waits.map((one) => `  ${one}\n`).join("")}`,
  );
  expect(code).toBe(0);
  expect(after.pending).toEqual({});
  expect(after.running).toMatchObject({
    controller: "virtio-scsi-single",
    drives: { scsi0: { iothread: true, options: { aio: "threads" } } },
  });
  expect(await estate.writes()).toEqual([
    "POST /nodes/pve/qemu/102/status/shutdown",
    "POST /nodes/pve/qemu/102/status/start",
  ]);
  expect(await estate.control.unknown()).toEqual([]);
});

test("the backup has what was current and what waited, and only its owner can read it", async () => {
  const estate = await waitingEstate();
  await estate.control.act(102, "edit", { cipassword: "$5$secret" });
  await estate.run(["restart", "102", "--yes"]);
  const folder = join(estate.cwd, ".fleet/backups");
  const [name = ""] = readdirSync(folder);
  const file = join(folder, name);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const text = readFileSync(file, "utf8");
  expect(text).not.toContain("cipassword");
  const saved = JSON.parse(text) as Record<string, unknown>;
  expect(saved).toMatchObject({
    vmid: 102,
    name: "devvm",
    node: "pve",
    savedAt: "2026-11-24T12:00:00.000Z",
    qemuVersion: "10.1.2",
    pending: { scsihw: "virtio-scsi-single" },
    pendingDeletes: [],
  });
  expect(saved.current).not.toHaveProperty("scsihw");
});

test("where nothing waits, nothing is done, unless it is forced", async () => {
  const estate = await waitingEstate();
  await estate.run(["restart", "devvm", "--yes"]);
  await estate.control.forget();
  const idle = await estate.run(["restart", "devvm", "--yes"]);
  expect([idle.code, idle.stdout]).toEqual([
    0,
    "devvm (102): nothing waits; nothing was done; --force restarts it all the same\n",
  ]);
  expect(await estate.writes()).toEqual([]);
  const forced = await estate.run(["restart", "devvm", "--yes", "--force"], {
    now: () => new Date("2026-11-24T13:00:00Z"),
  });
  expect(forced.stdout).toMatch(/runs in a new QEMU process \(\d+, was \d+\); nothing had waited\n$/);
});

test("a terminal is asked, and only a yes restarts", async () => {
  const estate = await waitingEstate();
  const asked: string[] = [];
  const answer = (yes: boolean) => async (question: string) => {
    asked.push(question);
    return yes;
  };
  const no = await estate.run(["restart", "devvm"], { ask: answer(false) });
  expect([no.code, no.stderr]).toEqual([1, "devvm (102): not confirmed; nothing was done\n"]);
  expect(await estate.writes()).toEqual([]);
  expect((await estate.run(["restart", "devvm", "--hard"], { ask: answer(true) })).code).toBe(0);
  expect(asked).toEqual([
    "devvm (102): shut it down and start it?",
    "devvm (102): end it hard, like pulling the plug, and start it?",
  ]);
  expect((await estate.writes())[0]).toBe("POST /nodes/pve/qemu/102/status/stop");
});

test("without a terminal and without --yes nothing happens", async () => {
  const estate = await waitingEstate();
  const { code, stdout, stderr } = await estate.run(["restart", "devvm"]);
  expect([code, stdout]).toEqual([1, plan]);
  expect(stderr).toBe(
    "devvm (102): nobody can be asked here (got no --yes); allowed is a terminal, or --yes; add it if the plan is right; nothing was done\n",
  );
  expect(await estate.writes()).toEqual([]);
});

test("as JSON the report has plan, pre-flight, backup and warnings, and the plan goes to stderr", async () => {
  const estate = await waitingEstate();
  const { stdout, stderr } = await estate.run(["restart", "devvm", "--yes", "--json"]);
  expect(JSON.parse(stdout)).toMatchObject({
    vmid: 102,
    vm: "devvm (102)",
    outcome: "restarted",
    plan: {
      activates: [
        { path: "drives.scsi0.aio", key: "scsi0", part: "aio", to: "threads", declared: true },
        { path: "drives.scsi0.iothread", key: "scsi0", part: "iothread", to: "1", declared: true },
        { path: "options.scsihw", key: "scsihw", part: "", to: "virtio-scsi-single", declared: true },
      ],
      controller: { from: "lsi", to: "virtio-scsi-single", needsPreflight: true },
    },
    preflight: { verdict: "passed" },
    backup: ".fleet/backups/102-20261124T120000.000Z.json",
    warnings: [],
  });
  expect(stderr.startsWith(plan)).toBe(true);
});

test("what Proxmox warns of at the start is shown, and is a finding", async () => {
  const estate = await waitingEstate(
    seedWith(102, {
      pending: {
        scsi0: "local-lvm:vm-102-disk-0,discard=on,iothread=1,mbps_rd=60,mbps_wr=60,size=100G,ssd=1",
      },
    }),
    withFleet(productionStack(), [
      ["vms.devvm.controller", undefined],
      ["vms.devvm.drives.scsi0", { caps: { readMiBps: 60, writeMiBps: 60 } }],
    ]),
  );
  const { code, stdout } = await estate.run(["restart", "devvm", "--yes"]);
  expect(stdout).toContain(
    "  drives.scsi0.iothread: (absent) => 1  [not of the fleet file: another hand left it there]\n",
  );
  expect(stdout).toContain(
    "  warning of Proxmox at the start: iothread is only valid with virtio disk or virtio-scsi-single controller, ignoring\n",
  );
  expect(code).toBe(2);
});
