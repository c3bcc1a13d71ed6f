import { join } from "node:path";
import type { NetconsoleTarget } from "../../components/forensics/forensics-files.ts";
import { BoundedLog } from "../../incident/listener/bounded-log.ts";
import { Intake } from "../../incident/listener/intake.ts";
import { UdpListener, wantedBufferBytes } from "../../incident/listener/udp-listener.ts";
import type { Surroundings } from "../surroundings.ts";
import { makeLogFolder } from "./log-folder.ts";
import { countsLine, type ListenReport, totalOf } from "./report.ts";

/** Log of everyone whose address is not known; no key of a VM begins like this. */
const unknownLog = "_unknown.log";

const flushEveryMs = 250;
const sayEveryMs = 60_000;
const waitingBytes = 64 * 1024;

/** Where to listen, for whom, and what it may take. */
export interface ListenArgs {
  readonly target: NetconsoleTarget;
  /** Key of the VM by its IPv4 address. */
  readonly sources: ReadonlyMap<string, string>;
  /** Folder of the logs. */
  readonly folder: string;
  /** Bytes of one log file. */
  readonly fileBytes: number;
}

/**
 * Writes what guests send into a log for each, until the user ends the command.
 *
 * @throws {Error} when it cannot listen, or the socket breaks
 */
export async function listen(args: ListenArgs, surroundings: Surroundings): Promise<ListenReport> {
  const { target, sources, folder, fileBytes } = args;
  const { now, stderr, signal } = surroundings;
  const say = (text: string) => stderr(`fleet listen: ${text}\n`);
  makeLogFolder(folder);
  const intake = new Intake({
    sources,
    logOf: (key) =>
      new BoundedLog(join(folder, key === undefined ? unknownLog : `${key}.log`), {
        fileBytes,
        waitingBytes,
      }),
    now,
    say,
  });
  const from = now().toISOString();
  const socket = await open(target, (datagram, address) => intake.take(datagram, address));
  sayStart(args, socket, say);
  let said = 0;
  const flushing = setInterval(() => intake.flush(), flushEveryMs);
  const saying = setInterval(() => {
    const total = totalOf(intake.counts());
    if (total.received > said) say(countsLine(total, socket.dropped ?? null));
    said = total.received;
  }, sayEveryMs);
  let droppedByKernel: number | null = null;
  try {
    await ended(signal, socket);
    await socket.drain();
    droppedByKernel = socket.dropped ?? null;
  } finally {
    clearInterval(flushing);
    clearInterval(saying);
    socket.close();
    intake.flush(true);
  }
  const counts = intake.counts();
  return { from, to: now().toISOString(), total: totalOf(counts), droppedByKernel, sources: counts };
}

async function open(
  { address, port }: NetconsoleTarget,
  take: (datagram: Uint8Array, address: string) => void,
): Promise<UdpListener> {
  try {
    return await UdpListener.open(address, port, take);
  } catch (error) {
    throw new Error(
      `fleet listen: cannot listen on ${address}:${port} (got ${(error as NodeJS.ErrnoException).code}); allowed is an address of this machine and a UDP port that is free; name it with --listen ADDRESS:PORT`,
    );
  }
}

function sayStart(
  { target, sources, folder, fileBytes }: ListenArgs,
  socket: UdpListener,
  say: (text: string) => void,
) {
  const keys = new Set(sources.values());
  const mostMiB = Math.ceil((2 * (keys.size + 1) * fileBytes) / 1024 ** 2);
  const whose = [...sources].map(([address, key]) => `${key} ${address}`).join(", ");
  say(`on ${target.address}:${socket.port}/udp for ${whose || "no VM whose address is known"}`);
  say(`logs in ${folder}, at most ${mostMiB} MiB; all other sources in ${unknownLog}`);
  const given = socket.bufferBytes;
  if (given < wantedBufferBytes) {
    say(
      `the kernel gave a receive buffer of ${Math.floor(given / 1024)} KiB, not ${wantedBufferBytes / 1024} KiB; sysctl -w net.core.rmem_max=${wantedBufferBytes} before the start gives it`,
    );
  }
}

/** When the user ends the command; a socket that breaks ends it as well. */
function ended(signal: AbortSignal, socket: UdpListener): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.onError((error) =>
      reject(new Error(`fleet listen: the socket broke (got ${error.message}); start it again`)),
    );
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
