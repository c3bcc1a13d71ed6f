/** What a process of a measured run is; the order is that of the tables. */
export const kinds = [
  "engine",
  "language host",
  "program",
  "our provider",
  "official provider",
  "fleet",
  "terraform",
  "terraform provider",
  "emulator",
  "other",
] as const;
export type Kind = (typeof kinds)[number];

/** What a process is, by its command line; the first that fits. */
const signs: readonly (readonly [pattern: RegExp, kind: Kind])[] = [
  [/pulumi-resource-proxmoxve/, "official provider"],
  [/terraform-provider-/, "terraform provider"],
  [/pulumi-language-/, "language host"],
  [/\/cmd\/run\b/, "program"],
  [/provider\/main\.ts|pulumi-resource-proxmoxfleet/, "our provider"],
  [/emulator\/main\.ts/, "emulator"],
  [/cli\/main\.ts|cli\/fleet/, "fleet"],
  [/(^|\/)terraform(\0|$)/, "terraform"],
  [/(^|\/)pulumi(\0|$)/, "engine"],
];

/** What a process is, by its command line as /proc has it, with NUL between the arguments. */
export function kindOf(commandLine: string): Kind {
  return signs.find(([pattern]) => pattern.test(commandLine))?.[1] ?? "other";
}
