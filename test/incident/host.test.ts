import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Host, sshHost, thisMachine } from "../../incident/autopsy/host.ts";
import { processSteps } from "../../incident/autopsy/process-steps.ts";
import { withQmp } from "../../incident/autopsy/qmp.ts";
import { MissingProgram } from "../../incident/autopsy/run-program.ts";
import { runStep } from "../../incident/autopsy/step.ts";

const never = new AbortController().signal;
const path = process.env.PATH;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fleet-host-"));
  process.env.PATH = `${folder}${delimiter}${path}`;
  process.env.PLANTED_SECRET = "planted";
});
afterEach(() => {
  process.env.PATH = path;
  delete process.env.PLANTED_SECRET;
  rmSync(folder, { recursive: true });
});

function program(name: string, text: string): void {
  writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`);
  chmodSync(join(folder, name), 0o755);
}

/** What ssh does: the words after the destination, joined, to the shell of the other side. */
const obedientSsh = `while [ "$1" != -- ]; do shift; done; shift 2; exec sh -c "$*"`;

test("nothing that comes from outside reaches the shell on the other side", async () => {
  program("ssh", obedientSsh);
  const evil = `'; touch ${join(folder, "touched")}; echo $(touch ${join(folder, "touched")}) "\``;
  const { stdout } = await sshHost("root@pve").run(["printf", "%s", evil], 5, never);
  expect(stdout).toBe(evil);
  expect(readdirSync(folder)).toEqual(["ssh"]);
});

test("ssh asks nobody for a password, and waits for no connection for long", async () => {
  program("ssh", 'printf "%s\\n" "$@"');
  const { stdout } = await sshHost("root@pve.example.org").run(["true"], 5, never);
  expect(stdout.trim().split("\n")).toEqual([
    ...["-o", "BatchMode=yes", "-o", "ConnectTimeout=10", "-T", "--", "root@pve.example.org"],
    "'timeout' '--kill-after=2' '5' 'true'",
  ]);
});

test("a host that cannot be reached says so in ssh's words", async () => {
  program("ssh", "echo 'ssh: connect to host pve port 22: No route to host' >&2; exit 255");
  await expect(sshHost("pve").run(["true"], 5, never)).rejects.toThrow(
    "ssh pve: ssh: connect to host pve port 22: No route to host",
  );
});

test("no secret of this process's environment reaches a program", async () => {
  const { stdout } = await thisMachine.run(["env"], 5, never);
  expect(stdout).toContain("LC_ALL=C");
  expect(stdout).not.toContain("planted");
});

test("a program that hangs is ended where it runs", async () => {
  await expect(thisMachine.run(["sleep", "60"], 1, never)).rejects.toThrow("sleep did not end within 1 s");
  await expect(thisMachine.run(["no-such-program"], 1, never)).rejects.toThrow(
    "no-such-program is not installed",
  );
});

test("the QMP socket is reached through ssh and socat", async () => {
  const socket = join(folder, "102.qmp");
  const server = createServer((client) => {
    client.write('{"QMP": {}}\r\n');
    client.setEncoding("utf8").on("data", () => client.write('{"return": {"status": "running"}}\r\n'));
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  program("ssh", obedientSsh);
  // socat - UNIX-CONNECT:PATH, in node's words.
  const pipe = `const s = require("net").connect(process.argv[2].slice(13)); process.stdin.pipe(s); s.pipe(process.stdout);`;
  writeFileSync(join(folder, "socat.cjs"), pipe);
  program("socat", `exec '${process.execPath}' '${join(folder, "socat.cjs")}' "$2"`);
  const host = sshHost("pve");
  const answer = await withQmp(
    socket,
    (where) => host.connect(where),
    AbortSignal.timeout(10_000),
    (command) => command("query-status"),
  );
  expect(answer).toEqual({ status: "running" });
  await new Promise((resolve) => server.close(resolve));
});

test("an ssh that fails is what the QMP steps say", async () => {
  program("ssh", "echo 'Permission denied (publickey).' >&2; exit 255");
  const host = sshHost("pve");
  const asked = withQmp(
    "/x",
    (where) => host.connect(where),
    never,
    (command) => command("query-status"),
  );
  await expect(asked).rejects.toThrow("Permission denied (publickey).");
});

/** A host whose process is a QEMU in a state of our choice, and whose gdb does as told. */
function pretended(gdb: () => string, states: string[]): { host: Host; ran: string[] } {
  const ran: string[] = [];
  const host: Host = {
    label: "pve",
    connect: () => {
      throw new Error("not needed");
    },
    run: async (argv) => {
      ran.push(argv.slice(0, 2).join(" "));
      const answers: Record<string, () => string> = {
        gdb,
        kill: () => "",
        cat: () =>
          argv[1]?.endsWith("cmdline") ? ["kvm", "-id", "102"].join("\0") : `State:\t${states.shift()} (x)\n`,
      };
      const stdout = answers[argv[0] ?? ""]?.() ?? "";
      return { code: 0, stdout, stderr: "" };
    },
  };
  return { host, ran };
}

const trace = (host: Host) =>
  runStep(processSteps({ host, pid: async () => 4711, vmid: 102, qmpPath: "/x" }).trace, never);

test("a process that gdb left stopped is told to go on", async () => {
  const { host, ran } = pretended(() => "Thread 1 (LWP 1)\n#0  0x1 in poll ()\n", ["S", "T", "S"]);
  expect((await trace(host)).outcome).toBe("captured");
  expect(ran.at(-2)).toBe("kill -CONT");
});

test("a process that stays stopped is an error that says how to let it go on", async () => {
  const { host } = pretended(() => "Thread 1 (LWP 1)\n#0  0x1 in poll ()\n", ["S", "T", "T"]);
  expect(await trace(host)).toEqual({
    outcome: "failed",
    reason: "process 4711 is left stopped by gdb; let it go on by hand: kill -CONT 4711",
  });
});

test("a process that somebody else had stopped is left as it was", async () => {
  const { host, ran } = pretended(() => "Thread 1 (LWP 1)\n#0  0x1 in poll ()\n", ["T"]);
  expect((await trace(host)).outcome).toBe("captured");
  expect(ran).not.toContain("kill -CONT");
});

test("no gdb is said with the way to one", async () => {
  const { host } = pretended(() => {
    throw new MissingProgram("gdb");
  }, ["S", "S"]);
  expect(await trace(host)).toEqual({
    outcome: "not available",
    reason: "gdb is not installed on pve: apt install gdb, then capture again",
  });
});
