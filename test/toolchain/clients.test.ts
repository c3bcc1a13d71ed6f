import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { clientsDir, pythonClients } from "../../toolchain/clients.mjs";

const requirements = readFileSync(
  join(import.meta.dirname, "../../toolchain/clients-requirements.txt"),
  "utf8",
);

test("clients of the same versions for the same interpreter are installed once, others beside them", () => {
  const dir = clientsDir("/cache", "proxmoxer==2.3.0", "3.11.2-linux-x86_64");
  expect(dir).toMatch(/^\/cache\/clients-[0-9a-f]{12}$/);
  expect(clientsDir("/cache", "proxmoxer==2.3.0", "3.11.2-linux-x86_64")).toBe(dir);
  expect(clientsDir("/cache", "proxmoxer==2.3.1", "3.11.2-linux-x86_64")).not.toBe(dir);
  expect(clientsDir("/cache", "proxmoxer==2.3.0", "3.13.0-linux-x86_64")).not.toBe(dir);
});

test("every client's version is exact", () => {
  const lines = requirements.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  expect(lines.filter((line) => !/^[\w.-]+==[\w.]+$/.test(line))).toEqual([]);
  expect(lines).toEqual(expect.arrayContaining([expect.stringMatching(/^proxmoxer==/)]));
});

test("clients that are not there are missing for a reason, and not installed by a look", async () => {
  const cache = mkdtempSync(join(tmpdir(), "fleet-cache-"));
  onTestFinished(() => rmSync(cache, { recursive: true }));
  const { PATH } = process.env;
  onTestFinished(() => {
    process.env.PATH = PATH;
  });
  const bin = join(cache, "bin");
  mkdirSync(bin);
  process.env.PATH = bin;
  expect(await pythonClients({ XDG_CACHE_HOME: cache })).toEqual({ missing: "there is no python3" });
  writeFileSync(join(bin, "python3"), "#!/bin/sh\necho 3.11.2-linux-x86_64\n", { mode: 0o755 });
  expect(await pythonClients({ XDG_CACHE_HOME: cache })).toEqual({
    missing: "they are not installed; npm run setup -- --clients says why",
  });
  const packages = clientsDir(join(cache, "proxmox-fleet"), requirements, "3.11.2-linux-x86_64");
  mkdirSync(packages, { recursive: true });
  expect(await pythonClients({ XDG_CACHE_HOME: cache })).toEqual({ found: { python: "python3", packages } });
});
