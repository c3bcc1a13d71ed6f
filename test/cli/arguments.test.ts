import { expect, test } from "vitest";
import { fleet } from "./fleet-run.ts";

test("without a command the usage is shown, and nothing was done", async () => {
  const { code, stdout } = await fleet([]);
  expect(code).toBe(1);
  expect(stdout).toContain("fleet COMMAND [options]");
  expect(stdout).toMatch(/^ {2}audit +Judge every VM/m);
});

test("help is no error, of all commands and of one", async () => {
  expect((await fleet(["--help"])).code).toBe(0);
  const { code, stdout } = await fleet(["audit", "--help"]);
  expect(code).toBe(0);
  expect(stdout).toContain("--no-exemptions");
  expect(stdout).not.toContain("\u001b");
});

test("an unknown command is refused with those that there are", async () => {
  const { code, stderr } = await fleet(["reconcile"]);
  expect(code).toBe(1);
  expect(stderr).toMatch(
    /^fleet: no such command \(got "reconcile"\); allowed is .*audit.*; see fleet --help\n$/,
  );
});

test.each([
  [["audit"], "fleet audit: does not know what to audit (got no --policy); allowed is --policy; add it"],
  [
    ["audit", "--policy", "--json", "--sarif"],
    "fleet audit: two forms of one report (got --json and --sarif); allowed is one of them; leave one out",
  ],
  [
    ["audit", "--policy", "--jsn", "102"],
    'fleet audit: no such argument (got "102", --jsn); allowed are --policy, --json, --sarif, --state, --stack, --settings, --exemptions; see fleet audit --help',
  ],
  [
    ["audit", "--policy", "--no-exemption"],
    "fleet audit: no such argument (got --exemption); allowed are --policy, --json, --sarif, --state, --stack, --settings, --exemptions; see fleet audit --help",
  ],
  [
    ["audit", "--policy", "--state"],
    "fleet audit: an option without its value (got --state); allowed is --state FILE; give the value",
  ],
])("%j is refused with what is allowed", async (argv, message) => {
  const { code, stdout, stderr } = await fleet(argv);
  expect([code, stdout, stderr]).toEqual([1, "", `${message}\n`]);
});

test("without a connection every variable that is missing is named", async () => {
  const { code, stderr } = await fleet(["audit", "--policy"]);
  expect(code).toBe(1);
  expect(stderr).toMatch(/^PROXMOX_VE_ENDPOINT: not set; .*\nPROXMOX_VE_API_TOKEN: not set; /);
});

test.each([
  [
    ["restart", "102", "--yes=no"],
    "fleet restart: a value on an option that takes none (got --yes=no); allowed is --yes alone, or nothing; leave the value out, and for no the option too",
  ],
  [["restart", "102", "--yes", "--hard=no"], "got --hard=no"],
  [["restart", "102", "--skip-preflight=false"], "got --skip-preflight=false"],
  [["restart", "102", "--skipPreflight=false"], "got --skip-preflight=false"],
  [["restart", "102", "--hard="], "got --hard="],
  [["kill", "102", "--start=0"], "got --start=0"],
  [["audit", "--policy=false"], "got --policy=false"],
  [["audit", "--policy", "--no-exemptions=no"], "got --no-exemptions=no"],
  [["rollback", "102", "--no-yes=true"], "got --no-yes=true"],
])("%j: a flag with a value is refused before anything is read", async (argv, message) => {
  const { code, stdout, stderr } = await fleet(argv);
  expect([code, stdout]).toEqual([1, ""]);
  expect(stderr).toContain(message);
});

test.each([
  ["restart", "102", "--yes", "--no-yes"],
  ["restart", "102", "--dry-run", "--dryRun"],
  ["kill", "102", "--max-age", "5", "--maxAge=6"],
])("an option said twice in two spellings is refused: fleet %s %s %s %s", async (...argv) => {
  const { code, stderr } = await fleet(argv);
  expect(code).toBe(1);
  expect(stderr).toMatch(/: an option named more than once \(got --[a-z-]+ 2 times\); /);
});

test.each([
  "restart",
  "rollback",
  "kill",
  "autopsy",
  "stalls",
  "status",
  "adopt",
  "watch",
  "listen",
  "alerts",
])("fleet %s refuses a stack that has no file, before anything is read", async (command) => {
  const operands = ["watch", "listen", "alerts"].includes(command) ? [] : ["102"];
  const more = command === "listen" ? ["--cloud-init"] : [];
  const { code, stdout, stderr } = await fleet([command, ...operands, ...more, "--stack", "typo"]);
  expect([code, stdout]).toEqual([1, ""]);
  expect(stderr).toContain("Pulumi.typo.yaml: there is no such stack file");
});

test("fleet audit refuses a stack that has no file", async () => {
  const { code, stderr } = await fleet(["audit", "--policy", "--stack", "typo"]);
  expect(code).toBe(1);
  expect(stderr).toContain("Pulumi.typo.yaml: there is no such stack file");
});
