/**
 * Datagrams that the kernel dropped because a socket's buffer was full.
 *
 * @param table text of `/proc/net/udp`
 * @param address the socket's IPv4 address
 * @returns undefined when no socket has this address and port
 */
export function kernelDrops(table: string, address: string, port: number): number | undefined {
  // The kernel prints the address as the machine holds it: its bytes the other way round.
  const bytes = address.split(".").map((part) => Number(part).toString(16).padStart(2, "0"));
  const local = `${bytes.toReversed().join("")}:${port.toString(16).padStart(4, "0")}`.toUpperCase();
  const rows = table.split("\n").map((line) => line.trim().split(/\s+/));
  const drops = rows.find((columns) => columns[1] === local)?.at(-1);
  return drops === undefined ? undefined : Number(drops);
}
