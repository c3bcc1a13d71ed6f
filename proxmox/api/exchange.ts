import type { IncomingMessage } from "node:http";
import { type RequestOptions, request } from "node:https";

/** An answer that is longer than may be read. */
class TooLongError extends Error {
  readonly code = "TOO_LONG";
}

/** What came back. */
export interface Answer {
  readonly status: number;
  readonly text: string;
}

/**
 * Sends one request and reads its whole answer.
 *
 * @param longest bytes that an answer may have
 * @throws the failure of the connection, the signal's reason, or {@link TooLongError}
 */
export async function exchange(
  url: string,
  options: RequestOptions & { readonly signal: AbortSignal },
  body: string | undefined,
  longest: number,
): Promise<Answer> {
  const { signal } = options;
  try {
    signal.throwIfAborted();
    const response = await new Promise<IncomingMessage>((answered, failed) => {
      // Node ends a request that waits for a connection only when it gets one.
      signal.addEventListener("abort", failed, { once: true });
      request(url, options, answered).on("error", failed).end(body);
    });
    return { status: response.statusCode ?? 0, text: await textOf(response, longest) };
  } catch (error) {
    // An answer that is cut off by the signal says only that it was cut off.
    throw signal.aborted ? signal.reason : error;
  }
}

async function textOf(response: IncomingMessage, longest: number): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > longest) throw new TooLongError();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
