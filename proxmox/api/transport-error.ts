import { ProxmoxError } from "./proxmox-error.ts";

const untrusted = new Set([
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "CERT_HAS_EXPIRED",
  "ERR_TLS_CERT_ALTNAME_INVALID",
]);

/** Turns a failed connection into one sentence that says what to check; `timeout` in milliseconds. */
export function transportError(
  endpoint: string,
  request: string,
  cause: unknown,
  timeout: number,
): ProxmoxError {
  const { code, message } = rootCause(cause);
  if (code === "OTHER_FINGERPRINT") {
    return new ProxmoxError(
      `Proxmox at ${endpoint}: the certificate is not the one that is trusted (got ${message}); allowed is the one of PROXMOX_VE_FINGERPRINT; compare it with the node's own, and correct the variable only if the certificate was renewed`,
      0,
    );
  }
  if (code === "TOO_LONG") {
    return new ProxmoxError(
      `Proxmox at ${endpoint}: the answer to ${request} is too long (got more than 16 MiB); allowed is what a Proxmox VE node answers; check PROXMOX_VE_ENDPOINT`,
      0,
    );
  }
  if (untrusted.has(code)) {
    return new ProxmoxError(
      `Proxmox at ${endpoint}: the certificate is not trusted (got ${code}); allowed is a certificate that a known authority signed; give the authority's PEM file in PROXMOX_VE_CA_FILE (on a node: /etc/pve/pve-root-ca.pem), or the certificate's SHA-256 fingerprint in PROXMOX_VE_FINGERPRINT`,
      0,
      { code },
    );
  }
  if (code === "TIMEOUT") {
    return new ProxmoxError(
      `Proxmox at ${endpoint}: no answer to ${request} within ${timeout / 1000} s; allowed is a node that answers; look at its load and its network, then run again`,
      0,
      { code },
    );
  }
  return new ProxmoxError(
    `Proxmox at ${endpoint}: no answer to ${request} (got ${code || message}); allowed is a reachable https address of a Proxmox VE node; check PROXMOX_VE_ENDPOINT and the network`,
    0,
    { code },
  );
}

function rootCause(error: unknown): { code: string; message: string } {
  let current = error;
  for (let depth = 0; depth < 5; depth++) {
    if (!(current instanceof Error)) break;
    const next =
      current instanceof AggregateError ? (current.errors[0] as unknown) : (current.cause as unknown);
    if (next === undefined) break;
    current = next;
  }
  if (!(current instanceof Error)) return { code: "", message: String(current) };
  if (current.name === "TimeoutError") return { code: "TIMEOUT", message: current.message };
  const code = (current as NodeJS.ErrnoException).code;
  return { code: typeof code === "string" ? code : "", message: current.message };
}
