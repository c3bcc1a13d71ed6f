import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Surroundings } from "../../../cli/surroundings.ts";
import { ProxmoxClient } from "../../../proxmox/api/client.ts";
import { usualPatience } from "../../../proxmox/api/patience.ts";
import { connectionOf } from "../../connection-of.ts";
import { documentedRole } from "../../provider/roles-of-docs.ts";
import { incident, seedWith, waitingEstate } from "./waiting-estate.ts";

const shutdown = "/nodes/pve/qemu/102/status/shutdown";
const start = "/nodes/pve/qemu/102/status/start";
const yes = ["restart", "devvm", "--yes"];
const backup = ".fleet/backups/102-20261124T120000.000Z.json";
const error = (stderr: string) =>
  stderr
    .split("\n")
    .filter((line) => !line.startsWith("fleet restart: "))
    .join("\n");

test("a guest that does not shut down in time loses nothing, and the choices are said", async () => {
  const estate = await waitingEstate();
  await estate.control.act(102, "guest", { ignoresShutdown: true });
  const before = await estate.control.vm(102);
  const { code, stderr } = await estate.run([...yes, "--timeout", "5"]);
  expect(code).toBe(1);
  expect(error(stderr)).toMatch(
    /^devvm \(102\): it did not shut down within 5 s \(got task UPID:\S+ failed: VM quit\/powerdown failed - got timeout\); nothing was lost: it still runs, and what waits still waits; .*fleet autopsy; then run again with a longer --timeout SECONDS, or with --hard, which ends it like pulling the plug\n$/,
  );
  expect(await estate.control.vm(102)).toEqual(before);
  expect((await estate.control.writes()).at(-1)).toMatchObject({ path: shutdown, body: { timeout: "5" } });
  expect((await estate.run([...yes, "--hard", "--backups", "elsewhere"])).code).toBe(0);
});

test("a VM that is locked at the last moment is not stopped", async () => {
  const estate = await waitingEstate();
  const before = await estate.control.vm(102);
  await estate.control.fault({ path: shutdown, action: "lock", message: "migrate" });
  const { code, stderr } = await estate.run(yes);
  expect(code).toBe(1);
  expect(error(stderr)).toBe(
    `devvm (102): POST ${shutdown}: Proxmox answers 500: VM is locked (migrate); nothing was stopped\n`,
  );
  expect(await estate.control.vm(102)).toEqual(before);
});

test("a guest that goes down after the bound is started all the same", async () => {
  const estate = await waitingEstate();
  await estate.control.fault({ path: shutdown, action: "drop-after", times: 1 });
  const { code, stderr } = await estate.run(yes);
  expect([code, error(stderr)]).toEqual([0, ""]);
  expect((await estate.control.vm(102)).pending).toEqual({});
});

test("a shutdown whose request is lost is not sent again, and the VM still runs", async () => {
  const estate = await waitingEstate();
  const before = await estate.control.vm(102);
  await estate.control.fault({ path: shutdown, action: "drop-before", times: 1 });
  const { code, stderr } = await estate.run([...yes, "--timeout", "2"]);
  expect(code).toBe(1);
  expect(error(stderr)).toContain("nothing was lost: it still runs, and what waits still waits");
  expect(await estate.control.vm(102)).toEqual(before);
  expect(await estate.writes()).toEqual([`POST ${shutdown}`]);
});

test("a start that fails brings the values of before back, and the VM runs with them", async () => {
  const estate = await waitingEstate();
  const before = await estate.control.vm(102);
  await estate.control.fault({
    path: start,
    action: "task-fail",
    message: "start failed: QEMU exited with code 1",
    times: 1,
  });
  const { code, stderr } = await estate.run(yes);
  expect(code).toBe(1);
  expect(error(stderr)).toMatch(
    new RegExp(
      [
        "^devvm \\(102\\): it did not start with what was activated \\(got task UPID:\\S+ failed: start failed: QEMU exited with code 1\\)",
        `put back, from ${backup}:`,
        "  options\\.scsihw: virtio-scsi-single => \\(absent\\)",
        "  drives\\.scsi0\\.aio: threads => \\(absent\\)",
        "  drives\\.scsi0\\.iothread: 1 => \\(absent\\)",
        "it runs again with the values of before; find the cause in the log of the failed start; the fleet file still declares the new values, and the next pulumi up would write them again\n$",
      ].join("\n"),
    ),
  );
  const after = await estate.control.vm(102);
  expect(after.config).toEqual(before.config);
  expect(after.pending).toEqual({});
  expect(after.running).toMatchObject({ controller: "lsi", drives: { scsi0: { iothread: false } } });
  expect(await estate.control.unknown()).toEqual([]);
});

test("when it does not start with the values of before either, it says so and what to do by hand", async () => {
  const estate = await waitingEstate();
  const before = await estate.control.vm(102);
  await estate.control.fault({ path: start, action: "task-fail", message: "no memory" });
  const { code, stderr } = await estate.run(yes);
  expect(code).toBe(1);
  expect(error(stderr)).toMatch(
    new RegExp(
      `\nit does not start with these either \\(got task UPID:\\S+ failed: no memory\\), so that something else is wrong: it is stopped; its config of before is in ${backup}; look at the start task's log, then qm start 102 on node pve\n$`,
    ),
  );
  const after = await estate.control.vm(102);
  expect([after.status, after.config]).toEqual(["stopped", before.config]);
});

test("when the values of before cannot be written, it says how the VM is and where they are", async () => {
  const estate = await waitingEstate();
  await estate.control.fault({ path: start, action: "task-fail", message: "broken" });
  await estate.control.fault({ method: "PUT", path: "/nodes/pve/qemu/102/config", action: "lock" });
  const { code, stderr } = await estate.run(yes);
  expect(code).toBe(1);
  expect(error(stderr)).toMatch(
    /\nthe values of before could not be put back: .*VM is locked \(backup\)[\s\S]*\nit is stopped; correct it by hand: its config of before is in /,
  );
  expect(JSON.parse(readFileSync(join(estate.cwd, backup), "utf8"))).toMatchObject({ vmid: 102 });
});

test("a VM that is locked while it is stopped is left to whoever locked it", async () => {
  const estate = await waitingEstate();
  await estate.control.fault({ path: start, action: "lock", message: "backup" });
  const { code, stderr } = await estate.run(yes);
  expect(code).toBe(1);
  expect(error(stderr)).toMatch(
    /somebody locked it before it could be started \(got backup\); it is stopped;/,
  );
  expect(await estate.writes()).toEqual([`POST ${shutdown}`, `POST ${start}`]);
});

test("a start whose answer is lost is looked at, and not done twice", async () => {
  const estate = await waitingEstate();
  await estate.control.fault({ path: start, action: "drop-after", times: 1 });
  expect((await estate.run(yes)).code).toBe(0);
  expect(await estate.writes()).toEqual([`POST ${shutdown}`, `POST ${start}`]);
});

test("a start whose request is lost is asked for again", async () => {
  const estate = await waitingEstate();
  await estate.control.fault({ path: start, action: "drop-before", times: 1 });
  expect((await estate.run(yes)).code).toBe(0);
  expect(await estate.writes()).toEqual([`POST ${shutdown}`, `POST ${start}`, `POST ${start}`]);
});

test("ended by the user while the guest shuts down, it says the step and how the VM is", async () => {
  const estate = await waitingEstate();
  const ended = new AbortController();
  await estate.control.hold("POST", shutdown);
  const run = estate.run(yes, { signal: ended.signal });
  const [held] = await estate.control.whenHeld();
  ended.abort();
  if (held !== undefined) await estate.control.release(held);
  const { code, stderr } = await run;
  expect(code).toBe(1);
  expect(error(stderr)).toBe(
    `devvm (102): interrupted while shutting it down, within 180 s; it is stopped, and stays so until it is started: qm start 102 on node pve, which applies what waits; its config of before is in ${backup}\n`,
  );
  expect(await estate.writes()).toEqual([`POST ${shutdown}`]);
});

test("ended by the user before anything was stopped, nothing was", async () => {
  const estate = await waitingEstate();
  const ended = new AbortController();
  const ask = async () => {
    ended.abort();
    return true;
  };
  const { code, stderr } = await estate.run(["restart", "devvm"], { signal: ended.signal, ask });
  expect([code, stderr]).toEqual([1, "devvm (102): interrupted; nothing was stopped\n"]);
  expect(await estate.writes()).toEqual([]);
});

test("a disk that a CSI driver attaches while a failed start is undone stays byte for byte", async () => {
  const estate = await waitingEstate();
  const csi = "local-lvm:vm-9999-pvc-new,backup=0,iothread=1,size=5G,wwn=0x5056432d49443031";
  await estate.control.fault({ path: start, action: "task-fail", message: "broken", times: 1 });
  await estate.control.hold("PUT", "/nodes/pve/qemu/102/config");
  const run = estate.run(yes);
  const [held] = await estate.control.whenHeld();
  await estate.control.attach(102, "scsi1", csi);
  await estate.control.endHolds();
  expect(held?.path).toBe("/nodes/pve/qemu/102/config");
  const { stderr } = await run;
  expect(stderr).toContain("it runs again with the values of before");
  const { config } = await estate.control.vm(102);
  expect(config.scsi1).toBe(csi);
  expect(config.scsi0).toBe("local-lvm:vm-102-disk-0,discard=on,mbps_rd=60,mbps_wr=60,size=100G,ssd=1");
  expect(config).not.toHaveProperty("scsihw");
});

test("a VM that ends right after its start gets the values of before, too", async () => {
  const estate = await waitingEstate();
  await estate.control.hold("POST", start);
  const run = estate.run(yes);
  const [starting] = await estate.control.whenHeld();
  await estate.control.hold("GET", "/nodes/pve/tasks/**");
  if (starting !== undefined) await estate.control.release(starting);
  await estate.control.whenHeld();
  await estate.control.act(102, "guest-poweroff");
  await estate.control.endHolds();
  const { code, stderr } = await run;
  expect(code).toBe(1);
  expect(error(stderr)).toContain(
    "it did not start with what was activated (got it was started and ended at once)",
  );
  expect(error(stderr)).toContain("it runs again with the values of before");
  expect((await estate.control.vm(102)).running).toMatchObject({ controller: "lsi" });
});

test("ended by the user while a shutdown is under way, it says that this goes on", async () => {
  const estate = await waitingEstate();
  const ended = new AbortController();
  await estate.control.fault({ path: shutdown, action: "task-delay", milliseconds: 600_000 });
  const patience = { ...usualPatience, sleep: async () => ended.abort() };
  const { code, stderr } = await estate.run(yes, { signal: ended.signal, patience });
  expect(code).toBe(1);
  expect(error(stderr)).toBe(
    `devvm (102): interrupted while shutting it down, within 180 s; it runs; a shutdown that was asked for goes on without us, and the VM then stays stopped; its config of before is in ${backup}\n`,
  );
});

test("operator and writer together are privileged enough to put the values of before back", async () => {
  const acl = { "/vms/102": [...documentedRole("FleetOperator"), ...documentedRole("FleetWriter")] };
  const tokens = [{ id: "fleet@pve!operate", secret: "s", acl }];
  const estate = await waitingEstate({ ...incident, tokens });
  await estate.control.fault({ path: start, action: "task-fail", message: "broken", times: 1 });
  const { stderr } = await estate.run(yes, { env: estate.env("fleet@pve!operate=s") });
  expect(error(stderr)).toContain("it runs again with the values of before");
  const refused = (await estate.control.requests()).filter(({ status }) => status !== 200);
  expect(refused).toEqual([]);
});

test("a device that was new stays when the rest is put back, and it is said", async () => {
  const estate = await waitingEstate(
    seedWith(102, { pending: { watchdog: "model=i6300esb", sata0: "local-lvm:vm-102-disk-5,size=1G" } }),
  );
  await estate.control.fault({ path: start, action: "task-fail", message: "broken", times: 1 });
  const { stderr } = await estate.run(yes);
  expect(error(stderr)).toContain("  options.watchdog: model=i6300esb => (absent)\n");
  expect(error(stderr)).toContain(
    "\nleft as it is now, since it cannot be put back:\n  drives.sata0: the slot was empty, and nothing is ever unplugged here",
  );
  expect(error(stderr)).toContain("it runs again with the values of before");
  const { config } = await estate.control.vm(102);
  expect([config.sata0, config.scsihw, config.watchdog]).toEqual([
    "local-lvm:vm-102-disk-5,size=1G",
    undefined,
    undefined,
  ]);
});

/** Another hand writes in the moment in which the guest is asked to shut down. */
async function writtenMeanwhile(
  config: Record<string, string>,
  over: Partial<Surroundings> = {},
  argv: readonly string[] = yes,
) {
  const estate = await waitingEstate();
  await estate.control.hold("POST", shutdown);
  const running = estate.run(argv, over);
  await estate.control.whenHeld();
  const client = new ProxmoxClient(connectionOf(estate.emulator));
  await client.put("/nodes/pve/qemu/102/config", config);
  client.close();
  await estate.control.endHolds();
  return { estate, ...(await running) };
}

test("what another hand writes while the guest shuts down is not activated unsaid: the VM stays stopped, and how to go on is said", async () => {
  const { estate, code, stderr } = await writtenMeanwhile({ scsihw: "pvscsi" });
  expect(code).toBe(1);
  expect(error(stderr)).toMatch(
    /^devvm \(102\): changed while it shut down, and the start would make it true as well:\n {2}options\.scsihw: virtio-scsi-single => pvscsi .*\ndevvm \(102\): it is stopped, and was not started with what nobody confirmed; start it as it is now: qm start 102 on node pve; or correct these values first, /,
  );
  expect((await estate.writes()).filter((one) => one.startsWith("POST"))).toEqual([`POST ${shutdown}`]);
  expect((await estate.control.vm(102)).status).toBe("stopped");
});

test("a person at a terminal may have it started with that, too", async () => {
  const asked: string[] = [];
  const ask = async (question: string) => {
    asked.push(question);
    return true;
  };
  const { estate, code } = await writtenMeanwhile({ cores: "2" }, { ask }, ["restart", "devvm"]);
  expect(code).toBe(0);
  expect(asked.at(-1)).toMatch(/options\.cores: 16 => 2 .*\n.*start it with that too\?$/);
  expect((await estate.control.vm(102)).pending).toEqual({});
});

test("what takes no start to be true may be written meanwhile, and stops nothing", async () => {
  const { code, stderr } = await writtenMeanwhile({ name: "renamed" });
  expect([code, error(stderr)]).toEqual([0, ""]);
});
