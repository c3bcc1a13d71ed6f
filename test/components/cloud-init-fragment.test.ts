import { spawnSync } from "node:child_process";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, test } from "vitest";
import { parse } from "yaml";
import { cloudInitFragment } from "../../components/forensics/cloud-init-fragment.ts";
import { forensicsFiles } from "../../components/forensics/forensics-files.ts";

const target = { address: "192.0.2.1", port: 6666 };
const fragment = cloudInitFragment(target);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fragment-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function installed(program: string): boolean {
  return spawnSync(program, ["--version"]).error === undefined;
}

/** A file of the folder; a script where it has a mode. */
function put(name: string, content: string, mode = 0o644): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  chmodSync(path, mode);
  return path;
}

const hasCloudInit = installed("cloud-init");
test.skipIf(!hasCloudInit)(
  `the fragment is a cloud-config by cloud-init's own schema${hasCloudInit ? "" : " (skipped: no cloud-init here)"}`,
  () => {
    const checked = spawnSync("cloud-init", ["schema", "--config-file", put("vendor.yaml", fragment)], {
      encoding: "utf8",
    });
    expect(`${checked.stdout}${checked.stderr}`).toContain("Valid cloud-config");
    expect(checked.status).toBe(0);
  },
);

test("the fragment writes three files and starts what they declare", () => {
  expect(fragment.startsWith("#cloud-config\n")).toBe(true);
  const { write_files: files, runcmd, ...rest } = parse(fragment);
  expect(rest).toEqual({});
  expect(files.map(({ content: _, ...file }: { content: string }) => file)).toEqual([
    { path: "/etc/sysctl.d/60-fleet-forensics.conf", permissions: "0644", owner: "root:root" },
    { path: "/usr/local/sbin/fleet-netconsole", permissions: "0755", owner: "root:root" },
    { path: "/etc/systemd/system/fleet-netconsole.service", permissions: "0644", owner: "root:root" },
  ]);
  expect(runcmd).toEqual([
    ["sysctl", "--system"],
    ["systemctl", "enable", "--now", "--no-block", "fleet-netconsole.service"],
  ]);
});

test("a panic waits a minute, a blocked task is reported and does not panic", () => {
  const [settings] = forensicsFiles(target);
  expect(settings?.content.split("\n").filter((line) => line !== "" && !line.startsWith("#"))).toEqual([
    "kernel.panic = 60",
    "kernel.printk = 7 4 1 7",
    "-kernel.hung_task_timeout_secs = 120",
    "-kernel.hung_task_warnings = 1000",
    "-kernel.hung_task_panic = 0",
    "-kernel.softlockup_panic = 0",
    "-kernel.softlockup_all_cpu_backtrace = 1",
  ]);
});

const hasAnalyze = installed("systemd-analyze");
test.skipIf(!hasAnalyze)(
  `the guest's unit passes systemd-analyze verify${hasAnalyze ? "" : " (skipped: no systemd-analyze here)"}`,
  () => {
    const [, script, unit] = forensicsFiles(target);
    const program = put("fleet-netconsole", script?.content ?? "", 0o755);
    const text = (unit?.content ?? "").replace("/usr/local/sbin/fleet-netconsole", program);
    const verified = spawnSync("systemd-analyze", ["verify", put("fleet-netconsole.service", text)], {
      encoding: "utf8",
    });
    expect([verified.status, verified.stderr]).toEqual([0, ""]);
  },
);

describe("the guest's script", () => {
  let listener: Socket;
  beforeEach(async () => {
    listener = createSocket("udp4");
    await new Promise<void>((resolve) => listener.bind(0, "127.0.0.1", resolve));
  });
  afterEach(() => listener.close());

  /** What the script hands to modprobe, where the guest's network is as given; it sends to the listener. */
  function netconsoleWith(route: string, neighbour: string): { status: number | null; modprobe: string[] } {
    const log = join(folder, "modprobe.log");
    put("ip", `#!/bin/sh\ncase "$*" in *route*) ${route};; *) ${neighbour};; esac\n`, 0o755);
    put("sleep", "#!/bin/sh\n", 0o755);
    put("modprobe", `#!/bin/sh\nprintf '%s\\n' "$*" >> ${log}\n`, 0o755);
    const [, file] = forensicsFiles({ address: "127.0.0.1", port: listener.address().port });
    const script = put("fleet-netconsole", file?.content ?? "", 0o755);
    const { status } = spawnSync(script, { env: { PATH: `${folder}:${process.env.PATH}` } });
    return { status, modprobe: status === 0 ? readFileSync(log, "utf8").trim().split("\n") : [] };
  }

  it.each([
    [
      "the listener itself, when it is on the same network",
      "echo '127.0.0.1 dev ens18 src 192.0.2.20 uid 0 \\    cache '",
      "echo '127.0.0.1 lladdr 02:00:00:00:00:01 REACHABLE'",
      "netconsole=+6665@192.0.2.20/ens18,PORT@127.0.0.1/02:00:00:00:00:01",
    ],
    [
      "the gateway, when it is not",
      "echo '127.0.0.1 via 198.51.100.1 dev eth0 src 198.51.100.20 uid 0 \\    cache '",
      "case \"$*\" in *'show 198.51.100.1 dev eth0') echo '198.51.100.1 lladdr 02:00:00:00:00:fe STALE';; esac",
      "netconsole=+6665@198.51.100.20/eth0,PORT@127.0.0.1/02:00:00:00:00:fe",
    ],
    [
      "everyone, when nobody answers",
      "echo '127.0.0.1 dev eth0 src 192.0.2.20 uid 0'",
      "echo '127.0.0.1 FAILED'",
      "netconsole=+6665@192.0.2.20/eth0,PORT@127.0.0.1/",
    ],
  ])("sends to %s", (_, route, neighbour, parameter) => {
    const { port } = listener.address();
    expect(netconsoleWith(route, neighbour)).toEqual({
      status: 0,
      modprobe: ["-r netconsole", `netconsole ${parameter.replace("PORT", `${port}`)}`],
    });
  });

  it("says first that it starts, so that the log shows that the way is open", async () => {
    const first = once(listener, "message");
    netconsoleWith("echo '127.0.0.1 dev ens18 src 192.0.2.20'", "echo '127.0.0.1 lladdr 02:00:00:00:00:01'");
    expect(String((await first)[0])).toBe("netconsole starts on ens18\n");
  });

  it("fails, and is tried again, where there is no route yet", () => {
    expect(netconsoleWith("exit 2", "true").status).not.toBe(0);
  });
});
