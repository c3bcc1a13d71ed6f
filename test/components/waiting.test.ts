import { expect, test } from "vitest";
import { restartCommands, waitingSummary, whatWaits } from "../../components/waiting.ts";

const waiting = whatWaits([
  ["devvm", [{ path: "options.scsihw", from: "lsi", to: "virtio-scsi-single" }]],
  ["pbs", []],
  [
    "node2",
    [
      { path: "drives.scsi0.aio", to: "threads" },
      { path: "options.nameserver", from: "192.0.2.1", to: "192.0.2.53", configured: true },
    ],
  ],
  ["unknown-in-this-preview", undefined],
]);

test("what waits is said by VM, and what the config has already is told apart", () => {
  expect(waiting).toEqual({
    devvm: ["options.scsihw: lsi => virtio-scsi-single"],
    node2: [
      "drives.scsi0.aio: (absent) => threads",
      "options.nameserver: 192.0.2.1 => 192.0.2.53  [in the config, not yet in QEMU]",
    ],
  });
});

test("each VM has its command, which names the stack unless it is prod", () => {
  expect(restartCommands(waiting, "prod")).toEqual(["npx fleet restart devvm", "npx fleet restart node2"]);
  expect(restartCommands(waiting, "lab")[0]).toBe("npx fleet restart devvm --stack lab");
});

test("the summary has the command of each VM above what it would activate", () => {
  expect(waitingSummary(waiting, "prod")).toBe(
    [
      "3 changes wait for a cold stop and start; nothing here restarts a VM. When it suits you:",
      "  npx fleet restart devvm",
      "    options.scsihw: lsi => virtio-scsi-single",
      "  npx fleet restart node2",
      "    drives.scsi0.aio: (absent) => threads",
      "    options.nameserver: 192.0.2.1 => 192.0.2.53  [in the config, not yet in QEMU]",
    ].join("\n"),
  );
  expect(waitingSummary({}, "prod")).toBeUndefined();
});
