import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, test } from "vitest";
import type { Seed } from "../../../emulator/seed.ts";
import { startEmulator } from "../../../emulator/start.ts";
import { productionStack, withFleet } from "../../e2e/fleet-file.ts";
import { checkout, fleet, readOnly } from "../fleet-run.ts";
import { StackFolder } from "./folder.ts";

const incident = JSON.parse(readFileSync(resolve(checkout, "emulator/seeds/incident.json"), "utf8")) as Seed;

test("docs/adopt.md shows the entries and the choices that are really printed", async () => {
  const guide = readFileSync(resolve(checkout, "docs/adopt.md"), "utf8");
  const emulator = await startEmulator({ seed: incident });
  using folder = new StackFolder(
    withFleet(productionStack(), [
      ["vms.devvm", undefined],
      ["vms.k8s-node1", undefined],
    ]),
  );
  const over = { cwd: folder.path, env: readOnly(emulator) };
  const { stdout } = await fleet(["adopt", "102", "k8s-node1"], over);
  await emulator.close();
  const added = stdout.split("\n").filter((line) => line.startsWith("+") && !line.startsWith("+++"));
  expect(added.length).toBeGreaterThan(30);
  expect(guide).toContain(added.join("\n"));
  const choices = stdout.slice(stdout.indexOf("\n102 devvm"), stdout.indexOf("\n\nnothing was written"));
  expect(choices).toContain("left: controller");
  expect(guide).toContain(choices.trim());
});
