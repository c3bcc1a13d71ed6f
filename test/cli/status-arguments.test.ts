import { expect, test } from "vitest";
import { stackOf } from "../e2e/fleet-file.ts";
import { fleet } from "./fleet-run.ts";
import { folderWithStack } from "./stacks.ts";

test.each([
  [
    ["--json", "--sarif"],
    "fleet status: two forms of one report (got --json and --sarif); allowed is one of them; leave one out",
  ],
  [
    ["--watch", "--sarif"],
    "fleet status: a SARIF log is one report (got --watch and --sarif); allowed with --watch is --json or the table; leave one out",
  ],
  [
    ["--interval", "10"],
    "fleet status: an interval without a watch (got --interval); allowed is --interval beside --watch; add --watch, or leave it out",
  ],
  [
    ["--watch", "--interval", "4"],
    'fleet status: --interval is out of bounds (got "4"); allowed is a whole number of seconds from 5 to 86400; correct it',
  ],
  [
    ["--concurrency", "65"],
    'fleet status: --concurrency is out of bounds (got "65"); allowed is a whole number of requests from 1 to 64; correct it',
  ],
  [
    ["--concurrency", "8.5"],
    'fleet status: --concurrency is out of bounds (got "8.5"); allowed is a whole number of requests from 1 to 64; correct it',
  ],
])("%j is refused with what is allowed", async (argv, message) => {
  const { code, stdout, stderr } = await fleet(["status", ...argv]);
  expect([code, stdout, stderr]).toEqual([1, "", `${message}\n`]);
});

test("a stack without a file is named, with the way to name another or to make one", async () => {
  const cwd = folderWithStack(stackOf({}));
  const { code, stdout, stderr } = await fleet(["status", "--stack", "absent"], { cwd });
  expect([code, stdout]).toEqual([1, ""]);
  expect(stderr).toBe(
    `Pulumi.absent.yaml: there is no such stack file (got none in ${cwd}); allowed is the stack file of this project; name the stack with --stack NAME, or make one with pulumi stack init absent\n`,
  );
});

test("every mistake in a stack file is told, before Proxmox is asked", async () => {
  const cwd = folderWithStack(stackOf({ one: { vmid: 1 }, two: { vmid: 102, memoryMiB: 1 } }));
  const { code, stdout, stderr } = await fleet(["status"], { cwd });
  expect([code, stdout]).toEqual([1, ""]);
  expect(stderr.trimEnd().split("\n")).toEqual([
    expect.stringMatching(/^Pulumi\.prod\.yaml: config\.proxmox-fleet:fleet\.vms\.one\.vmid: /),
    expect.stringMatching(/^Pulumi\.prod\.yaml: config\.proxmox-fleet:fleet\.vms\.two\.memoryMiB: /),
  ]);
});
