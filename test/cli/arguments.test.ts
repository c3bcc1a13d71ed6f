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
