import { isIP } from "node:net";

/** Where to listen. */
export interface ListenAddress {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Only this machine reaches it. */
  readonly loopback: boolean;
}

/**
 * An address with a port. A port alone is on loopback: nothing listens to other machines that does not say so.
 *
 * @throws {Error} when the text is neither
 */
export function listenAddress(text: string): ListenAddress {
  const match = /^(?:(?<host>\[[0-9a-fA-F:.]+\]|[^:[\]]+)?:)?(?<port>\d{1,5})$/.exec(text);
  const { host: named = "127.0.0.1", port: digits = "" } = match?.groups ?? {};
  const host = named === "localhost" ? "127.0.0.1" : named.replace(/^\[|\]$/g, "");
  const port = Number(digits);
  if (match === null || port > 65_535 || isIP(host) === 0) {
    throw new Error(
      `fleet watch: nothing to listen on (got --listen ${JSON.stringify(text)}); allowed is an IP address of this machine with a port, such as 127.0.0.1:9731 or [::1]:9731, or a port alone; correct it`,
    );
  }
  return { host, port, loopback: /^(?:127\.|::1$)/.test(host) };
}
