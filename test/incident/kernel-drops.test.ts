import { expect, test } from "vitest";
import { kernelDrops } from "../../incident/listener/kernel-drops.ts";

// As Linux 6.8 prints it; addresses in host order.
const table = `   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
  361: 0100007F:1A0A 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 71834 2 0000000000000000 12
  829: 010200C0:1A0A 00000000:0000 07 00000000:00012345 00:00000000 00000000   997        0 20131 2 0000000000000000 345
 1200: 00000000:0044 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 18230 2 0000000000000000 0
`;

test("the drops are those of the socket with the address and port", () => {
  expect(kernelDrops(table, "127.0.0.1", 6666)).toBe(12);
  expect(kernelDrops(table, "192.0.2.1", 6666)).toBe(345);
  expect(kernelDrops(table, "0.0.0.0", 68)).toBe(0);
});

test("a socket that is not there has no count", () => {
  expect(kernelDrops(table, "127.0.0.1", 6667)).toBeUndefined();
  expect(kernelDrops("", "127.0.0.1", 6666)).toBeUndefined();
});
