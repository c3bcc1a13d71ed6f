import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The checkout that this file belongs to. */
export const checkout = dirname(dirname(fileURLToPath(import.meta.url)));

/**
 * @typedef {object} Versions
 * @property {string} engine version of the Pulumi CLI, and with it of the language host
 * @property {string} provider version of the official Proxmox VE provider
 */

/**
 * The versions that package.json pins, the one place where they are written.
 *
 * @param {string} [root] the checkout
 * @returns {Versions}
 */
export function pinnedVersions(root = checkout) {
  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  return {
    engine: manifest.devDependencies.pulumi,
    provider: manifest.dependencies["@muhlba91/pulumi-proxmoxve"],
  };
}
