/** The named formats of Proxmox's schema (pve-common, JSONSchema.pm): each says what is wrong, or nothing. */
export type TextFormat = (value: string) => string | undefined;

function matching(pattern: RegExp, problem: (value: string) => string): TextFormat {
  return (value) => (pattern.test(value) ? undefined : problem(value));
}

/** Splits a list the way Proxmox does: at NULs where there are any, else at commas, semicolons and white space. */
export function splitList(source: string): readonly string[] {
  const parts = source.includes("\0") ? source.split("\0") : source.split(/[,;\s]+/);
  return parts.filter((part) => part !== "");
}

/** A list whose parts all have the format; an empty one will do. */
export function listOf(format: TextFormat): TextFormat {
  return (value) => {
    for (const part of splitList(value)) {
      const problem = format(part);
      if (problem !== undefined) return problem;
    }
    return undefined;
  };
}

const OCTET = "(?:25[0-5]|(?:2[0-4]|1[0-9]|[1-9])?[0-9])";
const V4 = `(?:(?:${OCTET}\\.){3}${OCTET})`;
const HEX = "(?:[0-9a-fA-F]{1,4})";
const TAIL = `(?:${V4}|${HEX}:${HEX})`;
const V6 = `(?:${[
  `(?:${HEX}:){6}${TAIL}`,
  `::(?:${HEX}:){5}${TAIL}`,
  `(?:${HEX})?::(?:${HEX}:){4}${TAIL}`,
  ...[1, 2, 3].map((many) => `(?:(?:${HEX}:){0,${many}}${HEX})?::(?:${HEX}:){${4 - many}}${TAIL}`),
  `(?:(?:${HEX}:){0,4}${HEX})?::${TAIL}`,
  `(?:(?:${HEX}:){0,5}${HEX})?::${HEX}`,
  `(?:(?:${HEX}:){0,6}${HEX})?::`,
].join("|")})`;

const IPV4 = new RegExp(`^${V4}$`);
const IPV6 = new RegExp(`^${V6}$`);

export const ipv4 = matching(IPV4, () => "value does not look like a valid IPv4 address");
export const ipv6 = matching(IPV6, () => "value does not look like a valid IPv6 address");

/** `ADDRESS/BITS`, or one of the words. */
function network(address: RegExp, most: number, words: readonly string[], problem: string): TextFormat {
  return (value) => {
    if (words.includes(value)) return undefined;
    const [, host = "", bits = ""] = /^(.*)\/(\d+)$/.exec(value) ?? [];
    return address.test(host) && Number(bits) > 7 && Number(bits) <= most ? undefined : problem;
  };
}

export const ipv4Config = network(
  IPV4,
  32,
  ["dhcp", "manual"],
  "value does not look like a valid ipv4 network configuration",
);
export const ipv6Config = network(
  IPV6,
  128,
  ["auto", "dhcp", "manual"],
  "value does not look like a valid ipv6 network configuration",
);

const LABEL = "[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?";
const DNS_NAME = new RegExp(`^(?:${LABEL}\\.)*${LABEL}$`);

export const dnsName = matching(DNS_NAME, () => "value does not look like a valid DNS name");

/** A name or an address of either kind. */
export const address: TextFormat = (value) =>
  IPV4.test(value) || IPV6.test(value) || DNS_NAME.test(value)
    ? undefined
    : `value does not look like a valid address: ${value}`;

export const urlEncoded = matching(
  /^[-%a-zA-Z0-9_.!~*'()]*$/,
  (value) => `invalid urlencoded string: ${value}`,
);
export const configId = matching(/^[a-z][a-z0-9_-]+$/i, (value) => `invalid configuration ID '${value}'`);
export const bridgeId = matching(/^[-_.\w]+$/, (value) => `invalid bridge ID '${value}'`);
export const tag = matching(/^[a-z0-9_][a-z0-9_\-+.]*$/i, () => "invalid characters in tag");
export const macAddress = matching(
  /^[0-9a-f][02468ace](?::[0-9a-f]{2}){5}$/i,
  () => "value does not look like a valid unicast MAC address",
);

export const storageId: TextFormat = (value) => {
  if (value.length < 2) return `storage ID '${value}' cannot be shorter than 2 characters`;
  return /^[a-z][a-z0-9\-_.]*[a-z0-9]$/i.test(value)
    ? undefined
    : `storage ID '${value}' contains illegal characters`;
};

const VOLUME_ID = /^([a-z][a-z0-9\-_.]*[a-z0-9]):(.+)$/i;

/** The storage in front of a volume id; undefined for everything that is none. */
export function storageOfVolumeId(value: string): string | undefined {
  return VOLUME_ID.exec(value)?.[1];
}

export const volumeId = matching(VOLUME_ID, (value) => `unable to parse volume ID '${value}'`);
/** A volume id or an absolute path. */
export const volumeOrPath: TextFormat = (value) => (value.startsWith("/") ? undefined : volumeId(value));
/** What a drive may name: also `none` and the host's own `cdrom`. */
export const driveFile: TextFormat = (value) =>
  value === "none" || value === "cdrom" ? undefined : volumeOrPath(value);

export const hotplugFeatures: TextFormat = (value) => {
  if (value === "0" || value === "1") return undefined;
  const features = ["network", "disk", "cpu", "memory", "usb", "cloudinit"];
  const wrong = splitList(value).find((part) => !features.includes(part));
  return wrong === undefined ? undefined : `invalid hotplug feature '${wrong}'`;
};

/** Perl's split at commas: what is empty at the end does not count. */
function perlParts(value: string): readonly string[] {
  return value.replace(/,+$/, "") === "" ? [] : value.replace(/,+$/, "").split(",");
}

export const cpuSet: TextFormat = (value) => {
  const isRange = (part: string) => {
    const range = /^\s*(\d+)(?:-(\d+))?\s*$/.exec(part);
    return range !== null && Number(range[2] ?? range[1]) >= Number(range[1]);
  };
  return perlParts(value).every(isRange) ? undefined : "unable to parse cpuset option";
};

/** `[order=]N,up=N,down=N`: no property string, so that a key may come twice. */
export const startupOrder: TextFormat = (value) => {
  const isPart = (part: string) => /^\s*$/.test(part) || /^(?:(?:order=)?|up=|down=)\d+$/.test(part);
  const isRead = value !== "" && value !== "0" && perlParts(value).every(isPart);
  return isRead ? undefined : "unable to parse startup options";
};

export const physBits: TextFormat = (value) => {
  const isNumber = /^\d{1,2}$/.test(value) && Number(value) >= 8 && Number(value) <= 64;
  return value === "host" || isNumber ? undefined : "value must be an integer between 8 and 64 or 'host'";
};
