import { readFileSync } from "node:fs";
import { connect } from "node:tls";
import { expect, test } from "vitest";
import { startPve } from "./client.ts";
import { SMALL_SEED } from "./small-seed.ts";

const PUT = "/nodes/pve/qemu/100/config";
const as = (token: string) => ({ headers: { authorization: `PVEAPIToken=${token}` } });

test("without credentials the answer is 401 with an empty body and the reason in the status line", async () => {
  const pve = await startPve(SMALL_SEED);
  const answer = await pve.call("GET", "/version", { headers: {} });
  expect(answer).toMatchObject({ status: 401, reason: "No ticket", body: "" });
});

test("a wrong token is 401 even for a path that does not exist", async () => {
  const pve = await startPve(SMALL_SEED);
  const answer = await pve.call("GET", "/nothing", as("a@b!c=d"));
  expect(answer).toMatchObject({ status: 401, reason: "Authentication failed!", body: "" });
});

test("the read-only token reads, and is refused every write with the missing privileges", async () => {
  const pve = await startPve(SMALL_SEED);
  const reader = as(pve.emulator.readOnlyToken);
  expect((await pve.call("GET", `${PUT}?current=1`, reader)).status).toBe(200);
  const write = await pve.call("PUT", PUT, { ...reader, form: { foo: "1" } });
  expect(write.status).toBe(403);
  expect(write.reason).toMatch(
    /^Permission check failed \(\/vms\/100, VM\.Config\.Disk\|VM\.Config\.CDROM\|/,
  );
  const start = await pve.call("POST", "/nodes/pve/qemu/101/status/start", reader);
  expect(start.message).toBe("Permission check failed (/vms/101, VM.PowerMgmt)\n");
});

test("each key needs its own privilege", async () => {
  const pve = await startPve(SMALL_SEED);
  const memory = as("narrow@pve!memory=s");
  expect((await pve.call("PUT", PUT, { ...memory, form: { memory: 1024 } })).status).toBe(200);
  for (const [form, privilege] of [
    [{ cores: 2 }, "VM.Config.CPU"],
    [{ scsihw: "lsi" }, "VM.Config.HWType"],
    [{ name: "x" }, "VM.Config.Options"],
    [{ delete: "boot" }, "VM.Config.Disk"],
    [{ net0: "virtio,bridge=vmbr0" }, "VM.Config.Network"],
    [{ scsi1: "local-lvm:vm-100-disk-1" }, "VM.Config.Disk"],
    [{ ide2: "none,media=cdrom" }, "VM.Config.CDROM"],
  ] as const) {
    const answer = await pve.call("PUT", PUT, { ...memory, form });
    expect(answer.message).toBe(`Permission check failed (/vms/100, ${privilege})\n`);
  }
});

test("a new disk needs the storage, a foreign volume its owner", async () => {
  const pve = await startPve(SMALL_SEED);
  const disk = as("narrow@pve!disk=s");
  const fresh = await pve.call("PUT", PUT, { ...disk, form: { scsi5: "local-lvm:1" } });
  expect(fresh.message).toBe("Permission check failed (/storage/local-lvm, Datastore.AllocateSpace)\n");
  const foreign = await pve.call("PUT", PUT, { ...disk, form: { scsi5: "local-lvm:vm-9999-pvc-spare" } });
  expect(foreign.status).toBe(200);
});

test("a token is not root: args, skiplock and paths are refused", async () => {
  const pve = await startPve(SMALL_SEED);
  expect((await pve.put(100, { args: "-x" })).message).toBe("only root can set 'args' config\n");
  expect((await pve.put(100, { name: "x", skiplock: 1 })).errors).toEqual({
    skiplock: "Only root may use this option.",
  });
  expect((await pve.put(100, { scsi5: "/dev/sdb" })).message).toMatch(/^Only root can pass arbitrary/);
  expect((await pve.put(100, { hostpci0: "0000:06:00.0" })).message).toBe(
    "only root can set 'hostpci0' config for non-mapped devices\n",
  );
});

test("a ticket works for two hours, and a write also needs the CSRF token", async () => {
  const pve = await startPve(SMALL_SEED);
  const login = { username: "root@pam", password: "emulated" };
  const session = (await pve.call("POST", "/access/ticket", { form: login, headers: {} })).data as {
    ticket: string;
    CSRFPreventionToken: string;
  };
  expect(session.ticket).toMatch(/^PVE:root@pam:[0-9A-F]{8}::/);
  const cookie = `PVEAuthCookie=${encodeURIComponent(session.ticket)}`;
  const headers = { cookie, CSRFPreventionToken: session.CSRFPreventionToken };
  expect((await pve.call("GET", "/version", { headers: { cookie } })).status).toBe(200);
  const form = { skiplock: 1, args: "-x" };
  const bare = await pve.call("PUT", PUT, { form, headers: { cookie } });
  expect(bare).toMatchObject({ status: 401, reason: "Permission denied - invalid csrf token" });
  expect((await pve.call("PUT", PUT, { form, headers })).status).toBe(200);
  await pve.control("POST", "/clock", { advanceSeconds: 7201 });
  expect((await pve.call("GET", "/version", { headers: { cookie } })).status).toBe(401);
});

test("a wrong password is 401 with a JSON body", async () => {
  const pve = await startPve(SMALL_SEED);
  const form = { username: "root@pam", password: "wrong" };
  const answer = await pve.call("POST", "/access/ticket", { form, headers: {} });
  expect(answer).toMatchObject({ status: 401, data: null, message: "authentication failure\n" });
});

test("TLS older than 1.3 is refused, and the certificate is good for 127.0.0.1 under the written CA", async () => {
  const pve = await startPve(SMALL_SEED);
  const port = Number(new URL(pve.emulator.endpoint).port);
  const ca = readFileSync(pve.emulator.caFile);
  const handshake = (maxVersion: "TLSv1.2" | "TLSv1.3") =>
    new Promise<string>((resolve) => {
      const socket = connect({ host: "127.0.0.1", port, ca, minVersion: "TLSv1.2", maxVersion }, () => {
        resolve(String(socket.getProtocol()));
        socket.end();
      });
      socket.on("error", () => resolve("refused"));
    });
  expect(await handshake("TLSv1.2")).toBe("refused");
  expect(await handshake("TLSv1.3")).toBe("TLSv1.3");
});

test("another's task can be followed only with Sys.Audit on its node", async () => {
  const pve = await startPve(SMALL_SEED);
  const { data } = await pve.call("POST", "/nodes/pve/qemu/101/status/start");
  const path = `/nodes/pve/tasks/${encodeURIComponent(String(data))}`;
  expect((await pve.call("GET", `${path}/status`, as(pve.emulator.readOnlyToken))).status).toBe(200);
  for (const part of ["status", "log"]) {
    const answer = await pve.call("GET", `${path}/${part}`, as("narrow@pve!memory=s"));
    expect(answer.message).toBe("Permission check failed (/nodes/pve, Sys.Audit)\n");
  }
});
