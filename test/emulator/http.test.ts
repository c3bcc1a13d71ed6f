import type { X509Certificate } from "node:crypto";
import { connect } from "node:tls";
import { expect, test } from "vitest";
import { startPve } from "./client.ts";
import { SMALL_SEED } from "./small-seed.ts";

const CONFLICT = "duplicate parameter (already defined in URI) with conflicting values!";

test("a part of the path that is repeated with the same value, in the body or the query, changes nothing", async () => {
  const pve = await startPve(SMALL_SEED);
  await pve.set(101, { node: "pve", vmid: 101, cores: 2 });
  expect((await pve.vm(101)).config.cores).toBe("2");
  const read = await pve.object("/nodes/pve/qemu/101/config?vmid=101&node=pve");
  expect(read.cores).toBe(2);
  const json = await pve.call("PUT", "/nodes/pve/qemu/101/config", { json: { vmid: 101, cores: 3 } });
  expect(json.status, json.body).toBe(200);
  const volume = "/nodes/pve/storage/local/content/local:iso%2Fx.iso?volume=local:iso%2Fx.iso&storage=local";
  expect(await pve.object(volume)).toMatchObject({ format: "iso" });
  expect(await pve.control("GET", "/unknown")).toEqual([]);
});

test.each([
  ["PUT", "/nodes/pve/qemu/101/config", { vmid: 100, cores: 2 }, { vmid: CONFLICT }],
  ["POST", "/nodes/pve/qemu/101/status/start", { node: "pve2" }, { node: CONFLICT }],
  // The first in the order of their names is the only one that is told.
  ["PUT", "/nodes/pve/qemu/101/config", { vmid: 100, node: "pve2", cores: 2 }, { node: CONFLICT }],
  ["GET", "/nodes/pve/qemu/101/config?vmid=0101", undefined, { vmid: CONFLICT }],
])("%s %s with another value for a part of its path is refused: %j", async (method, path, form, errors) => {
  const pve = await startPve(SMALL_SEED);
  const answer = await pve.call(method, path, form && { form });
  expect(answer).toMatchObject({ status: 400, message: "Parameter verification failed.\n", errors });
  expect((await pve.vm(101)).config.cores).toBe("4");
  expect(await pve.control("GET", "/unknown")).toEqual([]);
});

test("a conflict with the path is told before a missing privilege", async () => {
  const pve = await startPve(SMALL_SEED);
  const headers = { authorization: `PVEAPIToken=${pve.emulator.readOnlyToken}` };
  const answer = await pve.call("PUT", "/nodes/pve/qemu/101/config", { form: { vmid: 100 }, headers });
  expect(answer.status).toBe(400);
});

test("a parameter of the query counts where the body has another", async () => {
  const pve = await startPve(SMALL_SEED);
  const answer = await pve.call("PUT", "/nodes/pve/qemu/101/config?cores=6", { form: { cores: 2 } });
  expect(answer.status, answer.body).toBe(200);
  expect((await pve.vm(101)).config.cores).toBe("6");
});

test("every answer with a body is JSON in UTF-8 by its own word, errors and unknown paths too", async () => {
  const pve = await startPve(SMALL_SEED);
  for (const path of ["/version", "/nodes/pve/qemu/999/config", "/no/such/path", "/cluster/nextid?vmid=1"]) {
    const answer = await pve.call("GET", path);
    expect(answer.headers["content-type"], path).toBe("application/json;charset=UTF-8");
  }
});

test("an empty list has no total beside it", async () => {
  const pve = await startPve(SMALL_SEED);
  expect((await pve.call("GET", "/nodes/pve2/tasks")).body).toBe('{"data":[]}');
});

test("a valid ticket is a password, of its own user or, root's, of any; another one is none", async () => {
  const pve = await startPve({ ...SMALL_SEED, passwords: { "root@pam": "emulated", "ops@pve": "word" } });
  const login = (username: string, password: string) =>
    pve.call("POST", "/access/ticket", { form: { username, password }, headers: {} });
  const ticketOf = async (username: string, password: string) => {
    const answer = await login(username, password);
    expect(answer.status, answer.body).toBe(200);
    return answer.data as { ticket: string; CSRFPreventionToken: string };
  };
  const root = await ticketOf("root@pam", "emulated");
  const ops = await ticketOf("ops@pve", "word");
  const renewed = await ticketOf("ops@pve", ops.ticket);
  const headers = { cookie: `PVEAuthCookie=${encodeURIComponent(renewed.ticket)}` };
  expect((await pve.call("GET", "/version", { headers })).status).toBe(200);
  await ticketOf("root@pam", root.ticket);
  await ticketOf("ops@pve", root.ticket);
  expect(await login("root@pam", ops.ticket)).toMatchObject({
    status: 401,
    reason: "authentication failure",
  });
  expect(await login("root@pam", `${root.ticket}x`)).toMatchObject({ status: 401 });
  expect(await login("nobody@pve", root.ticket)).toMatchObject({ status: 401 });
  await pve.control("POST", "/clock", { advanceSeconds: 2 * 3600 + 1 });
  expect(await login("root@pam", root.ticket)).toMatchObject({ status: 401 });
});

test("GET /nodes tells the fingerprint of the certificate that the server shows", async () => {
  const pve = await startPve(SMALL_SEED);
  const { hostname: host, port } = new URL(pve.emulator.endpoint);
  const socket = connect({ host, port: Number(port), rejectUnauthorized: false });
  const shown = await new Promise<X509Certificate | undefined>((resolve, reject) => {
    socket.on("secureConnect", () => resolve(socket.getPeerX509Certificate()));
    socket.on("error", reject);
  });
  socket.destroy();
  expect((await pve.list("/nodes")).map((row) => row.ssl_fingerprint)).toEqual([
    shown?.fingerprint256,
    shown?.fingerprint256,
  ]);
});
