import { X509Certificate } from "node:crypto";
import { generate } from "selfsigned";

export interface ServerCertificate {
  /** PEM of the authority that clients must trust. */
  readonly ca: string;
  readonly key: string;
  readonly cert: string;
  /** SHA-256 of the certificate, in upper-case bytes with colons between. */
  readonly fingerprint: string;
}

const DAY_MS = 86_400_000;

/** Makes an authority and, signed by it, a server certificate for the loopback names. */
export async function makeCertificate(host: string): Promise<ServerCertificate> {
  const validity = {
    notBeforeDate: new Date(Date.now() - DAY_MS),
    notAfterDate: new Date(Date.now() + 30 * DAY_MS),
    keyType: "ec" as const,
    algorithm: "sha256",
  };
  const authority = await generate([{ name: "commonName", value: "Proxmox VE emulator" }], {
    ...validity,
    extensions: [
      { name: "basicConstraints", cA: true, critical: true },
      { name: "keyUsage", keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  const addresses = [...new Set(["127.0.0.1", "::1", host])].filter((name) => /^[\d.]+$|:/.test(name));
  const server = await generate([{ name: "commonName", value: "localhost" }], {
    ...validity,
    ca: { key: authority.private, cert: authority.cert },
    extensions: [
      { name: "basicConstraints", cA: false, critical: true },
      { name: "keyUsage", digitalSignature: true, critical: true },
      { name: "extKeyUsage", serverAuth: true },
      {
        name: "subjectAltName",
        altNames: [{ type: 2, value: "localhost" }, ...addresses.map((ip) => ({ type: 7 as const, ip }))],
      },
    ],
  });
  const fingerprint = new X509Certificate(server.cert).fingerprint256;
  return { ca: authority.cert, key: server.private, cert: server.cert, fingerprint };
}
