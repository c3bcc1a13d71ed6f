import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { productionStack, withFleet } from "../../e2e/fleet-file.ts";
import { incident, type WaitingEstate, waitingEstate } from "../restart/waiting-estate.ts";

const saved = ".fleet/backups/102-20261124T120000.000Z.json";
const former = "local-lvm:vm-102-disk-0,discard=on,mbps_rd=60,mbps_wr=60,size=100G,ssd=1";
const plan = `devvm (102): back to ${saved} of 2026-11-24T12:00:00.000Z, 3 changes:
  options.scsihw: virtio-scsi-single => (absent)  [cold: waits for a stop and start]
  drives.scsi0.aio: threads => (absent)  [cold: waits for a stop and start]
  drives.scsi0.iothread: 1 => (absent)  [cold: waits for a stop and start]
Pulumi.prod.yaml still declares other values; change these there, or the next pulumi up writes them again:
  vms.devvm.controller: declares virtio-scsi-single, saved was absent
  vms.devvm.drives.scsi0.aio: declares threads, saved was absent
  vms.devvm.drives.scsi0.iothread: declares true, saved was absent
`;

/** VM 102 after its restart: what waited is true, and the config of before is saved. */
async function restarted(stackFile?: string): Promise<WaitingEstate> {
  const estate = await waitingEstate(incident, stackFile);
  expect((await estate.run(["restart", "devvm", "--yes"])).code).toBe(0);
  await estate.control.forget();
  return estate;
}

/** Changes what the one backup says. */
function rewrite(estate: WaitingEstate, change: (saved: Record<string, unknown>) => object): void {
  const path = join(estate.cwd, saved);
  writeFileSync(
    path,
    JSON.stringify(change(JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>)),
  );
}

test("a dry run says key by key what would be written, live or cold, and what the fleet file still declares", async () => {
  const estate = await restarted();
  const { code, stdout, stderr } = await estate.run(["rollback", "devvm", "--dry-run"]);
  expect([code, stdout, stderr]).toEqual([0, `${plan}dry run: nothing was written\n`, ""]);
  expect(await estate.control.writes()).toEqual([]);
});

test("a rollback writes the old values with the digest of its read, and a restart makes them true", async () => {
  const estate = await restarted();
  const { digest } = await estate.control.vm(102);
  const { code, stdout } = await estate.run(["rollback", "devvm", "--yes"]);
  expect([code, stdout]).toEqual([
    0,
    `${plan}devvm (102): 3 changes written; what is cold waits for fleet restart devvm\n`,
  ]);
  expect((await estate.control.writes()).map(({ path, body }) => [path, body])).toEqual([
    ["/nodes/pve/qemu/102/config", { delete: "scsihw", scsi0: former, digest }],
  ]);
  await estate.run(["restart", "devvm", "--yes", "--skip-preflight", "--backups", "elsewhere"]);
  const { config, pending } = await estate.control.vm(102);
  expect([config.scsi0, config.scsihw, pending]).toEqual([former, undefined, {}]);
  const again = await estate.run(["rollback", "devvm", "--yes"]);
  expect(again.stdout).toBe(`devvm (102): as in ${saved} already; nothing was written\n`);
});

test("caps go back at once while the rest waits, and a limit that was absent is lifted", async () => {
  const estate = await restarted();
  rewrite(estate, (config) => ({
    ...config,
    current: { ...(config.current as object), scsi0: former.replace("mbps_rd=60,mbps_wr=60", "mbps_wr=80") },
  }));
  const { stdout } = await estate.run(["rollback", "devvm", "--yes"]);
  expect(stdout).toContain("  drives.scsi0.mbps_wr: 60 => 80  [live]\n");
  expect(stdout).toContain("  drives.scsi0.mbps_rd: 60 => (absent)  [live]\n");
  const vm = await estate.control.vm(102);
  expect(vm.running).toMatchObject({ drives: { scsi0: { throttle: { mbps_wr: 80 }, iothread: true } } });
  expect(vm.pending.scsi0).toBe(former.replace("mbps_rd=60,mbps_wr=60", "mbps_wr=80"));
});

test("only what the fleet file owns goes back; the rest of the backup is history", async () => {
  const estate = await restarted();
  rewrite(estate, (config) => ({
    ...config,
    current: {
      ...(config.current as object),
      description: "old notes",
      onboot: "0",
      scsi5: "local-lvm:vm-9999-pvc-x",
    },
  }));
  const before = await estate.control.vm(102);
  await estate.run(["rollback", "devvm", "--yes"]);
  const after = await estate.control.vm(102);
  expect(after.config).toEqual(before.config);
  expect(Object.keys(after.pending)).toEqual(["scsi0"]);
});

test("a drive that has another volume by now is refused, and nothing is written", async () => {
  const estate = await restarted();
  rewrite(estate, (config) => ({
    ...config,
    current: { ...(config.current as object), scsi0: former.replace("disk-0", "disk-7") },
  }));
  const { code, stderr } = await estate.run(["rollback", "devvm", "--yes"]);
  expect([code, stderr]).toEqual([
    1,
    "devvm (102): nothing was written, because\n  drives.scsi0: the slot holds another volume than the one whose values were saved (got local-lvm:vm-102-disk-0, saved was local-lvm:vm-102-disk-7); allowed is the same volume; put the values of this drive back by hand, or leave them\n",
  ]);
  expect(await estate.control.writes()).toEqual([]);
});

test("another VM that has the number by now is refused, and nothing is written", async () => {
  const estate = await restarted();
  const uuid = "00000000-1111-2222-3333-444444444444";
  await estate.control.act(102, "edit", { smbios1: `uuid=${uuid}` });
  const before = await estate.control.vm(102);
  const { code, stderr } = await estate.run(["rollback", "devvm", "--yes"]);
  expect([code, stderr]).toEqual([
    1,
    `devvm (102): nothing was written, because\n  vmid: another VM has the number by now than the one that was saved (got uuid ${uuid}, saved was uuid 1b702a96-dbda-4677-b07c-300a6b742d17); allowed is the same VM; correct vmid, endpoint or connection; the values are in the backup, to be set by hand where they fit\n`,
  ]);
  expect(await estate.control.writes()).toEqual([]);
  expect(await estate.control.vm(102)).toEqual(before);
});

test("a write that comes between is read again, and a disk attached meanwhile stays byte for byte", async () => {
  const estate = await restarted();
  const csi = "local-lvm:vm-9999-pvc-new,backup=0,iothread=1,size=5G,wwn=0x5056432d49443031";
  await estate.control.hold("PUT", "/nodes/pve/qemu/102/config");
  const run = estate.run(["rollback", "devvm", "--yes"]);
  await estate.control.whenHeld();
  await estate.control.attach(102, "scsi1", csi);
  await estate.control.endHolds();
  expect((await run).code).toBe(0);
  const { config, pending } = await estate.control.vm(102);
  expect([config.scsi1, pending.scsi0]).toEqual([csi, former]);
  expect((await estate.control.writes()).map(({ status }) => status)).toEqual([500, 200]);
});

test("when it stops midway, it says what was written and what was not", async () => {
  const estate = await restarted();
  rewrite(estate, (config) => ({
    ...config,
    current: { ...(config.current as object), scsi0: former.replace("mbps_wr=60", "mbps_wr=80") },
  }));
  const put = "/nodes/pve/qemu/102/config";
  await estate.control.hold("PUT", put);
  const run = estate.run(["rollback", "devvm", "--yes"]);
  const [first] = await estate.control.whenHeld();
  if (first !== undefined) await estate.control.release(first);
  await estate.control.whenHeld();
  await estate.control.fault({ method: "PUT", path: put, action: "lock" });
  await estate.control.endHolds();
  const { code, stderr } = await run;
  expect(code).toBe(1);
  expect(stderr).toBe(
    [
      "devvm (102): Proxmox keeps its configuration locked (got VM is locked (backup)); no write is possible before that has ended; wait for it, or if it died, run qm unlock on the node, then run again",
      "written:",
      "  drives.scsi0.mbps_wr: 60 => 80  [live]",
      "not written:",
      "  options.scsihw: virtio-scsi-single => (absent)  [cold: waits for a stop and start]",
      "  drives.scsi0.aio: threads => (absent)  [cold: waits for a stop and start]",
      "  drives.scsi0.iothread: 1 => (absent)  [cold: waits for a stop and start]",
      "",
    ].join("\n"),
  );
});

test("a write whose answer is lost is looked at, and not done twice", async () => {
  const estate = await restarted();
  const path = "/nodes/pve/qemu/102/config";
  await estate.control.fault({ method: "PUT", path, action: "drop-after", times: 1 });
  expect((await estate.run(["rollback", "devvm", "--yes"])).code).toBe(0);
  expect(await estate.control.writes()).toHaveLength(1);
});

test("ended by the user at the question, nothing is written", async () => {
  const estate = await restarted();
  const ended = new AbortController();
  const ask = async () => {
    ended.abort();
    return true;
  };
  const { code, stderr } = await estate.run(["rollback", "devvm"], { ask, signal: ended.signal });
  expect([code, stderr]).toEqual([1, "devvm (102): interrupted; nothing was written\n"]);
  expect(await estate.control.writes()).toEqual([]);
});

test("without the privilege to write, it says so and that nothing was written", async () => {
  const estate = await restarted();
  const env = estate.env(estate.emulator.readOnlyToken);
  const { code, stderr } = await estate.run(["rollback", "devvm", "--yes"], { env });
  expect(code).toBe(1);
  expect(stderr).toMatch(/^devvm \(102\): PUT .*Proxmox does not allow it \(got 403\); .*VM\.Config/);
  expect(stderr).toContain("\nnot written:\n  options.scsihw: virtio-scsi-single => (absent)");
});

test("the newest backup is taken unless one is named", async () => {
  const estate = await restarted();
  const later = { now: () => new Date("2026-11-25T09:00:00Z") };
  await estate.run(["restart", "devvm", "--yes", "--force"], later);
  expect(readdirSync(join(estate.cwd, ".fleet/backups"))).toHaveLength(2);
  const newest = await estate.run(["rollback", "devvm", "--yes"]);
  expect(newest.stdout).toBe(
    "devvm (102): as in .fleet/backups/102-20261125T090000.000Z.json already; nothing was written\n",
  );
  const named = await estate.run(["rollback", "devvm", "--dry-run", "--backup", saved]);
  expect(named.stdout.startsWith(plan)).toBe(true);
});

test("as JSON the report has the changes and the keys of the fleet file", async () => {
  const estate = await restarted();
  const { stdout } = await estate.run(["rollback", "devvm", "--dry-run", "--json"]);
  expect(JSON.parse(stdout)).toMatchObject({
    vmid: 102,
    outcome: "dry run",
    backup: saved,
    changes: [{ path: "options.scsihw" }, { path: "drives.scsi0.aio" }, { path: "drives.scsi0.iothread" }],
    contradicted: [{ key: "vms.devvm.controller", declared: "virtio-scsi-single" }, {}, {}],
  });
});

test("a terminal is asked, and without one --yes is needed", async () => {
  const estate = await restarted();
  const silent = await estate.run(["rollback", "devvm"]);
  expect([silent.code, silent.stdout]).toEqual([1, plan]);
  expect(silent.stderr).toContain("nobody can be asked here (got no --yes)");
  const no = await estate.run(["rollback", "devvm"], { ask: async () => false });
  expect(no.stderr).toBe("devvm (102): not confirmed; nothing was written\n");
  expect(await estate.control.writes()).toEqual([]);
});

test("a VM that the fleet file does not have owns nothing that could go back", async () => {
  const estate = await restarted(withFleet(productionStack(), [["vms.pbs", undefined]]));
  const { code, stderr } = await estate.run(["rollback", "105", "--yes"]);
  expect([code, stderr]).toEqual([
    1,
    "105: not in the fleet file (got no entry in Pulumi.prod.yaml); allowed is a VM that it declares, for only what is declared is put back; correct the name, or the stack with --stack NAME\n",
  ]);
});

test.each([
  ["no JSON", "not json", /no backup \(got Unexpected token/],
  ["another shape", '{"vmid":102}', /no backup \(got node: /],
  ["another VM's", undefined, /the backup of another VM \(got 200\); allowed is one of VM 102;/],
])("a file that is %s is refused", async (_, text, message) => {
  const estate = await restarted();
  const other = readFileSync(join(estate.cwd, saved), "utf8").replace('"vmid": 102', '"vmid": 200');
  mkdirSync(join(estate.cwd, "other"));
  writeFileSync(join(estate.cwd, "other/x.json"), text ?? other);
  const { code, stderr } = await estate.run(["rollback", "devvm", "--yes", "--backup", "other/x.json"]);
  expect(code).toBe(1);
  expect(stderr).toMatch(message);
  expect(await estate.control.writes()).toEqual([]);
});

test("without a backup it says where it looked", async () => {
  const estate = await waitingEstate();
  const { code, stderr } = await estate.run(["rollback", "devvm", "--yes"]);
  expect([code, stderr]).toEqual([
    1,
    ".fleet/backups: no backup of VM 102 (got no 102-*.json); allowed is a folder in which fleet restart has saved one; name the folder with --backups DIR, or the file with --backup FILE\n",
  ]);
});
