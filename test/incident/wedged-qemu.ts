import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { blockstatOf } from "../../incident/autopsy/block-statistics.ts";
import { thisMachine } from "../../incident/autopsy/host.ts";
import { type QmpCommand, withQmp } from "../../incident/autopsy/qmp.ts";

/**
 * A guest of 24 bytes: at each tick of the clock, 18 times a second, it writes the same 32 KiB to its disk with a
 * BIOS call, and halts in between.
 *
 * ```text
 *        cli                  fa
 *        xor  ax, ax          31 c0
 *        mov  ds, ax          8e d8
 *        mov  ss, ax          8e d0
 *        mov  sp, 7c00h       bc 00 7c
 *        sti                  fb
 * again: hlt                  f4
 *        mov  si, 7c20h       be 20 7c    ; the packet below
 *        mov  ax, 4300h       b8 00 43    ; extended write, no verify
 *        mov  dl, 80h         b2 80       ; first disk
 *        int  13h             cd 13
 *        jmp  again           eb f3
 * ```
 */
const code = Buffer.from("fa31c08ed88ed0bc007cfbf4be207cb80043b280cd13ebf3", "hex");
/** 16 bytes long; 64 sectors from 0000:7e00 to sector 2048. */
const packet = Buffer.from("1000" + "4000" + "007e0000" + "0008000000000000", "hex");

function bootSector(): Buffer {
  const sector = Buffer.alloc(512);
  code.copy(sector, 0);
  packet.copy(sector, 0x20);
  sector.writeUInt16LE(0xaa55, 510);
  return sector;
}

const group = "throttle-drive-scsi0";

/** A real QEMU with the incident's emulated LSI controller and no I/O thread, whose guest writes steadily. */
export class WedgedQemu {
  readonly qmpPath: string;
  readonly #process: ChildProcess;
  readonly #folder: string;
  readonly #started = Date.now();

  private constructor(process: ChildProcess, folder: string, qmpPath: string) {
    this.#process = process;
    this.#folder = folder;
    this.qmpPath = qmpPath;
  }

  /** Starts it and waits until the guest has written. */
  static async start(): Promise<WedgedQemu> {
    const folder = mkdtempSync(join(tmpdir(), "fleet-qemu-"));
    const disk = join(folder, "disk.raw");
    const qmpPath = join(folder, "102.qmp");
    writeFileSync(disk, bootSector());
    truncateSync(disk, 16 * 2 ** 20);
    const file = { driver: "raw", file: { driver: "file", filename: disk } };
    const blockdev = { driver: "throttle", "node-name": "drive-scsi0", "throttle-group": group, file };
    const argv = [
      ...["-accel", "tcg", "-nodefaults", "-display", "none", "-m", "32", "-name", "devvm"],
      ...["-object", `throttle-group,id=${group}`, "-object", "secret,id=sec0,data=planted-in-command-line"],
      ...["-blockdev", JSON.stringify(blockdev), "-device", "lsi53c895a,id=scsihw0"],
      ...["-device", "scsi-hd,bus=scsihw0.0,drive=drive-scsi0,id=scsi0,bootindex=100"],
      ...["-qmp", `unix:${qmpPath},server=on,wait=off`],
    ];
    const process = spawn("qemu-system-x86_64", argv, { stdio: ["ignore", "ignore", "inherit"] });
    const qemu = new WedgedQemu(process, folder, qmpPath);
    await expect.poll(() => qemu.#writes(), { timeout: 30_000, interval: 100 }).toBeGreaterThan(10);
    return qemu;
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  /** As a VM's `status/current` has it, with the hundredths of a second that the process has used. */
  async current(): Promise<Record<string, unknown> & { ticks: number }> {
    return this.#ask(async (command) => {
      const { status } = (await command("query-status")) as { status: string };
      const blockstat = blockstatOf(await command("query-blockstats"));
      const fields = readFileSync(`/proc/${this.pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
      const uptime = (Date.now() - this.#started) / 1000;
      const ticks = Number(fields[11]) + Number(fields[12]);
      return { status: "running", qmpstatus: status, pid: this.pid, uptime, blockstat, ticks };
    });
  }

  /** Limits writes from now on, in bytes per second, as a cap of Proxmox does; 0 = no limit. */
  async limit(bytes: number): Promise<void> {
    const limits = { "bps-write": bytes };
    await this.#ask((command) =>
      command("qom-set", { path: `/objects/${group}`, property: "limits", value: limits }),
    );
  }

  /** One byte per second from now on: a request of 32 KiB waits for nine hours. Waits until nothing completes. */
  async wedge(): Promise<void> {
    await this.limit(1);
    let before = -1;
    const moved = async () => {
      const now = await this.#writes();
      const difference = now - before;
      before = now;
      return difference;
    };
    await expect.poll(moved, { timeout: 30_000, interval: 500 }).toBe(0);
  }

  /** Ends the process as Proxmox does at last, and waits until it is gone. */
  async kill(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const gone = new Promise((resolve) => this.#process.once("exit", resolve));
    this.#process.kill("SIGKILL");
    await gone;
  }

  async close(): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Completed writes of the drive; 0 while QEMU is not there yet. */
  async #writes(): Promise<number> {
    const answer = await this.#ask((command) => command("query-blockstats")).catch(() => []);
    return Number(blockstatOf(answer).scsi0?.wr_operations ?? 0);
  }

  #ask<T>(work: (command: QmpCommand) => Promise<T>): Promise<T> {
    return withQmp(this.qmpPath, (path) => thisMachine.connect(path), AbortSignal.timeout(10_000), work);
  }
}
