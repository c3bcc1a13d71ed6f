import { createHash } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Agent, request } from "undici";
import { expect, onTestFinished, test } from "vitest";
import { type Pve, startPve } from "./client.ts";
import { SMALL_SEED } from "./small-seed.ts";

const LOCAL = "/nodes/pve/storage/local";
const seed = {
  ...SMALL_SEED,
  tokens: [
    { id: "ops@pve!look", secret: "s", acl: { "/": ["Datastore.Audit"] } },
    { id: "ops@pve!fill", secret: "s", acl: { "/": ["Datastore.AllocateTemplate"] } },
    {
      id: "ops@pve!fetch",
      secret: "s",
      acl: { "/storage": ["Datastore.AllocateTemplate"], "/nodes/pve": ["Sys.AccessNetwork"] },
    },
    { id: "ops@pve!disks", secret: "s", acl: { "/": ["Datastore.Audit", "VM.Config.Disk"] } },
  ],
};
const as = (name: string) => ({ headers: { authorization: `PVEAPIToken=ops@pve!${name}=s` } });
const sum = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

/** A qcow2 header that says how large the disk is, and nothing else. */
function qcow2(gib: number): Buffer<ArrayBuffer> {
  const header = Buffer.alloc(512);
  header.write("QFI\u00fb", "latin1");
  header.writeUInt32BE(3, 4);
  header.writeBigUInt64BE(BigInt(gib) * 1024n ** 3n, 24);
  return header;
}

async function upload(
  pve: Pve,
  fields: readonly (readonly [string, string])[],
  file: { name: string; bytes: Uint8Array<ArrayBuffer>; field?: string },
  storage = "local",
): Promise<{ status: number; data: unknown; message?: string; errors?: unknown }> {
  const form = new FormData();
  for (const [name, value] of fields) form.append(name, value);
  form.append(file.field ?? "filename", new Blob([file.bytes]), file.name);
  const body = new Response(form);
  const dispatcher = new Agent({ connect: { rejectUnauthorized: false } });
  const answer = await request(`${pve.emulator.endpoint}/api2/json/nodes/pve/storage/${storage}/upload`, {
    method: "POST",
    headers: {
      authorization: `PVEAPIToken=${pve.emulator.apiToken}`,
      "content-type": body.headers.get("content-type") ?? "",
    },
    body: Buffer.from(await body.arrayBuffer()),
    dispatcher,
  });
  const envelope = (await answer.body.json()) as { data: unknown; message?: string; errors?: unknown };
  await dispatcher.close();
  return { status: answer.statusCode, ...envelope };
}

async function outcome(pve: Pve, upid: unknown): Promise<unknown> {
  const path = `/nodes/pve/tasks/${encodeURIComponent(String(upid))}/status`;
  return expect
    .poll(async () => (await pve.object(path)).exitstatus)
    .toBeDefined()
    .then(async () => (await pve.object(path)).exitstatus);
}

const volids = async (pve: Pve) => (await pve.list(`${LOCAL}/content`)).map(({ volid }) => volid);

/** A server on this machine with one file; answers where it is. */
async function serving(bytes: Uint8Array, hang = false): Promise<string> {
  const server = createServer((asked, answer) => {
    if (hang) return;
    if (!asked.url?.startsWith("/images/debian.qcow2")) answer.statusCode = 404;
    answer.setHeader("content-type", "application/x-qemu-disk; charset=binary");
    answer.setHeader("content-length", bytes.length);
    answer.end(asked.method === "HEAD" ? undefined : bytes);
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/images/debian.qcow2`;
}

test("an uploaded image lies on the storage, and can be imported with the size that it says it has", async () => {
  const pve = await startPve(seed);
  const bytes = qcow2(3);
  const fields = [
    ["content", "import"],
    ["checksum-algorithm", "sha256"],
    ["checksum", sum(bytes)],
  ] as const;
  const sent = await upload(pve, fields, { name: "/home/me/cloud image.qcow2", bytes });
  expect(sent).toMatchObject({
    status: 200,
    data: expect.stringMatching(/^UPID:pve:.*:imgcopy::/) as string,
  });
  expect(await outcome(pve, sent.data)).toBe("OK");
  expect(await volids(pve)).toContain("local:import/cloud_image.qcow2");
  const made = { vmid: 150, scsi0: "local-lvm:0,import-from=local:import/cloud_image.qcow2" };
  expect(await pve.task("POST", "/nodes/pve/qemu", made)).toBe("OK");
  expect((await pve.vm(150)).config.scsi0).toBe("local-lvm:vm-150-disk-0,size=3G");
  expect(await pve.control("GET", "/unknown")).toEqual([]);
});

test.each([
  [[["content", "iso"]], { name: "a.txt" }, "local", { errors: { filename: "wrong file extension" } }],
  [
    [["content", "import"]],
    { name: "a b.ova.zip" },
    "local",
    { errors: { filename: "invalid filename or wrong extension" } },
  ],
  [
    [["content", "vztmpl"]],
    { name: "a.tar.gz" },
    "local",
    { message: "storage 'local' does not support 'vztmpl' content\n" },
  ],
  [
    [["content", "iso"]],
    { name: "a.iso" },
    "local-lvm",
    { message: "can't upload to storage type 'lvmthin'\n" },
  ],
  [[["content", "iso"]], { name: "a.iso", field: "file" }, "local", { message: "upload failed\n" }],
  [
    [
      ["checksum", "x"],
      ["content", "iso"],
    ],
    { name: "a.iso" },
    "local",
    { message: "upload failed\n" },
  ],
] as const)(
  "an upload of %j with %j to %s is refused, and nothing is stored",
  async (fields, file, storage, answer) => {
    const pve = await startPve(seed);
    expect(await upload(pve, fields, { ...file, bytes: qcow2(1) }, storage)).toMatchObject(answer);
    expect(await volids(pve)).toHaveLength(2);
  },
);

test("an upload whose sum differs ends as a failed task, and nothing is stored", async () => {
  const pve = await startPve(seed);
  const fields = [
    ["content", "iso"],
    ["checksum-algorithm", "sha256"],
    ["checksum", "00"],
  ] as const;
  const sent = await upload(pve, fields, { name: "a.iso", bytes: qcow2(1) });
  expect(await outcome(pve, sent.data)).toBe(`checksum mismatch: got '${sum(qcow2(1))}' != expect '00'`);
  expect(await volids(pve)).toHaveLength(2);
});

test("a node looks at a file by its address, and fetches it once", async () => {
  const pve = await startPve(seed);
  const url = await serving(qcow2(2));
  expect(await pve.get(`/nodes/pve/query-url-metadata?url=${encodeURIComponent(url)}`)).toEqual({
    filename: "debian.qcow2",
    size: 512,
    mimetype: "application/x-qemu-disk",
  });
  const form = {
    content: "import",
    filename: "debian.qcow2",
    url,
    checksum: sum(qcow2(2)),
    "checksum-algorithm": "sha256",
  };
  const fetched = await pve.call("POST", `${LOCAL}/download-url`, { form, ...as("fetch") });
  expect(fetched.data).toMatch(/:download:debian\.qcow2:/);
  expect(await outcome(pve, fetched.data)).toBe("OK");
  expect(await pve.list(`${LOCAL}/content?content=import`)).toContainEqual(
    expect.objectContaining({ volid: "local:import/debian.qcow2", size: 2 * 1024 ** 3 }),
  );
  const again = await pve.call("POST", `${LOCAL}/download-url`, { form });
  expect(await outcome(pve, again.data)).toBe(
    "refusing to override existing file '/var/lib/vz/import/debian.qcow2'",
  );
});

test.each([
  [
    "https://proxmox.invalid/a.iso",
    "the emulator asks servers on loopback addresses only (got proxmox.invalid)",
  ],
  ["missing", "download failed: server answers 404"],
])("a download from %s fails: %s", async (path, error) => {
  const pve = await startPve(seed);
  const url = path === "missing" ? (await serving(qcow2(1))).replace("debian", "ubuntu") : path;
  const form = { content: "iso", filename: "a.iso", url };
  const started = await pve.call("POST", `${LOCAL}/download-url`, { form });
  expect(await outcome(pve, started.data)).toContain(error);
  expect(await volids(pve)).toHaveLength(2);
});

test("a download that is stopped stores nothing, and is over", async () => {
  const pve = await startPve(seed);
  const url = await serving(qcow2(1), true);
  const form = { content: "iso", filename: "a.iso", url };
  const upid = String((await pve.call("POST", `${LOCAL}/download-url`, { form })).data);
  const task = `/nodes/pve/tasks/${encodeURIComponent(upid)}`;
  expect(await pve.object(`${task}/status`)).toMatchObject({ status: "running" });
  expect(await pve.list("/nodes/pve/tasks?source=active")).toMatchObject([{ upid, status: "RUNNING" }]);
  expect((await pve.call("DELETE", task, as("fetch"))).message).toBe(
    "Permission check failed (/nodes/pve, Sys.Modify)\n",
  );
  expect((await pve.call("DELETE", task)).data).toBeNull();
  expect(await pve.object(`${task}/status`)).toMatchObject({ exitstatus: "received interrupt" });
  expect((await pve.call("DELETE", task)).status).toBe(200);
  expect(await volids(pve)).toHaveLength(2);
});

test("a volume is deleted by a task, or at once with a delay to wait", async () => {
  const pve = await startPve(seed);
  const gone = await pve.call("DELETE", `${LOCAL}/content/local:iso%2Fx.iso`);
  expect(gone.data).toMatch(/:imgdel:local:/);
  expect((await pve.call("DELETE", `${LOCAL}/content/import%2Fx.qcow2?delay=5`)).data).toBeNull();
  expect(await volids(pve)).toEqual([]);
  const lvm = "/nodes/pve/storage/local-lvm/content";
  expect((await pve.call("DELETE", `${lvm}/local-lvm:vm-101-disk-1`)).data).toMatch(/:imgdel:101@local-lvm:/);
  const twice = await pve.call("DELETE", `${lvm}/local-lvm:vm-101-disk-1`);
  expect(await outcome(pve, twice.data)).toBe("no such logical volume pve/vm-101-disk-1");
  const other = await pve.call("DELETE", `${lvm}/local:iso%2Fx.iso`);
  expect(other.errors).toEqual({ volume: "storage ID mismatch (local != local-lvm)\n" });
});

test.each([
  ["GET", `${LOCAL}/upload`, "look", 501],
  ["POST", `${LOCAL}/download-url`, "look", "(/storage/local, Datastore.AllocateTemplate)"],
  ["POST", `${LOCAL}/download-url`, "fill", "(/nodes/pve, Sys.AccessNetwork)"],
  ["GET", "/nodes/pve/query-url-metadata", "fill", "(/nodes/pve, Sys.AccessNetwork)"],
  ["DELETE", `${LOCAL}/content/local:iso%2Fx.iso`, "look", "(/storage/local, Datastore.Allocate)"],
  ["GET", "/storage/local", "look", "(/storage/local, Datastore.Allocate)"],
])("%s %s is refused to a token of %s: %s", async (method, path, token, refusal) => {
  const pve = await startPve(seed);
  const answer = await pve.call(method, path, as(token));
  if (typeof refusal === "number") expect(answer.status).toBe(refusal);
  else expect(answer).toMatchObject({ status: 403, message: `Permission check failed ${refusal}\n` });
});

test("of the disks on a storage a token sees those of VMs whose disks it may change", async () => {
  const pve = await startPve(seed);
  const lvm = "/nodes/pve/storage/local-lvm/content?vmid=101";
  expect((await pve.call("GET", lvm, as("look"))).data).toEqual([]);
  expect((await pve.call("GET", lvm, as("disks"))).data).toHaveLength(3);
  expect((await pve.call("GET", `${LOCAL}/content`, as("look"))).data).toHaveLength(2);
});

test("the configuration of storages is listed to those who may look, and read by those who may allocate", async () => {
  const pve = await startPve(seed);
  expect(await pve.list("/storage")).toMatchObject([
    { storage: "local", type: "dir", content: "backup,images,import,iso", path: "/var/lib/vz" },
    { storage: "local-lvm", type: "lvmthin", vgname: "pve", thinpool: "data" },
  ]);
  expect((await pve.list("/storage?type=dir")).map(({ storage }) => storage)).toEqual(["local"]);
  expect((await pve.call("GET", "/storage", as("fill"))).data).toEqual([]);
  expect(await pve.object("/storage/local-lvm")).toMatchObject({ storage: "local-lvm" });
  expect((await pve.call("GET", "/nodes/pve/storage", as("fill"))).data).toEqual([]);
  expect(await pve.list("/nodes/pve/storage?content=iso,rootdir")).toMatchObject([{ storage: "local" }]);
  const missing = await pve.call("GET", "/nodes/pve/storage?storage=nfs");
  expect(missing.errors).toEqual({ storage: "No such storage." });
});
