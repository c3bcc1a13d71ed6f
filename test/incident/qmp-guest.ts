import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { createConnection, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

/**
 * A boot sector that writes one sector at each tick of the clock, 18 times a second, and halts in between.
 *
 * ```text
 * 00  cli; xor ax, ax; mov ds, ax; mov ss, ax; mov sp, 7c00h; sti
 * 0b  hlt
 *     mov si, 7c30h; mov ax, 4300h; mov dl, 80h; int 13h    ; extended write of the packet at 30h
 *     jmp 0bh
 * 30  packet: 16 bytes long, 1 sector, from 0000:6000, to sector 8
 * ```
 */
function bootSector(): Buffer {
  const sector = Buffer.alloc(512);
  Buffer.from("fa31c08ed88ed0bc007cfb" + "f4" + "be307c" + "b80043" + "b280" + "cd13" + "ebf3", "hex").copy(
    sector,
  );
  Buffer.from("1000" + "0100" + "00600000" + "0800000000000000", "hex").copy(sector, 0x30);
  sector.writeUInt16LE(0xaa55, 510);
  return sector;
}

interface BlockStatistics {
  readonly device: string;
  readonly stats: Record<string, unknown>;
}

/** A real QEMU with the incident's emulated LSI controller, and its QMP socket. */
export class QmpGuest {
  readonly #process: ChildProcess;
  readonly #folder: string;
  readonly #started = Date.now();
  #socket: Socket | undefined;
  #lines: AsyncIterator<string> | undefined;

  constructor() {
    this.#folder = mkdtempSync(join(tmpdir(), "fleet-guest-"));
    const disk = join(this.#folder, "disk.raw");
    writeFileSync(disk, bootSector());
    truncateSync(disk, 2 ** 20);
    const argv = [
      ...["-accel", "tcg", "-nodefaults", "-display", "none", "-m", "32"],
      ...["-drive", `file=${disk},format=raw,if=none,id=drive-scsi0`],
      ...["-device", "lsi53c895a,id=scsihw0", "-device", "scsi-hd,bus=scsihw0.0,drive=drive-scsi0,id=scsi0"],
      ...["-qmp", `unix:${this.#qmp},server=on,wait=off`],
    ];
    this.#process = spawn("qemu-system-x86_64", argv, { stdio: "ignore" });
  }

  get #qmp(): string {
    return join(this.#folder, "qmp");
  }

  /** Connects to QMP; fails as long as QEMU does not listen yet. */
  async connect(): Promise<void> {
    const socket = createConnection(this.#qmp);
    await new Promise((resolve, reject) =>
      socket.once("connect", () => resolve(undefined)).once("error", reject),
    );
    this.#socket = socket;
    this.#lines = createInterface({ input: socket })[Symbol.asyncIterator]();
    await this.#lines.next();
    await this.#command("qmp_capabilities");
  }

  /** As a VM's `status/current` has it: what `vmstatus` of qemu-server makes of these two answers. */
  async current(): Promise<Record<string, unknown>> {
    const { status } = (await this.#command("query-status")) as { status: string };
    const drives = (await this.#command("query-blockstats")) as BlockStatistics[];
    const fields = readFileSync(`/proc/${this.#process.pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
    return {
      status: "running",
      qmpstatus: status,
      pid: this.#process.pid,
      uptime: (Date.now() - this.#started) / 1000,
      // Ticks of a hundredth of a second that the process has used, as the test turns into a share.
      ticks: Number(fields[11]) + Number(fields[12]),
      blockstat: Object.fromEntries(drives.map(({ device, stats }) => [device.replace("drive-", ""), stats])),
    };
  }

  /** Limits writes in bytes per second, as a cap of Proxmox does; 0 = no limit. */
  async limit(bytes: number): Promise<void> {
    const none = { bps: 0, bps_rd: 0, iops: 0, iops_rd: 0, iops_wr: 0 };
    await this.#command("block_set_io_throttle", { device: "drive-scsi0", ...none, bps_wr: bytes });
  }

  async close(): Promise<void> {
    this.#socket?.destroy();
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      const gone = new Promise((resolve) => this.#process.once("exit", resolve));
      this.#process.kill("SIGKILL");
      await gone;
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #command(execute: string, parameters: object = {}): Promise<unknown> {
    this.#socket?.write(`${JSON.stringify({ execute, arguments: parameters })}\n`);
    for (;;) {
      const line = await this.#lines?.next();
      if (line === undefined || line.done) throw new Error("QMP: the connection ended");
      const answer = JSON.parse(line.value) as { return?: unknown; error?: { desc: string } };
      if (answer.error !== undefined) throw new Error(`QMP: ${execute}: ${answer.error.desc}`);
      if ("return" in answer) return answer.return;
    }
  }
}
