import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseDatagram, recordLine } from "../../incident/listener/netconsole-record.ts";

const lineOf = (datagram: string | Uint8Array) => recordLine(parseDatagram(Buffer.from(datagram)));

describe("a datagram of netconsole", () => {
  it.each<[what: string, datagram: string, line: string]>([
    ["in the extended format", "6,416,1758426,-;e1000: up\n", "[1.758426] <6> e1000: up"],
    ["with a facility above the level", "30,1,42,-;from user space\n", "[0.000042] <6> from user space"],
    ["with the kernel's release", "6.8.12-4-pve,3,7,9000001,-;hung\n", "[9.000001] <3> hung"],
    ["with a caller", "4,7,9000001,-,caller=T123;text", "[9.000001] <4> text"],
    [
      "that is a piece of a record",
      "6,416,1758426,-,ncfrag=1000/2300;the middle",
      "[1.758426] <6> the middle (from byte 1000 of 2300)",
    ],
    ["in the plain format", "INFO: task kworker blocked\n", "INFO: task kworker blocked"],
    ["with a header that is none", "6,416,now,-;text", "6,416,now,-;text"],
    ["with numbers that no kernel has", `6,${"9".repeat(40)},1,-;text`, `6,${"9".repeat(40)},1,-;text`],
    [
      "of several lines, which stay one",
      "6,1,0,-;one\n SUBSYSTEM=pci\n",
      "[0.000000] <6> one\\n SUBSYSTEM=pci",
    ],
    ["with what a terminal would act upon", "\u001b[2Jgone\r\u0007", "\\u001b[2Jgone\\u000d\\u0007"],
    ["with nothing in it", "", ""],
  ])("%s", (_, datagram, line) => {
    expect(lineOf(datagram)).toBe(line);
  });

  it("is shown as far as it is text", () => {
    expect(lineOf(Uint8Array.of(0x41, 0xff, 0x00, 0x42))).toBe("A\ufffd\\u0000B");
  });

  it("is cut where it is too long, and says so", () => {
    expect(lineOf("x".repeat(2048))).toBe("x".repeat(2048));
    expect(lineOf("x".repeat(2049))).toBe(`${"x".repeat(2048)} ... (cut: 2049 bytes)`);
    expect(lineOf(`6,1,0,-;${"x".repeat(60_000)}`)).toBe(
      `[0.000000] <6> ${"x".repeat(2040)} ... (cut: 60008 bytes)`,
    );
  });

  it("is one line without control characters and of bounded length, whatever it is", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 4096 }), (bytes) => {
        const line = lineOf(bytes);
        expect(line).not.toMatch(/\p{Cc}/u);
        expect(line.length).toBeLessThanOrEqual(6 * 2048 + 100);
      }),
    );
  });
});
