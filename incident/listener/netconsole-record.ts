import { printable } from "../../proxmox/printable.ts";

/** The longest message that is kept, in bytes; netconsole itself sends at most 1000 in one datagram. */
export const longestMessage = 2048;

/** One datagram of netconsole, in its plain or its extended format. Its text is safe to show, on one line. */
export interface NetconsoleRecord {
  readonly text: string;
  /** Bytes of the whole datagram. */
  readonly bytes: number;
  /** What the extended format says beside the text. */
  readonly header?: RecordHeader;
}

/** The header of the extended format. */
export interface RecordHeader {
  /** Kernel log level, 0 (emergency) to 7 (debug). */
  readonly level: number;
  /** Number of the record in the guest's kernel log, from its boot on. */
  readonly sequence: number;
  /** Time since the guest's boot, in microseconds. */
  readonly uptimeUs: number;
  /** Where this piece stands in a record that did not fit into one datagram, in bytes. */
  readonly part?: { readonly offset: number; readonly total: number };
}

/** `[release,]level,sequence,microseconds,flags[,key=value...];text`, numbers no longer than the kernel's. */
const extended =
  /^(?:\d+\.[\w.+~-]{1,64},)?(\d{1,4}),(\d{1,15}),(\d{1,15}),[-c+]((?:,[a-z]{1,16}=[^;,\n]{0,64}){0,8});/;
const fragment = /,ncfrag=(\d{1,7})\/(\d{1,7})/;

/**
 * Reads one datagram, whatever is in it: what is too long is cut, what is no text is spelled out, and what is not
 * in the extended format is text as a whole.
 *
 * @see https://docs.kernel.org/networking/netconsole.html
 */
export function parseDatagram(datagram: Uint8Array): NetconsoleRecord {
  const bytes = datagram.length;
  const decoded = Buffer.from(datagram.buffer, datagram.byteOffset, Math.min(bytes, longestMessage)).toString(
    "utf8",
  );
  const match = extended.exec(decoded);
  const text = printable((match === null ? decoded : decoded.slice(match[0].length)).replace(/\n+$/, ""));
  return match === null ? { text, bytes } : { text, bytes, header: headerOf(match) };
}

function headerOf([, priority, sequence, uptimeUs, pairs = ""]: RegExpExecArray): RecordHeader {
  const part = fragment.exec(pairs);
  return {
    // The lower three bits; above them is the facility.
    level: Number(priority) & 7,
    sequence: Number(sequence),
    uptimeUs: Number(uptimeUs),
    ...(part !== null && { part: { offset: Number(part[1]), total: Number(part[2]) } }),
  };
}

/** The record as a line of a log, without its time: `[5123.456789] <3> INFO: task ...`. */
export function recordLine({ text, bytes, header }: NetconsoleRecord): string {
  const cut = bytes > longestMessage ? ` ... (cut: ${bytes} bytes)` : "";
  if (header === undefined) return `${text}${cut}`;
  const { level, uptimeUs, part } = header;
  const seconds = `${Math.floor(uptimeUs / 1e6)}.${String(uptimeUs % 1e6).padStart(6, "0")}`;
  const piece = part === undefined ? "" : ` (from byte ${part.offset} of ${part.total})`;
  return `[${seconds}] <${level}> ${text}${piece}${cut}`;
}
