import { createHash, X509Certificate } from "node:crypto";
import type { RequestListener } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { generate } from "selfsigned";
import { afterEach, beforeAll, expect, test } from "vitest";
import { type ClientOptions, ProxmoxClient } from "../../proxmox/api/client.ts";
import type { Connection } from "../../proxmox/api/connection.ts";
import { usualPatience } from "../../proxmox/api/patience.ts";
import { VmApi } from "../../proxmox/api/vm-api.ts";

/** Whatever answers in Proxmox's place, one error says so, and the token goes to nobody who is not trusted. */

let pem: { private: string; cert: string };
let fingerprint: string;
beforeAll(async () => {
  pem = await generate([{ name: "commonName", value: "pve.example.org" }]);
  fingerprint = new X509Certificate(pem.cert).fingerprint256;
});

let server: Server | undefined;
let client: ProxmoxClient | undefined;
let seen: string[];
afterEach(async () => {
  client?.close();
  server?.closeAllConnections();
  await new Promise((done) => (server === undefined ? done(undefined) : server.close(done)));
  client = undefined;
  server = undefined;
});

/** A client of a server that answers so. */
async function clientOf(
  answer: RequestListener,
  trust: Partial<Connection> = { fingerprint },
  options: ClientOptions = {},
): Promise<VmApi> {
  seen = [];
  const listening = createServer({ key: pem.private, cert: pem.cert }, (request, response) => {
    seen.push(request.headers.authorization ?? "");
    answer(request, response);
  });
  server = listening;
  await new Promise<void>((done) => listening.listen(0, "127.0.0.1", done));
  const { port } = listening.address() as AddressInfo;
  const apiToken = "fleet@pve!test=0badc0de";
  client = new ProxmoxClient(
    { endpoint: `https://127.0.0.1:${port}/`, apiToken, ...trust },
    usualPatience,
    options,
  );
  return new VmApi(client);
}

const good: RequestListener = (_, response) => response.end('{"data":[]}');

test("the pinned certificate is trusted though no authority signed it and it names another host", async () => {
  const api = await clientOf(good);
  await expect(api.list()).resolves.toEqual([]);
  expect(seen).toEqual(["PVEAPIToken=fleet@pve!test=0badc0de"]);
});

test("a fingerprint in small letters is the same", async () => {
  await expect((await clientOf(good, { fingerprint: fingerprint.toLowerCase() })).list()).resolves.toEqual(
    [],
  );
});

test.each([{ insecure: false }, { insecure: true }])(
  "another certificate than the pinned one gets no request, with %o",
  async (more) => {
    const other = createHash("sha256")
      .update("other")
      .digest("hex")
      .replace(/..(?!$)/g, "$&:");
    const api = await clientOf(good, { fingerprint: other, ...more });
    await expect(api.list()).rejects.toThrow(
      `the certificate is not the one that is trusted (got ${fingerprint}); allowed is the one of PROXMOX_VE_FINGERPRINT`,
    );
    expect(seen).toEqual([]);
  },
);

test("a certificate that no authority signed gets no request, and the file to give is named", async () => {
  const api = await clientOf(good, {});
  await expect(api.list()).rejects.toThrow(
    /the certificate is not trusted \(got DEPTH_ZERO_SELF_SIGNED_CERT\);.*PROXMOX_VE_CA_FILE/,
  );
  expect(seen).toEqual([]);
});

const answers: Readonly<Record<string, [RequestListener, RegExp]>> = {
  HTML: [
    (_, response) => response.end("<html><script>alert(1)</script>"),
    /^GET \/cluster\/resources: the answer is not Proxmox's \(got "<html><script>alert\(1\)<\/script>"\); allowed is JSON with "data"/,
  ],
  "half of the JSON": [
    (_, response) => response.end('{"data":[{"vmid":100,"no'),
    /^GET \/cluster\/resources: the answer is not Proxmox's/,
  ],
  nothing: [
    (_, response) => response.end(),
    /^GET \/cluster\/resources: the answer is not Proxmox's \(got ""\)/,
  ],
  "JSON without data": [(_, response) => response.end("[]"), /the answer is not Proxmox's \(got "\[\]"\)/],
  "data of another type": [
    (_, response) => response.end('{"data":{"vmid":100}}'),
    /^GET \/cluster\/resources: the answer is not what Proxmox documents \(got {"vmid":100};/,
  ],
  "a row of another type": [
    (_, response) => response.end('{"data":[{"vmid":"x","node":7}]}'),
    /the answer is not what Proxmox documents \(got .*0\.vmid/,
  ],
  "fewer bytes than announced": [
    (_, response) => {
      response.writeHead(200, { "content-length": "1000" });
      response.write('{"data":');
      setImmediate(() => response.destroy());
    },
    /no answer to GET \/cluster\/resources \(got ECONNRESET\)/,
  ],
  "more than can be an answer": [
    (_, response) => {
      const chunk = Buffer.alloc(2 ** 20, " ");
      response.writeHead(200);
      const more = () => {
        while (!response.destroyed && response.write(chunk));
        if (!response.destroyed) response.once("drain", more);
      };
      more();
    },
    /the answer to GET \/cluster\/resources is too long \(got more than 16 MiB\)/,
  ],
};

test.each(Object.entries(answers))("%s for an answer is one error", async (_, [answer, message]) => {
  const api = await clientOf(answer);
  await expect(api.list()).rejects.toThrow(message);
  await expect(api.list()).rejects.not.toThrow("0badc0de");
});

test("an answer that takes longer than an unused connection is kept comes whole, also over a connection that was used before", async () => {
  const api = await clientOf((_, response) => {
    if (seen.length === 1) response.end('{"data":[]}');
    else setTimeout(() => response.end('{"data":[{"vmid":100,"node":"pve"}]}'), 4_500);
  });
  await api.list();
  await expect(api.list()).resolves.toEqual([{ vmid: 100, node: "pve", template: false }]);
});

test("a signal ends the request that waits for an answer, and those that wait for a connection", async () => {
  const ending = new AbortController();
  const options = { concurrency: 1, signal: ending.signal };
  const api = await clientOf(() => ending.abort(new Error("ended by hand")), { fingerprint }, options);
  const both = await Promise.allSettled([api.list(), api.list()]);
  for (const one of both) expect(String((one as PromiseRejectedResult).reason)).toMatch("ended by hand");
  expect(seen).toHaveLength(1);
});
