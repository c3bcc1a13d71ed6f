/** What stands where a value was masked. */
const masked = "(masked)";

/** Keys whose values are secret wherever they stand. */
const secretKey =
  /^(?:ci)?pass(?:word|wd|phrase)?$|password|passwd|passphrase|secret|sshkeys|api[-_]?key|private[-_]?key|^(?:api[-_]?)?token$|(?:access|auth|bearer|api)[-_]?token$|^ticket$|csrf|authorization/i;

/** What only introduces a secret in running text; the value is what follows. */
const inText: readonly (readonly [RegExp, string])[] = [
  [/(-----BEGIN [A-Z ]*PRIVATE KEY-----)[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$)/g, `$1${masked}$2`],
  [/\b(PVEAPIToken[= ][^\s=]+=)\S+/g, `$1${masked}`],
  [/\b(authorization:\s*)(?:(?:bearer|basic)\s+)?\S+/gi, `$1${masked}`],
  [/\b(bearer\s+)[\w.~+/=-]{8,}/gi, `$1${masked}`],
  [/(\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@]*:)[^\s/@]+@/gi, `$1${masked}@`],
  [
    /("?(?:-object|qom-type)"?[\s\0=:,]*"?secret\b[^\s\0]*?["']?\bdata["']?\s*[=:]\s*"?)[^\s\0,"}]+/gi,
    `$1${masked}`,
  ],
  [/(-(?:fw_cfg|smbios)[\s\0][^\s\0]*?\b(?:string|value)=)[^\0\n]*?(?=[\0\n]|\s-[a-z]|$)/g, `$1${masked}`],
  [/(\bssh-(?:rsa|dss|ed25519)\s+)[A-Za-z0-9+/=]+/g, `$1${masked}`],
  [/(\becdsa-sha2-\S+\s+)[A-Za-z0-9+/=]+/g, `$1${masked}`],
  [
    /((?:\b|_)(?:ci)?(?:password|passwd|passphrase|secret|sshkeys|api[-_]?key|(?:access|auth|api)[-_]?token|token)["']?\s*[=:]\s*)("[^"\n]*"|'[^'\n]*'|[^\s\0,;&"']+)/gi,
    `$1${masked}`,
  ],
  [/((?:\s|\0|^)--?(?:password|passwd|secret|token)[\s\0]+)[^\s\0]+/gi, `$1${masked}`],
];

/** Takes secrets out of what is captured. */
export interface Mask {
  /** Running text: logs, command lines, backtraces. */
  text(text: string): string;
  /** JSON values: by their keys, and their texts as running text. */
  value(value: unknown): unknown;
}

/** @param literals secrets that are known, such as the token that is used; masked wherever they appear */
export function maskOf(literals: readonly string[]): Mask {
  const known = literals.filter((literal) => literal.length >= 4);
  const text = (original: string): string => {
    const without = known.reduce((all, literal) => all.replaceAll(literal, masked), original);
    return inText.reduce((all, [pattern, replacement]) => all.replace(pattern, replacement), without);
  };
  const value = (original: unknown): unknown => {
    if (typeof original === "string") return text(original);
    if (Array.isArray(original)) return original.map(value);
    if (typeof original !== "object" || original === null) return original;
    const entries = Object.entries(original);
    const named = "key" in original && typeof original.key === "string" && secretKey.test(original.key);
    return Object.fromEntries(
      entries.map(([key, one]) => {
        const secret = secretKey.test(key) || (named && (key === "value" || key === "pending"));
        return [key, secret ? masked : value(one)];
      }),
    );
  };
  return { text, value };
}
