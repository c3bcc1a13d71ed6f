import { expect, test } from "vitest";
import { insecureWarning, resolveConnection } from "../../proxmox/api/configuration.ts";

const config = { endpoint: "https://pve.example.org:8006/", apiToken: "fleet@pve!up=11111111" };
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
  const read = (path: string) => `PEM of ${path}`;
  expect(resolveConnection(config, { SSL_CERT_FILE: "/ssl.pem" }, read).ca).toBe("PEM of /ssl.pem");
  expect(
    resolveConnection(config, { PROXMOX_VE_CA_FILE: "/own.pem", SSL_CERT_FILE: "/ssl.pem" }, read).ca,
  ).toBe("PEM of /own.pem");
});

test("all mistakes come in one error, and the token's value is not in it", () => {
  const broken = { endpoint: "http://pve:8006", apiToken: "hunter2-without-form", caFile: "/missing.pem" };
  const read = () => {
    throw new Error("ENOENT");
  };
  expect(() => resolveConnection(broken, {}, read)).toThrow(
    [
      'PROXMOX_VE_ENDPOINT: not an https address (got "http://pve:8006"); allowed is https://HOST:8006/; correct it',
      "PROXMOX_VE_API_TOKEN: not of an API token's form (its value is not shown); allowed is user@realm!name=secret; copy it from Datacenter > Permissions > API Tokens",
      'PROXMOX_VE_CA_FILE: the file cannot be read (got "/missing.pem": ENOENT); allowed is a PEM file with the authority\'s certificate; correct the path',
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
