import { createSocket } from "node:dgram";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, test } from "vitest";
import { parse } from "yaml";
import { fleet } from "./fleet-run.ts";

const noon = new Date("2026-11-24T12:00:00Z");

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), "listen-"));
});
afterEach(() => rmSync(cwd, { recursive: true }));

function declare(forensics: string): void {
  const text = `config:\n  proxmox-fleet:fleet:\n    forensics: ${forensics}\n    vms: { devvm: { vmid: 102 }, web: { vmid: 103 } }\n`;
  writeFileSync(join(cwd, "Pulumi.prod.yaml"), text);
}

describe("what the listener does", () => {
  it("writes until it is ended, and then says what came and what became of it", async () => {
    declare("{ listener: { address: 192.0.2.1, sources: { devvm: 127.0.0.1 } } }");
    const ending = new AbortController();
    let stderr = "";
    const opened = Promise.withResolvers<number>();
    const ended = fleet(["listen", "--listen", "127.0.0.1:0", "--logs", "logs", "--log-mib", "2"], {
      cwd,
      signal: ending.signal,
      now: () => noon,
      stderr: (text) => {
        stderr += text;
        const port = /on 127\.0\.0\.1:(\d+)\/udp/.exec(text)?.[1];
        if (port !== undefined) opened.resolve(Number(port));
      },
    });
    const port = await opened.promise;
    const socket = createSocket("udp4");
    socket.send("3,9,5000000,-;INFO: task blocked\n", port, "127.0.0.1", () => socket.close());
    await once(socket, "close");
    ending.abort();
    const { code, stdout } = await ended;
    expect([code, stdout]).toEqual([
      0,
      `2026-11-24T12:00:00.000Z to 2026-11-24T12:00:00.000Z: 1 received, 1 written, 0 over the rate, 0 not written, 0 cut, 0 dropped by the kernel
  devvm  1 received, 1 written, 0 over the rate, 0 not written, 0 cut
`,
    ]);
    expect(readFileSync(join(cwd, "logs/devvm.log"), "utf8")).toBe(
      "2026-11-24T12:00:00.000Z [5.000000] <3> INFO: task blocked\n",
    );
    expect(stderr).toContain(`fleet listen: on 127.0.0.1:${port}/udp for devvm 127.0.0.1\n`);
    expect(stderr).toContain(`logs in ${cwd}/logs, at most 8 MiB; all other sources in _unknown.log\n`);
  });

  it("says that the address is not of this machine, and writes no log", async () => {
    declare("{ listener: { address: 192.0.2.1 } }");
    const { code, stderr } = await fleet(["listen"], { cwd });
    expect([code, stderr]).toEqual([
      1,
      "fleet listen: cannot listen on 192.0.2.1:6666 (got EADDRNOTAVAIL); allowed is an address of this machine and a UDP port that is free; name it with --listen ADDRESS:PORT\n",
    ]);
    expect(readdirSync(join(cwd, "netconsole-logs"))).toEqual([]);
  });

  it("does not write where others could", async () => {
    declare("{ listener: { address: 127.0.0.1 } }");
    mkdirSync(join(cwd, "open"));
    chmodSync(join(cwd, "open"), 0o777);
    const { code, stderr } = await fleet(["listen", "--logs", "open"], { cwd });
    expect([code, stderr]).toEqual([
      1,
      `${cwd}/open: others may write there (got mode 0777); allowed is a folder that only its owner writes; run chmod 0700 on it, or name another with --logs\n`,
    ]);
  });

  it("says that a folder cannot be made", async () => {
    declare("{ listener: { address: 127.0.0.1 } }");
    const { code, stderr } = await fleet(["listen", "--logs", "Pulumi.prod.yaml/logs"], { cwd });
    expect(code).toBe(1);
    expect(stderr).toContain(`${cwd}/Pulumi.prod.yaml/logs: cannot be made (got ENOTDIR`);
  });
});

test.each<[argv: string[], message: string]>([
  [
    [],
    "Pulumi.prod.yaml: config.proxmox-fleet:fleet.forensics: says no listener (got nothing); allowed is listener: { address: 192.0.2.1 }; add it, see docs/forensics.md",
  ],
  [
    ["--listen", "pve.example.org"],
    'fleet listen: --listen is no address (got "pve.example.org"); allowed is ADDRESS:PORT with an IPv4 address of this machine, such as 192.0.2.1:6666; correct it',
  ],
  [
    ["--listen", "127.0.0.1:66666"],
    'fleet listen: --listen is no address (got "127.0.0.1:66666"); allowed is ADDRESS:PORT with an IPv4 address of this machine, such as 192.0.2.1:6666; correct it',
  ],
  [
    ["--listen", "127.0.0.1:0", "--log-mib", "0"],
    'fleet listen: --log-mib is out of bounds (got "0"); allowed is a whole number of MiB from 1 to 99999; correct it',
  ],
  [
    ["--cloud-init", "--systemd-unit"],
    "fleet listen: two things at once (got --cloud-init and --systemd-unit); allowed is one of them; leave one out",
  ],
  [
    ["--cloud-init", "--listen", "127.0.0.1"],
    "fleet listen: two things at once (got --cloud-init and --listen); allowed is one of them; leave one out",
  ],
])("listen %j is refused with what is allowed", async (argv, message) => {
  const { code, stdout, stderr } = await fleet(["listen", ...argv], { cwd });
  expect([code, stdout, stderr]).toEqual([1, "", `${message}\n`]);
  expect(readdirSync(cwd)).toEqual([]);
});

test("the snippet sends to the fleet's listener", async () => {
  declare("{ listener: { address: 192.0.2.1, port: 7000 } }");
  const { code, stdout, stderr } = await fleet(["listen", "--cloud-init"], { cwd });
  expect([code, stderr]).toEqual([0, ""]);
  const files = parse(stdout).write_files as { path: string; content: string }[];
  expect(files.find(({ path }) => path.endsWith("/fleet-netconsole"))?.content).toContain(
    "7000@192.0.2.1/$mac",
  );
});

test("the unit is for this checkout, this folder and this stack", async () => {
  declare("{ listener: { address: 192.0.2.1 } }");
  const { code, stdout } = await fleet(["listen", "--systemd-unit"], { cwd });
  expect(code).toBe(0);
  expect(stdout).toContain(`\nWorkingDirectory=${cwd}\n`);
  expect(stdout).toContain("/cli/main.ts listen --stack prod --logs /var/log/fleet-listen\n");
});
