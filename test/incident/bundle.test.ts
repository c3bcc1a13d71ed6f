import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { packBundle } from "../../incident/autopsy/archive.ts";
import { Bundle, type WriteFile } from "../../incident/autopsy/bundle.ts";
import { maskOf } from "../../incident/autopsy/mask.ts";
import type { Step } from "../../incident/autopsy/step.ts";
import { verifyBundle } from "../../incident/autopsy/verify.ts";

let out: string;
beforeEach(() => {
  out = mkdtempSync(join(tmpdir(), "fleet-bundle-"));
});
afterEach(() => rmSync(out, { recursive: true }));

const at = new Date("2026-06-11T16:40:00Z");
const now = () => at;
const head = {
  vm: { vmid: 102, name: "devvm", node: "pve" },
  endpoint: "https://pve.example.org:8006",
  started: at.toISOString(),
};
const step = (file: string): Step => ({
  name: file,
  file,
  need: "required",
  seconds: 1,
  run: async () => "",
});
const start = (write?: WriteFile) =>
  Bundle.create(join(out, "made", "autopsy-102"), head, maskOf(["s3cret-token"]), write);

test("after each step the manifest on disk says what is there, and that it is not complete", async () => {
  const bundle = await start();
  await bundle.add(step("api/a.json"), { outcome: "captured", content: { a: 1 } }, at, now);
  const { manifest, mistakes } = await verifyBundle(bundle.folder);
  expect([manifest.complete, manifest.ended, mistakes]).toEqual([false, undefined, []]);
  expect(manifest.steps).toEqual([
    {
      name: "api/a.json",
      file: "api/a.json",
      need: "required",
      started: "2026-06-11T16:40:00.000Z",
      ended: "2026-06-11T16:40:00.000Z",
      outcome: "captured",
      bytes: 13,
      sha256: "5e36b6560513586ced65eca0e8b025fe88edbcab82ba2cb67a5fcb2d7b202383",
    },
  ]);
});

test("nobody but its owner can read it", async () => {
  const bundle = await start();
  await bundle.add(step("api/a.txt"), { outcome: "captured", content: "x" }, at, now);
  await bundle.finish(true, at);
  const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);
  expect([bundle.folder, join(bundle.folder, "api")].map(mode)).toEqual(["700", "700"]);
  expect(["api/a.txt", "manifest.json"].map((file) => mode(join(bundle.folder, file)))).toEqual([
    "600",
    "600",
  ]);
  expect(mode(await packBundle(bundle.folder, new AbortController().signal))).toBe("600");
});

test("a changed, a missing and an outside file are found", async () => {
  const bundle = await start();
  for (const file of ["a.txt", "b.txt", "c.txt"]) {
    await bundle.add(step(file), { outcome: "captured", content: file }, at, now);
  }
  await bundle.finish(true, at);
  writeFileSync(join(bundle.folder, "a.txt"), "another");
  rmSync(join(bundle.folder, "b.txt"));
  const path = join(bundle.folder, "manifest.json");
  writeFileSync(path, readFileSync(path, "utf8").replace('"file": "c.txt"', '"file": "../c.txt"'));
  const { mistakes } = await verifyBundle(bundle.folder);
  expect(mistakes).toEqual([
    expect.stringMatching(/^a\.txt: is not what was captured \(sha256 [0-9a-f]{64}\)$/),
    "b.txt: is missing",
    "../c.txt: lies outside the bundle",
  ]);
});

test("a full disk fails the step that it hits, and the manifest still says so", async () => {
  const full = Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
  let manifestsRefused = 0;
  const bundle = await start(async (path, text) => {
    const reserved = readdirSync(join(path, "..")).includes(".reserve");
    if (path.endsWith("large.txt")) throw full;
    // The disk stays full until the bundle frees what it kept for this.
    if (path.endsWith("manifest.json.new") && text.includes("large.txt") && reserved) {
      manifestsRefused += 1;
      throw full;
    }
    await writeFile(path, text);
  });
  await bundle.add(step("small.txt"), { outcome: "captured", content: "x" }, at, now);
  const record = await bundle.add(step("large.txt"), { outcome: "captured", content: "y" }, at, now);
  expect([record.outcome, record.reason]).toEqual(["failed", "cannot be written: the disk is full"]);
  expect(manifestsRefused).toBe(1);
  const { manifest, mistakes } = await verifyBundle(bundle.folder);
  expect(manifest.steps.map(({ file, outcome }) => [file, outcome])).toEqual([
    ["small.txt", "captured"],
    ["large.txt", "failed"],
  ]);
  expect([manifest.complete, mistakes, readdirSync(bundle.folder).includes("large.txt")]).toEqual([
    false,
    [],
    false,
  ]);
});

test("a disk without any room is one line at the start, and at the end leaves what is there as not complete", async () => {
  const full = Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
  let room = false;
  const write: WriteFile = async (path, text) => {
    if (!room) throw full;
    await writeFile(path, text);
  };
  const folder = join(out, "made", "autopsy-102");
  await expect(start(write)).rejects.toThrow(
    `${folder}: cannot be made (got the disk is full); allowed is a folder with room that you may write to; name another: --out DIR`,
  );
  rmSync(folder, { recursive: true });
  room = true;
  const bundle = await start(write);
  await bundle.add(step("a.txt"), { outcome: "captured", content: "x" }, at, now);
  room = false;
  expect((await bundle.add(step("b.txt"), { outcome: "captured", content: "y" }, at, now)).outcome).toBe(
    "failed",
  );
  await expect(bundle.finish(true, at)).rejects.toThrow(
    `${folder}: its manifest cannot be written (got the disk is full); allowed is a disk with room; what was captured is kept and marked as not complete: make room and capture again, or name another folder: --out DIR`,
  );
  const { manifest, mistakes } = await verifyBundle(folder);
  expect([manifest.complete, manifest.steps.length, mistakes]).toEqual([false, 1, []]);
});

test("what is captured is masked, reasons too", async () => {
  const bundle = await start();
  await bundle.add(step("a.txt"), { outcome: "captured", content: "password=hunter2 s3cret-token" }, at, now);
  await bundle.add(step("b.json"), { outcome: "captured", content: { cipassword: "hunter2" } }, at, now);
  await bundle.add(step("c.txt"), { outcome: "failed", reason: "refused s3cret-token" }, at, now);
  await bundle.finish(false, at);
  const all = readdirSync(bundle.folder).map((file) => readFileSync(join(bundle.folder, file), "utf8"));
  expect(all.join("\n")).not.toMatch(/hunter2|s3cret/);
  expect(bundle.manifest.steps[2]?.reason).toBe("refused (masked)");
});

test("the archive holds the whole folder", async () => {
  const bundle = await start();
  await bundle.add(step("api/a.txt"), { outcome: "captured", content: "x" }, at, now);
  await bundle.finish(true, at);
  const archive = await packBundle(bundle.folder, new AbortController().signal);
  const listed = execFileSync("tar", ["tzf", archive], { encoding: "utf8" }).trim().split("\n").sort();
  expect(listed).toEqual([
    "autopsy-102/",
    "autopsy-102/api/",
    "autopsy-102/api/a.txt",
    "autopsy-102/manifest.json",
  ]);
});

test("a folder without a manifest is no bundle, and says so", async () => {
  await expect(verifyBundle(out)).rejects.toThrow(
    `${out}: is no bundle (got ENOENT for manifest.json); allowed is a folder that fleet autopsy wrote; correct the path`,
  );
});
