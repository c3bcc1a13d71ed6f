import { createSocket, type Socket } from "node:dgram";
import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { kernelDrops } from "./kernel-drops.ts";

/** What a listener asks of the kernel as its receive buffer, in bytes: a second of a flood. */
export const wantedBufferBytes = 8 * 1024 * 1024;

/** How long the last datagrams are waited for, in milliseconds: until none came for one pause, but not for ever. */
const drain = { pauseMs: 20, atMostMs: 2000 } as const;

/** A UDP socket that is open. */
export class UdpListener {
  readonly #socket: Socket;
  #received = 0;

  private constructor(socket: Socket, take: (datagram: Uint8Array, address: string) => void) {
    this.#socket = socket;
    socket.on("message", (datagram, { address }) => {
      this.#received += 1;
      take(datagram, address);
    });
  }

  /**
   * Opens a socket; datagrams come from now on.
   *
   * @throws {Error} when the address is not of this machine, or the port is taken
   */
  static async open(
    address: string,
    port: number,
    take: (datagram: Uint8Array, address: string) => void,
  ): Promise<UdpListener> {
    const socket = createSocket("udp4");
    const listener = new UdpListener(socket, take);
    await new Promise<void>((resolve, reject) => {
      socket.once("error", reject);
      socket.bind(port, address, () => {
        socket.off("error", reject);
        resolve();
      });
    });
    socket.setRecvBufferSize(wantedBufferBytes);
    return listener;
  }

  get port(): number {
    return this.#socket.address().port;
  }

  /** Bytes that the kernel gave for the receive buffer. It reports twice that, for its own bookkeeping. */
  get bufferBytes(): number {
    return this.#socket.getRecvBufferSize() / 2;
  }

  /** Datagrams that the kernel dropped, full buffer; undefined where the kernel does not say. */
  get dropped(): number | undefined {
    const { address, port } = this.#socket.address();
    try {
      return kernelDrops(readFileSync("/proc/self/net/udp", "utf8"), address, port);
    } catch {
      return undefined;
    }
  }

  /** Calls back when the socket breaks while it is open. */
  onError(callback: (error: Error) => void): void {
    this.#socket.on("error", callback);
  }

  /** Takes what the kernel still holds. */
  async drain(): Promise<void> {
    let before = -1;
    for (let waited = 0; waited < drain.atMostMs && before !== this.#received; waited += drain.pauseMs) {
      before = this.#received;
      await pause(drain.pauseMs);
    }
  }

  close(): void {
    this.#socket.close();
  }
}
