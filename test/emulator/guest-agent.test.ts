import { expect, test } from "vitest";
import { type Pve, startPve } from "./client.ts";
import { SMALL_SEED } from "./small-seed.ts";

const A = "/nodes/pve/qemu/100/agent";

/** VM 100 with a guest, and tokens of one agent privilege each. */
function start(): Promise<Pve> {
  const token = (name: string, privilege: string) => ({
    id: `agent@pve!${name}`,
    secret: "s",
    acl: { "/vms/100": [privilege] },
  });
  const guest = {
    os: { id: "debian", "kernel-release": "6.1.0-37-amd64" },
    files: { "/etc/hostname": "café\n", "/long": "x".repeat(100) },
    commands: { "ls /boot": { out: "vmlinuz\n" }, false: { exitcode: 1, err: "no\n" } },
  };
  return startPve({
    ...SMALL_SEED,
    tokens: [
      token("audit", "VM.GuestAgent.Audit"),
      token("read", "VM.GuestAgent.FileRead"),
      token("all", "VM.GuestAgent.Unrestricted"),
    ],
    vms: SMALL_SEED.vms.map((vm) => (vm.vmid === 100 ? { ...vm, guest } : vm)),
  });
}

const as = (name: string) => ({ authorization: `PVEAPIToken=agent@pve!${name}=s` });
const exec = (pve: Pve, ...command: string[]) => pve.call("POST", `${A}/exec`, { json: { command } });

test("get-osinfo answers what the guest says of itself", async () => {
  const pve = await start();
  expect(await pve.get(`${A}/get-osinfo`)).toEqual({
    result: { id: "debian", "kernel-release": "6.1.0-37-amd64" },
  });
});

test("a file is read as bytes, each one character of the answer, or as base64", async () => {
  const pve = await start();
  expect(await pve.get(`${A}/file-read?file=/etc/hostname`)).toEqual({
    content: "cafÃ©\n",
    "bytes-read": 6,
  });
  expect(await pve.get(`${A}/file-read?file=/etc/hostname&decode=0`)).toEqual({
    content: Buffer.from("café\n").toString("base64"),
    "bytes-read": 6,
  });
});

test("a part of a file is marked as truncated", async () => {
  const pve = await start();
  expect(await pve.get(`${A}/file-read?file=/long&count=3&offset=10`)).toEqual({
    content: "xxx",
    "bytes-read": 3,
    truncated: 1,
  });
});

test("a file that is not there is the agent's error, HTTP 500", async () => {
  const pve = await start();
  const { status, message } = await pve.call("GET", `${A}/file-read?file=/absent`);
  expect([status, message]).toEqual([
    500,
    "Agent error: failed to open file '/absent' (mode: 'r'): No such file or directory\n",
  ]);
});

test("a program runs with its arguments, and the agent forgets it once its end was told", async () => {
  const pve = await start();
  const { pid } = (await exec(pve, "ls", "/boot")).data as { pid: number };
  expect(await pve.get(`${A}/exec-status?pid=${pid}`)).toEqual({
    exited: 1,
    exitcode: 0,
    "out-data": "vmlinuz\n",
  });
  const again = await pve.call("GET", `${A}/exec-status?pid=${pid}`);
  expect(again.status).toBe(500);
});

test("a program that fails says so, and one that is not there is no process", async () => {
  const pve = await start();
  const { pid } = (await exec(pve, "false")).data as { pid: number };
  expect(await pve.get(`${A}/exec-status?pid=${pid}`)).toEqual({
    exited: 1,
    exitcode: 1,
    "err-data": "no\n",
  });
  expect((await exec(pve, "absent")).status).toBe(500);
});

test.each([
  ["audit", 200, 403, 403],
  ["read", 403, 200, 403],
  ["all", 200, 200, 200],
])("with the privilege %s of the agent: osinfo %i, file %i, exec %i", async (name, osinfo, file, run) => {
  const pve = await start();
  const headers = as(name);
  const statuses = [
    await pve.call("GET", `${A}/get-osinfo`, { headers }),
    await pve.call("GET", `${A}/file-read?file=/etc/hostname`, { headers }),
    await pve.call("POST", `${A}/exec`, { headers, json: { command: ["ls", "/boot"] } }),
  ].map(({ status }) => status);
  expect(statuses).toEqual([osinfo, file, run]);
});

test.each(["hung", "off"])("an agent that is %s answers none of it", async (mode) => {
  const pve = await start();
  await pve.control("POST", "/vms/100/agent", { mode });
  for (const path of ["get-osinfo", "file-read?file=/long", "exec-status?pid=1"]) {
    const { status, message } = await pve.call("GET", `${A}/${path}`);
    expect([status, message]).toEqual([500, "QEMU guest agent is not running\n"]);
  }
});

test("a guest that ignores shutdown makes the task fail, and goes on running", async () => {
  const pve = await start();
  await pve.control("POST", "/vms/100/guest", { ignoresShutdown: true });
  expect(await pve.power(100, "shutdown")).toBe("VM quit/powerdown failed - got timeout");
  expect((await pve.vm(100)).status).toBe("running");
  // The change of one thing leaves the rest of the guest.
  expect(await pve.get(`${A}/file-read?file=/long&count=1`)).toMatchObject({ content: "x" });
});
