import { Agent, type RequestOptions } from "node:https";
import type { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";
import type { Connection } from "./connection.ts";

/** A node that shows another certificate than the one that is pinned. */
class FingerprintError extends Error {
  readonly code = "OTHER_FINGERPRINT";
}

/** A connection that was not made in its time. */
class ConnectTimeoutError extends Error {
  readonly code = "ETIMEDOUT";
}

/** Milliseconds for which an unused connection is kept; a node closes it after five seconds. */
const idleTimeout = 4_000;

/** How connections are made. */
export interface AgentOptions {
  /** Most connections at once; further requests wait for their turn. */
  readonly concurrency: number;
  /** Longest that a connection may take to be made, in milliseconds. */
  readonly connectTimeout: number;
}

/**
 * Connects as {@link Connection} says, and keeps connections for further requests. With a fingerprint exactly that
 * certificate is trusted, whoever signed it and whatever it names, and it is looked at before anything is sent.
 */
export class HttpsAgent extends Agent {
  readonly #pinned: string | undefined;
  readonly #connectTimeout: number;

  constructor(
    { ca, fingerprint, insecure }: Pick<Connection, "ca" | "fingerprint" | "insecure">,
    { concurrency, connectTimeout }: AgentOptions,
  ) {
    super({
      keepAlive: true,
      maxSockets: concurrency,
      timeout: idleTimeout,
      rejectUnauthorized: insecure !== true && fingerprint === undefined,
      ...(ca !== undefined && { ca }),
      // A resumed session would not show the certificate again.
      ...(fingerprint !== undefined && { maxCachedSessions: 0 }),
    });
    this.#pinned = fingerprint === undefined ? undefined : bare(fingerprint);
    this.#connectTimeout = connectTimeout;
  }

  override createConnection(
    options: RequestOptions,
    callback?: (error: Error | null, stream: Duplex) => void,
  ): Duplex | null | undefined {
    const socket = super.createConnection(options, callback) as TLSSocket;
    const timer = setTimeout(() => socket.destroy(new ConnectTimeoutError()), this.#connectTimeout);
    socket.once("close", () => clearTimeout(timer));
    // Node sends what was asked for after these listeners, as it does after its own check of the certificate.
    socket.once("secureConnect", () => {
      clearTimeout(timer);
      if (this.#pinned === undefined) return;
      const shown = socket.getPeerCertificate().fingerprint256;
      if (bare(shown) !== this.#pinned) socket.destroy(new FingerprintError(shown));
    });
    return socket;
  }
}

function bare(fingerprint: string): string {
  return fingerprint.replaceAll(":", "").toUpperCase();
}
