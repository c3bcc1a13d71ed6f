import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { expect, test } from "vitest";

function run(...args: string[]): ChildProcess {
  return spawn(process.execPath, ["emulator/main.ts", ...args], { stdio: ["ignore", "pipe", "pipe"] });
}

async function firstLine(child: ChildProcess): Promise<Record<string, string>> {
  if (child.stdout === null) throw new Error("no standard output");
  const [line] = await once(createInterface(child.stdout), "line");
  return JSON.parse(String(line));
}

test.each(["SIGTERM", "SIGINT"] as const)(
  "the command prints where it listens and ends cleanly on %s",
  async (signal) => {
    const child = run("--seed", "emulator/seeds/incident.json");
    const address = await firstLine(child);
    expect(Object.keys(address)).toEqual(["endpoint", "caFile", "apiToken", "readOnlyToken", "controlUrl"]);
    expect(address.endpoint).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
    expect(address.apiToken).toMatch(/^[^@]+@[^!]+![^=]+=[0-9a-f-]{36}$/);
    expect(await (await fetch(`${address.controlUrl}/requests`)).json()).toEqual([]);
    expect(existsSync(String(address.caFile))).toBe(true);
    child.kill(signal);
    const [code] = await once(child, "exit");
    expect(code).toBe(0);
    expect(existsSync(String(address.caFile))).toBe(false);
  },
);

test("a call without a seed says how to call it", async () => {
  const child = run();
  let text = "";
  child.stderr?.on("data", (part) => {
    text += String(part);
  });
  const [code] = await once(child, "close");
  expect(code).toBe(1);
  expect(text).toContain("--seed: is missing; usage: node emulator/main.ts --seed FILE.json");
});
