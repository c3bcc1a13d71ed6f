import type { Duplex } from "node:stream";

/** Longest that the socket may take to greet, in milliseconds; QEMU's main loop greets at once. */
const longestGreeting = 3_000;

/** The socket greets nobody while another client holds it: QEMU serves one at a time. */
class QmpBusy extends Error {
  constructor(path: string) {
    super(
      `${path}: does not greet within ${longestGreeting / 1000} s: another client holds the socket, or QEMU's main loop stands still`,
    );
  }
}

/** Runs a command on a QMP monitor. */
export type QmpCommand = (command: string, args?: Readonly<Record<string, unknown>>) => Promise<unknown>;

/**
 * Opens a QMP socket, does some work with it, and closes it, so that Proxmox is kept from it no longer than needed.
 *
 * @param open opens the socket at `path`
 * @throws {QmpBusy} when another client holds it
 * @throws {Error} when it refuses, a command fails, or `signal` is aborted
 */
export async function withQmp<T>(
  path: string,
  open: (path: string) => Duplex,
  signal: AbortSignal,
  work: (command: QmpCommand) => Promise<T>,
): Promise<T> {
  const socket = open(path);
  const lines = new Answers(socket, path);
  // What goes wrong is seen where it is waited for; after that nobody waits any more.
  socket.on("error", () => undefined);
  const abort = () => socket.destroy(new Error(`${path}: no answer in time`));
  signal.addEventListener("abort", abort, { once: true });
  try {
    await lines.greeting();
    const command: QmpCommand = async (execute, args) => {
      socket.write(`${JSON.stringify({ execute, ...(args && { arguments: args }) })}\n`);
      return lines.answer(execute);
    };
    await command("qmp_capabilities");
    return await work(command);
  } finally {
    signal.removeEventListener("abort", abort);
    socket.destroy();
  }
}

/** What comes out of the socket, message by message; events are passed over. */
class Answers {
  readonly #messages: AsyncIterator<Record<string, unknown>>;
  readonly #path: string;

  constructor(socket: Duplex, path: string) {
    this.#path = path;
    this.#messages = messagesOf(socket);
  }

  async greeting(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new QmpBusy(this.#path)), longestGreeting);
    });
    try {
      const first = await Promise.race([this.#next("the greeting"), late]);
      if (!("QMP" in first)) throw new Error(`${this.#path}: is no QMP socket`);
    } finally {
      clearTimeout(timer);
    }
  }

  async answer(command: string): Promise<unknown> {
    for (;;) {
      const message = await this.#next(command);
      if ("return" in message) return message.return;
      if ("error" in message) {
        throw new Error(`${command}: ${(message.error as { desc?: string }).desc ?? "failed"}`);
      }
    }
  }

  async #next(waitingFor: string): Promise<Record<string, unknown>> {
    let result: IteratorResult<Record<string, unknown>>;
    try {
      result = await this.#messages.next();
    } catch (error) {
      throw new Error(refusal(error as NodeJS.ErrnoException, this.#path));
    }
    if (result.done === true) throw new Error(`${this.#path}: closed before ${waitingFor} came`);
    return result.value;
  }
}

async function* messagesOf(socket: Duplex): AsyncGenerator<Record<string, unknown>> {
  let rest = "";
  socket.setEncoding("utf8");
  for await (const part of socket as AsyncIterable<string>) {
    const lines = `${rest}${part}`.split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      if (line.trim() !== "") yield JSON.parse(line) as Record<string, unknown>;
    }
  }
}

function refusal(error: NodeJS.ErrnoException, path: string): string {
  const meanings: Readonly<Record<string, string>> = {
    ENOENT: "there is no such socket: QEMU does not run here, or its socket is elsewhere (--qmp PATH)",
    ECONNREFUSED: "the socket refuses: its QEMU is gone",
    EACCES: "the socket is not open to this user: run as root",
    EAGAIN: "another client holds the socket",
  };
  const meaning = meanings[error.code ?? ""];
  return meaning === undefined ? error.message : `${path}: ${meaning}`;
}
