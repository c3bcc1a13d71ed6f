import { spawn } from "node:child_process";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { type Estate, python, startEstate } from "./estate.ts";

const client = await python();

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

/** Starts the exporter; the end of the test stops it. */
async function startExporter(estate: Estate): Promise<string> {
  const port = await freePort();
  const [user = "", name = ""] = (estate.env.PVE_READ_TOKEN_ID ?? "").split("!");
  const child = spawn(client.command, ["-m", "pve_exporter", "--web.listen-address", `127.0.0.1:${port}`], {
    stdio: "ignore",
    cwd: estate.dir,
    env: {
      ...process.env,
      ...estate.env,
      ...client.env,
      PVE_USER: user,
      PVE_TOKEN_NAME: name,
      PVE_TOKEN_VALUE: estate.env.PVE_READ_TOKEN_SECRET,
    },
  });
  const exited = once(child, "exit");
  onTestFinished(async () => {
    child.kill("SIGTERM");
    await exited;
  });
  const url = `http://127.0.0.1:${port}`;
  const answers = () =>
    fetch(url).then(
      ({ ok }) => ok,
      () => false,
    );
  await expect.poll(answers, { timeout: 30_000, interval: 100 }).toBe(true);
  return url;
}

test.skipIf(client.skip)(
  `prometheus-pve-exporter scrapes cluster and node with all its collectors, and writes nothing${client.why}`,
  async () => {
    const estate = await startEstate();
    const exporter = await startExporter(estate);
    const target = `${estate.env.PVE_HOST}:${estate.env.PVE_PORT}`;
    const scraped = await fetch(`${exporter}/pve?target=${target}&cluster=1&node=1`);
    const text = await scraped.text();
    expect(scraped.status, text).toBe(200);
    for (const sample of [
      'pve_up{id="cluster/emulated"} 1.0',
      'pve_up{id="node/pve2"} 1.0',
      'pve_up{id="qemu/100"} 1.0',
      'pve_up{id="lxc/101"} 1.0',
      'pve_up{id="storage/pve/ceph"} 1.0',
      'pve_guest_info{id="qemu/100",name="web",node="pve",tags="prod",template="0",type="qemu"} 1.0',
      'pve_guest_info{id="lxc/101",name="dns",node="pve",tags="",template="0",type="lxc"} 1.0',
      'pve_storage_shared{id="storage/pve/ceph"} 1.0',
      'pve_onboot_status{id="qemu/100",node="pve",type="qemu"} 1.0',
      'pve_onboot_status{id="lxc/101",node="pve",type="lxc"} 1.0',
      'pve_not_backed_up_total{id="cluster/emulated"} 3.0',
      'pve_subscription_status{id="node/pve",status="notfound"} 1.0',
    ]) {
      expect(text.split("\n"), text).toContain(sample);
    }
    expect(await estate.control.unknown()).toEqual([]);
    expect(await estate.control.writes()).toEqual([]);
  },
);
