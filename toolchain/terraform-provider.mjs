import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "./command.mjs";
import { possibleHomes } from "./home.mjs";
import { checkout } from "./versions.mjs";

const moduleDir = join(checkout, "toolchain");

/**
 * bpg's Terraform provider as it is, of the same Go modules as the toolchain; built when it is first asked for.
 * The sums of the one module that only this program needs lie beside go.sum, so that asking for it builds no
 * engine anew.
 *
 * @param {(message: string) => void} say
 * @returns {Promise<string>} the executable's path
 * @throws when Go or a module is missing
 */
export async function terraformProvider(say) {
  const dir = `${possibleHomes().built.dir}-terraform`;
  const executable = join(dir, "terraform-provider-proxmox");
  if (existsSync(executable)) return executable;

  say("building bpg's Terraform provider: seconds after the toolchain was built here, minutes otherwise");
  const staged = `${dir}.${process.pid}`;
  mkdirSync(staged, { recursive: true });
  try {
    const modFile = join(staged, "go.mod");
    writeFileSync(modFile, readFileSync(join(moduleDir, "go.mod")));
    const sums = ["go.sum", "terraform-provider.sum"].map((name) =>
      readFileSync(join(moduleDir, name), "utf8"),
    );
    writeFileSync(join(staged, "go.sum"), sums.join(""));
    const built = await run(
      "go",
      [
        "build",
        "-mod=readonly",
        `-modfile=${modFile}`,
        "-buildvcs=false",
        "-ldflags=-s -w",
        `-o=${join(staged, "terraform-provider-proxmox")}`,
        "github.com/bpg/terraform-provider-proxmox",
      ],
      {
        cwd: moduleDir,
        env: { ...process.env, GOFLAGS: "", GOWORK: "off", GOTOOLCHAIN: "local", CGO_ENABLED: "0" },
      },
    );
    if (built.code !== 0)
      throw new Error(`toolchain: bpg's Terraform provider cannot be built:\n${built.stderr}`);
    rmSync(dir, { recursive: true, force: true });
    renameSync(staged, dir);
    return executable;
  } finally {
    rmSync(staged, { recursive: true, force: true });
  }
}
