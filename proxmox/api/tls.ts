import { buildConnector } from "undici";
import type { Connection } from "./connection.ts";

/** A node that shows another certificate than the one that is pinned. */
class FingerprintError extends Error {
  readonly code = "OTHER_FINGERPRINT";
}

/**
 * Connects as {@link Connection} says. With a fingerprint exactly that certificate is trusted, whoever signed it
 * and whatever it names, and it is looked at before anything is sent.
 *
 * @param timeout longest that a connection may take to be made, in milliseconds
 */
export function tlsConnector(
  { ca, fingerprint, insecure }: Pick<Connection, "ca" | "fingerprint" | "insecure">,
  timeout: number,
): buildConnector.connector {
  const connect = buildConnector({
    timeout,
    rejectUnauthorized: insecure !== true && fingerprint === undefined,
    ...(ca !== undefined && { ca }),
    // A resumed session would not show the certificate again.
    ...(fingerprint !== undefined && { maxCachedSessions: 0 }),
  });
  if (fingerprint === undefined) return connect;
  const pinned = bare(fingerprint);
  return (options, callback) => {
    connect(options, (...result) => {
      const [error, socket] = result;
      if (error !== null) return callback(error, null);
      const shown = "getPeerCertificate" in socket ? socket.getPeerCertificate().fingerprint256 : "";
      if (bare(shown) === pinned) return callback(null, socket);
      socket.destroy();
      callback(new FingerprintError(shown), null);
    });
  };
}

function bare(fingerprint: string): string {
  return fingerprint.replaceAll(":", "").toUpperCase();
}
