import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished } from "vitest";
import { runToEnd } from "../../bench/subjects/run-to-end.ts";
import { Control } from "../../demo/control.ts";
import { startEmulatorProcess } from "../../demo/emulator-process.ts";
import type { Seed } from "../../emulator/seed.ts";
import { pythonClients } from "../../toolchain/clients.mjs";

const node = (name: string) => ({ name, cores: 8, memoryGiB: 64, bridges: ["vmbr0"] });

/** Two nodes with a shared storage, a VM that runs, a template, and a container that has the next id. */
const seed: Seed = {
  nodes: [node("pve"), node("pve2")],
  storages: [
    {
      name: "local",
      type: "dir",
      content: ["iso", "import", "images", "vztmpl", "snippets"],
      totalGiB: 100,
      volumes: [{ volid: "local:iso/boot.iso", size: "64M" }],
    },
    { name: "local-lvm", type: "lvmthin", content: ["images", "rootdir"], totalGiB: 500 },
    { name: "ceph", type: "rbd", content: ["images"], totalGiB: 5000, shared: true },
  ],
  pools: [{ name: "lab", comment: "for clients", vms: [100] }],
  passwords: { "root@pam": "emulated" },
  vms: [
    {
      vmid: 100,
      running: true,
      config: {
        name: "web",
        cores: 2,
        memory: 2048,
        onboot: 1,
        tags: "prod",
        scsihw: "virtio-scsi-single",
        boot: "order=scsi0",
        scsi0: "ceph:vm-100-disk-0,iothread=1,size=8G",
        net0: "virtio=BC:24:11:00:01:00,bridge=vmbr0",
      },
    },
    {
      vmid: 900,
      config: {
        name: "golden",
        template: 1,
        memory: 1024,
        scsihw: "virtio-scsi-single",
        boot: "order=scsi0",
        scsi0: "ceph:base-900-disk-0,size=2G",
        net0: "virtio=BC:24:11:00:09:00,bridge=vmbr0",
      },
    },
  ],
  containers: [
    {
      vmid: 101,
      running: true,
      config: { hostname: "dns", onboot: 1, memory: 512, rootfs: "local-lvm:vm-101-disk-0,size=4G" },
    },
  ],
};

/** An emulator that other people's clients talk to. */
export interface Estate {
  readonly control: Control;
  /** A folder that goes with the test. */
  readonly dir: string;
  /** What a client is told by its environment. */
  readonly env: Readonly<Record<string, string>>;
}

/** Starts the estate; the end of the test stops it. */
export async function startEstate(): Promise<Estate> {
  const dir = mkdtempSync(join(tmpdir(), "fleet-clients-"));
  const seedFile = join(dir, "seed.json");
  writeFileSync(seedFile, JSON.stringify(seed));
  const emulator = await startEmulatorProcess(seedFile);
  const { endpoint, apiToken, readOnlyToken, caFile, controlUrl } = emulator.address;
  const [tokenId = "", tokenSecret = ""] = apiToken.split("=");
  const [readTokenId = "", readTokenSecret = ""] = readOnlyToken.split("=");
  const control = new Control(controlUrl);
  onTestFinished(async () => {
    await emulator[Symbol.asyncDispose]();
    rmSync(dir, { recursive: true });
  });
  return {
    control,
    dir,
    env: {
      PVE_HOST: new URL(endpoint).hostname,
      PVE_PORT: new URL(endpoint).port,
      PVE_ENDPOINT: endpoint,
      PVE_API_TOKEN: apiToken,
      PVE_TOKEN_ID: tokenId,
      PVE_TOKEN_SECRET: tokenSecret,
      PVE_READ_TOKEN_ID: readTokenId,
      PVE_READ_TOKEN_SECRET: readTokenSecret,
      PVE_ROOT_PASSWORD: "emulated",
      REQUESTS_CA_BUNDLE: caFile,
      SSL_CERT_FILE: caFile,
      NODE_EXTRA_CA_CERTS: caFile,
    },
  };
}

/** Runs a client to its end, which must be a good one. */
export async function runClient(
  estate: Estate,
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { code, output } = await runToEnd(command, args, estate.dir, {
    ...process.env,
    ...estate.env,
    ...env,
  });
  expect(code, output).toBe(0);
  return output;
}

/** The requests that changed something. */
export async function writes({ control }: Estate): Promise<string[]> {
  return (await control.writes()).map(({ method, path }) => `${method} ${path}`);
}

/** Serves one small file on this machine, as a mirror would; answers its address. */
export async function startMirror(name: string): Promise<string> {
  const server = createServer((request, response) => {
    response.setHeader("content-length", 4096);
    response.end(request.method === "HEAD" ? undefined : Buffer.alloc(4096, 7));
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/${name}`;
}

/** The Python clients, or why their tests cannot run, for the tests' titles. */
export async function python(): Promise<{
  readonly skip: boolean;
  readonly why: string;
  run(estate: Estate, args: readonly string[], env?: Readonly<Record<string, string>>): Promise<string>;
  readonly command: string;
  readonly env: Readonly<Record<string, string>>;
}> {
  const looked = await pythonClients();
  if ("missing" in looked) {
    const why = ` (skipped: ${looked.missing})`;
    return { skip: true, why, command: "", env: {}, run: () => Promise.reject(new Error(looked.missing)) };
  }
  const { python: command, packages } = looked.found;
  const env = { PYTHONPATH: packages, PYTHONDONTWRITEBYTECODE: "1" };
  return {
    skip: false,
    why: "",
    command,
    env,
    run: (estate, args, more = {}) => runClient(estate, command, args, { ...env, ...more }),
  };
}
