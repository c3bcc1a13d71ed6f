import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join, resolve, sep } from "node:path";
import { type Manifest, manifestFile, parseManifest } from "./manifest.ts";

/** A bundle on disk, compared with what its manifest says. */
export interface VerifiedBundle {
  readonly folder: string;
  readonly manifest: Manifest;
  /** What does not hold, a line each; empty when every file is as it was captured. */
  readonly mistakes: readonly string[];
}

/**
 * Reads a bundle and checks every file against its hash.
 *
 * @throws {Error} when there is no manifest, or it is none
 */
export async function verifyBundle(folder: string): Promise<VerifiedBundle> {
  const path = join(folder, manifestFile);
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    throw new Error(
      `${folder}: is no bundle (got ${(error as NodeJS.ErrnoException).code ?? String(error)} for ${manifestFile}); allowed is a folder that fleet autopsy wrote; correct the path`,
    );
  }
  const manifest = parseManifest(text, path);
  const captured = manifest.steps.filter(({ outcome }) => outcome === "captured");
  const found = await Promise.all(captured.map(({ file, sha256 }) => mistakeOf(folder, file, sha256)));
  return { folder, manifest, mistakes: found.filter((one) => one !== undefined) };
}

async function mistakeOf(
  folder: string,
  file: string,
  sha256: string | undefined,
): Promise<string | undefined> {
  const path = resolve(folder, file);
  if (!path.startsWith(resolve(folder) + sep)) return `${file}: lies outside the bundle`;
  const content = await readFile(path).catch(() => undefined);
  if (content === undefined) return `${file}: is missing`;
  const hash = createHash("sha256").update(content).digest("hex");
  return hash === sha256 ? undefined : `${file}: is not what was captured (sha256 ${hash})`;
}
