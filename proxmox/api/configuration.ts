import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { isApiToken } from "../api-token.ts";
import { endpointMistake } from "../endpoint.ts";
import { parseBoolean } from "../meaning.ts";
import type { Connection } from "./connection.ts";

/** Provider configuration as the engine sends it: text, or absent. */
export type ProviderConfig = Readonly<Record<string, string | undefined>>;

/** Stack configuration key and the environment variable that wins over it. */
const sources = {
  endpoint: "PROXMOX_VE_ENDPOINT",
  apiToken: "PROXMOX_VE_API_TOKEN",
  caFile: "PROXMOX_VE_CA_FILE",
  fingerprint: "PROXMOX_VE_FINGERPRINT",
  insecure: "PROXMOX_VE_INSECURE",
} as const;

/** Stands for a token that the stack file holds encrypted: it is there, and only the engine can read it. */
export const encryptedInStack = "(encrypted in the stack file)";

/** Environment variable that makes the client refuse whatever could change something; no configuration lifts it. */
export const readOnlyVariable = "PROXMOX_FLEET_READ_ONLY";

/**
 * Resolves where Proxmox is and who asks. All mistakes come in one error, and no value of a secret is in it.
 * `SSL_CERT_FILE` is honoured when no CA file is given, since the official provider takes a CA only there.
 */
export function resolveConnection(
  config: ProviderConfig,
  env: NodeJS.ProcessEnv = process.env,
  readFile: (path: string) => string = (path) => readFileSync(path, "utf8"),
): Connection {
  const value = (key: keyof typeof sources) => env[sources[key]] || config[key] || undefined;
  const problems: string[] = [];

  /** Where the value comes from, as its reader would look for it. */
  const place = (key: keyof typeof sources) => (env[sources[key]] ? sources[key] : `proxmox-fleet:${key}`);

  const endpoint = value("endpoint");
  const wrongEndpoint = endpoint === undefined ? undefined : endpointMistake(endpoint);
  if (endpoint === undefined) {
    problems.push(missing("endpoint", "an address such as https://pve.example.org:8006/"));
  } else if (wrongEndpoint !== undefined) {
    const { wrong, got } = wrongEndpoint;
    problems.push(
      `${place("endpoint")}: ${wrong} (got ${JSON.stringify(got)}); allowed is https://HOST:8006/; correct it`,
    );
  }

  const apiToken = value("apiToken");
  if (apiToken === undefined) {
    problems.push(missing("apiToken", "user@realm!name=secret"));
  } else if (apiToken === encryptedInStack) {
    problems.push(
      `${sources.apiToken}: not set, and the stack's proxmox-fleet:apiToken is encrypted, which only pulumi can read; allowed is user@realm!name=secret in the environment; run export ${sources.apiToken}="$(pulumi config get proxmox-fleet:apiToken)"`,
    );
  } else if (!isApiToken(apiToken)) {
    problems.push(
      `${place("apiToken")}: not of an API token's form (its value is not shown); allowed is user@realm!name=secret; copy it from Datacenter > Permissions > API Tokens`,
    );
  }

  const caFile = value("caFile") ?? (env.SSL_CERT_FILE || undefined);
  let ca: string | undefined;
  if (caFile !== undefined) {
    const from = value("caFile") === undefined ? "SSL_CERT_FILE" : place("caFile");
    try {
      ca = readFile(caFile);
      const wrong = authorityMistake(ca);
      if (wrong !== undefined) {
        problems.push(
          `${from}: ${wrong} (got ${JSON.stringify(caFile)}); allowed is a PEM file with the authority's certificate (on a node: /etc/pve/pve-root-ca.pem); copy it again`,
        );
      }
    } catch (error) {
      problems.push(
        `${from}: the file cannot be read (got ${JSON.stringify(caFile)}: ${(error as Error).message}); allowed is a PEM file with the authority's certificate; correct the path`,
      );
    }
  }

  const insecure = value("insecure") ?? "";
  if (insecure !== "" && parseBoolean(insecure) === undefined) {
    problems.push(
      `${place("insecure")}: is neither true nor false (got ${JSON.stringify(insecure)}); allowed is true or false; correct it or unset it`,
    );
  }

  const fingerprint = value("fingerprint");
  if (fingerprint !== undefined && !/^(?:[0-9A-Fa-f]{2}:){31}[0-9A-Fa-f]{2}$/.test(fingerprint)) {
    problems.push(
      `${place("fingerprint")}: not a SHA-256 fingerprint (got ${JSON.stringify(fingerprint)}); allowed are 32 pairs of hexadecimal digits with colons between them; copy it from the node's System > Certificates`,
    );
  }

  const readOnly = env[readOnlyVariable] ?? "";
  if (!["", "0", "1"].includes(readOnly)) {
    problems.push(
      `${readOnlyVariable}: is neither yes nor no (got ${JSON.stringify(readOnly)}); allowed is 1 or 0; correct it or unset it`,
    );
  }

  if (problems.length > 0 || endpoint === undefined || apiToken === undefined) {
    throw new Error(problems.join("\n"));
  }
  return {
    endpoint,
    apiToken,
    insecure: parseBoolean(insecure) === true,
    ...(ca !== undefined && { ca }),
    ...(fingerprint !== undefined && { fingerprint }),
    ...(readOnly === "1" && { readOnly: true }),
  };
}

/** What to say in every run as long as certificates are not checked; undefined while they are. */
export function insecureWarning({ endpoint, insecure, fingerprint }: Connection): string | undefined {
  if (insecure !== true || fingerprint !== undefined) return undefined;
  return `${sources.insecure}: the certificate of ${endpoint} is not checked, so that whoever stands in between can read the API token and answer as Proxmox (got true); allowed for a trial alone; give ${sources.caFile} or ${sources.fingerprint} instead`;
}

function missing(key: keyof typeof sources, allowed: string): string {
  return `${sources[key]}: not set; allowed is ${allowed}; export it, or set the stack's proxmox-fleet:${key}`;
}

function authorityMistake(pem: string): string | undefined {
  const certificates = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g);
  if (pem.trim() === "") return "the file is empty";
  if (certificates === null) return "the file has no certificate in PEM form";
  try {
    for (const one of certificates) new X509Certificate(one);
    return undefined;
  } catch {
    return "the file has a certificate that cannot be read";
  }
}
