import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";

const LOOPBACK = /^(?:127(?:\.\d{1,3}){3}|localhost|\[::1\])$/;

export interface Fetched {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly bytes: Uint8Array;
}

/**
 * Asks a server for a file, as a node does for a download. The emulator asks servers on this machine only.
 * @throws Error when there is no answer, or the address is another machine's
 */
export function loopbackFetch(
  method: "GET" | "HEAD",
  address: string,
  verify: boolean,
  signal?: AbortSignal,
): Promise<Fetched> {
  const url = new URL(address);
  if (!LOOPBACK.test(url.hostname)) {
    throw new Error(`the emulator asks servers on loopback addresses only (got ${url.hostname})`);
  }
  const options = { method, agent: false, rejectUnauthorized: verify, ...(signal && { signal }) };
  return new Promise((resolve, reject) => {
    const read = (answer: IncomingMessage) => {
      const parts: Buffer[] = [];
      answer.on("data", (part: Buffer) => parts.push(part));
      answer.on("error", reject);
      answer.on("end", () =>
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, bytes: Buffer.concat(parts) }),
      );
    };
    const sent =
      url.protocol === "https:" ? httpsRequest(url, options, read) : httpRequest(url, options, read);
    sent.on("error", reject);
    sent.end();
  });
}
