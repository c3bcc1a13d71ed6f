import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { pinnedVersions } from "../../toolchain/versions.mjs";

const goMod = readFileSync(new URL("../../toolchain/go.mod", import.meta.url), "utf8");
const goProvider = readFileSync(new URL("../../toolchain/provider/provider.go", import.meta.url), "utf8");
const manifest = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));

function required(module: string): string | undefined {
  return goMod
    .split("\n")
    .find((line) => line.startsWith(`\t${module} v`))
    ?.split(" ")[1];
}

test("the engine in go.mod is the one that package.json pins, and so is the SDK", () => {
  const { engine } = pinnedVersions();
  expect(required("github.com/pulumi/pulumi/pkg/v3")).toBe(`v${engine}`);
  expect(required("github.com/pulumi/pulumi/sdk/v3")).toBe(`v${engine}`);
  expect(manifest.dependencies["@pulumi/pulumi"]).toBe(engine);
});

test("the Terraform provider names its own release to the server", () => {
  const bridged = required("github.com/bpg/terraform-provider-proxmox");
  expect(bridged).toMatch(/^v\d+\.\d+\.\d+$/);
  expect(goProvider).toContain(`bridgedVersion = "${bridged?.slice(1)}"`);
});
