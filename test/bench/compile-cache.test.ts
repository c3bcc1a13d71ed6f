import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, expect, test } from "vitest";
import { parse } from "yaml";

const root = resolve(import.meta.dirname, "../..");
const dirs: string[] = [];
afterEach(() => {
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true });
});

/** Where a program keeps its compiled code, when it is started as this project's are. */
function cacheOf(environment: Record<string, string>, cwd = root, preload = "./compile-cache.cjs"): string {
  const dir = mkdtempSync(join(tmpdir(), "compile-cache-"));
  dirs.push(dir);
  const program = join(dir, "program.mjs");
  writeFileSync(
    program,
    'import { getCompileCacheDir } from "node:module"; process.stdout.write(String(getCompileCacheDir()));',
  );
  return execFileSync(process.execPath, [`--require=${preload}`, program], {
    cwd,
    encoding: "utf8",
    env: { ...process.env, HOME: dir, XDG_CACHE_HOME: "", ...environment },
  }).replace(dir, "HOME");
}

test("compiled code is kept in the user's own cache, which XDG_CACHE_HOME may move", () => {
  expect(cacheOf({})).toMatch(/^HOME\/\.cache\/proxmox-fleet\/compiled\//);
  const elsewhere = mkdtempSync(join(tmpdir(), "compile-cache-"));
  dirs.push(elsewhere);
  expect(cacheOf({ XDG_CACHE_HOME: elsewhere })).toContain(join(elsewhere, "proxmox-fleet", "compiled"));
});

test("NODE_DISABLE_COMPILE_CACHE keeps nothing", () => {
  expect(cacheOf({ NODE_DISABLE_COMPILE_CACHE: "1" })).toBe("undefined");
});

test.each([
  ["Pulumi.yaml", "."],
  ["policy/PulumiPolicy.yaml", "policy"],
])("the program of %s is started with a preload that is there", (file, cwd) => {
  const project = parse(readFileSync(join(root, file), "utf8")) as {
    runtime: { options: { nodeargs: string } };
  };
  const preload = project.runtime.options.nodeargs.replace("--require=", "");
  expect(existsSync(resolve(root, cwd, preload))).toBe(true);
  expect(cacheOf({}, resolve(root, cwd), preload)).toMatch(/^HOME\/\.cache\/proxmox-fleet\/compiled\//);
});
