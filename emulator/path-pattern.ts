/** A path as Proxmox documents it as a pattern: `*` is one segment, `**` is any number. */
export function pathPattern(path: string): RegExp {
  const escaped = path.replace(/[.+?^${}()|[\]\\]/g, "\\$&");
  const source = escaped.replaceAll("**", "\0").replaceAll("*", "[^/]+").replaceAll("\0", ".*");
  return new RegExp(`^${source}$`);
}
