const variable = "PROXMOX_FLEET_NO_EXEMPTIONS";

/**
 * Whether the environment asks to judge without any exemption.
 *
 * @throws {Error} on a value that says neither yes nor no
 */
export function noExemptionsFrom(env: Readonly<Record<string, string | undefined>>): boolean {
  const value = env[variable] ?? "";
  if (value === "1") return true;
  if (value === "" || value === "0") return false;
  throw new Error(`${variable}: is neither yes nor no (got ${value}); 1 or 0; correct it or unset it`);
}
