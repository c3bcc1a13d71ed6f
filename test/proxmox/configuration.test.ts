import { generate } from "selfsigned";
import { expect, test } from "vitest";
import { encryptedInStack, insecureWarning, resolveConnection } from "../../proxmox/api/configuration.ts";
import { endpointBase } from "../../proxmox/endpoint.ts";

const config = { endpoint: "https://pve.example.org:8006/", apiToken: "fleet@pve!up=11111111" };
const { cert: certificate } = await generate([{ name: "commonName", value: "ca" }]);
const noFile = () => {
  throw new Error("no file is to be read");
};

test("the environment wins over stack configuration", () => {
  const env = {
    PROXMOX_VE_ENDPOINT: "https://other.example.org:8006/",
    PROXMOX_VE_API_TOKEN: "ci@pve!read=22222222",
    PROXMOX_VE_INSECURE: "true",
  };
  expect(resolveConnection(config, env, noFile)).toEqual({
    endpoint: "https://other.example.org:8006/",
    apiToken: "ci@pve!read=22222222",
    insecure: true,
  });
});

test("stack configuration serves where the environment is silent, and certificates are checked", () => {
  expect(resolveConnection(config, {}, noFile)).toEqual({ ...config, insecure: false });
});

test("the authority comes from PROXMOX_VE_CA_FILE, else from SSL_CERT_FILE as the official provider takes it", () => {
  const read = (path: string) => `# of ${path}\n${certificate}`;
  expect(resolveConnection(config, { SSL_CERT_FILE: "/ssl.pem" }, read).ca).toBe(read("/ssl.pem"));
  expect(
    resolveConnection(config, { PROXMOX_VE_CA_FILE: "/own.pem", SSL_CERT_FILE: "/ssl.pem" }, read).ca,
  ).toBe(read("/own.pem"));
});

test.each([
  ["PROXMOX_VE_CA_FILE", config, { PROXMOX_VE_CA_FILE: "/ca.pem", SSL_CERT_FILE: "/ssl.pem" }],
  ["SSL_CERT_FILE", config, { SSL_CERT_FILE: "/ca.pem" }],
  ["proxmox-fleet:caFile", { ...config, caFile: "/ca.pem" }, {}],
] as const)(
  "an authority that is none is found before a connection is tried, and %s is named",
  (place, from, env) => {
    const resolve = (pem: string) => () => resolveConnection(from, env, () => pem);
    for (const [pem, wrong] of [
      ["", "the file is empty"],
      ["\n", "the file is empty"],
      ["<html>", "the file has no certificate in PEM form"],
      [certificate.replace("M", "!"), "the file has a certificate that cannot be read"],
      [
        `${certificate}${certificate.replace("MII", "XXX")}`,
        "the file has a certificate that cannot be read",
      ],
    ] as const) {
      expect(resolve(pem)).toThrow(`${place}: ${wrong} (got "/ca.pem"); allowed is a PEM file`);
    }
    const missing = () => resolveConnection(from, env, noFile);
    expect(missing).toThrow(`${place}: the file cannot be read (got "/ca.pem": no file is to be read)`);
  },
);

test.each([
  ["https://pve.example.org:8006/api2/json", undefined],
  ["https://pve.example.org:8006/api2/json/", undefined],
  [" https://pve.example.org:8006/", 'has blanks around it (got " https://pve.example.org:8006/")'],
  ["https://pve.example.org:8006/\n", "has blanks around it"],
  [
    "https://root@pam:hunter2@pve.example.org:8006/",
    'has credentials in it, and an API token is what opens Proxmox here (got "(not shown)")',
  ],
  ["http://root:hunter2@pve.example.org:8006/", "has credentials in it"],
  ["https://pve.example.org:8006/#v1:0:18", "has more behind its path"],
  ["pve.example.org:8006", "is no https address"],
])("of the endpoint %j it is said what is wrong", (endpoint, wrong) => {
  const resolve = () => resolveConnection({ ...config, endpoint }, {}, noFile);
  if (wrong === undefined) expect(resolve().endpoint).toBe(endpoint);
  else {
    expect(resolve).toThrow(`proxmox-fleet:endpoint: ${wrong}`);
    expect(resolve).not.toThrow(/hunter2/);
  }
});

test("requests go below /api2/json once, whether the endpoint has it or not", () => {
  for (const path of ["", "/", "/api2/json", "/api2/json/", "/api2/extjs"]) {
    expect(endpointBase(`https://pve.example.org:8006${path}`)).toBe("https://pve.example.org:8006");
  }
  expect(endpointBase("https://example.org/pve/api2/json")).toBe("https://example.org/pve");
});

test("insecure is a clear word, in the environment as in the stack", () => {
  const insecure = (value: string) =>
    resolveConnection(config, { PROXMOX_VE_INSECURE: value }, noFile).insecure;
  expect(["yes", "ON", "1", "true"].map(insecure)).toEqual([true, true, true, true]);
  expect(["no", "off", "0", "false", ""].map(insecure)).toEqual([false, false, false, false, false]);
  expect(() => insecure("maybe")).toThrow(
    'PROXMOX_VE_INSECURE: is neither true nor false (got "maybe"); allowed is true or false; correct it or unset it',
  );
});

test("a token that the stack holds encrypted is not called missing: the command that exports it is given", () => {
  expect(() => resolveConnection({ ...config, apiToken: encryptedInStack }, {}, noFile)).toThrow(
    'run export PROXMOX_VE_API_TOKEN="$(pulumi config get proxmox-fleet:apiToken)"',
  );
  const env = { PROXMOX_VE_API_TOKEN: "ci@pve!read=22222222" };
  expect(resolveConnection({ ...config, apiToken: encryptedInStack }, env, noFile).apiToken).toBe(
    env.PROXMOX_VE_API_TOKEN,
  );
});

test("all mistakes come in one error, and the token's value is not in it", () => {
  const broken = { endpoint: "http://pve:8006", apiToken: "hunter2-without-form", caFile: "/missing.pem" };
  const read = () => {
    throw new Error("ENOENT");
  };
  expect(() => resolveConnection(broken, {}, read)).toThrow(
    [
      'proxmox-fleet:endpoint: is no https address (got "http://pve:8006"); allowed is https://HOST:8006/; correct it',
      "proxmox-fleet:apiToken: not of an API token's form (its value is not shown); allowed is user@realm!name=secret; copy it from Datacenter > Permissions > API Tokens",
      'proxmox-fleet:caFile: the file cannot be read (got "/missing.pem": ENOENT); allowed is a PEM file with the authority\'s certificate; correct the path',
    ].join("\n"),
  );
});

test("a missing endpoint and token name both places where they can be set", () => {
  expect(() => resolveConnection({}, {}, noFile)).toThrow(
    /PROXMOX_VE_ENDPOINT: not set;.*proxmox-fleet:endpoint\nPROXMOX_VE_API_TOKEN: not set;.*proxmox-fleet:apiToken/,
  );
});

const fingerprint = Array.from({ length: 32 }, (_, n) => n.toString(16).padStart(2, "0").toUpperCase()).join(
  ":",
);

test("a fingerprint is taken as Proxmox prints it, and nothing else is one", () => {
  expect(resolveConnection(config, { PROXMOX_VE_FINGERPRINT: fingerprint }, noFile).fingerprint).toBe(
    fingerprint,
  );
  for (const wrong of [fingerprint.slice(3), fingerprint.replaceAll(":", ""), "SHA256:abc"]) {
    expect(() => resolveConnection(config, { PROXMOX_VE_FINGERPRINT: wrong }, noFile)).toThrow(
      `PROXMOX_VE_FINGERPRINT: not a SHA-256 fingerprint (got "${wrong}"); allowed are 32 pairs`,
    );
  }
});

test("unchecked certificates are warned of, and a fingerprint is a check", () => {
  const insecure = resolveConnection({ ...config, insecure: "true" }, {}, noFile);
  expect(insecureWarning(insecure)).toContain(
    "the certificate of https://pve.example.org:8006/ is not checked",
  );
  expect(insecureWarning({ ...insecure, fingerprint })).toBeUndefined();
  expect(insecureWarning(resolveConnection(config, {}, noFile))).toBeUndefined();
});

test("reading alone is asked for by the environment, and by a clear word", () => {
  const readOnly = (value: string) =>
    resolveConnection(config, { PROXMOX_FLEET_READ_ONLY: value }, noFile).readOnly;
  expect([readOnly("1"), readOnly("0"), readOnly("")]).toEqual([true, undefined, undefined]);
  expect(() => readOnly("yes")).toThrow(
    'PROXMOX_FLEET_READ_ONLY: is neither yes nor no (got "yes"); allowed is 1 or 0; correct it or unset it',
  );
});
