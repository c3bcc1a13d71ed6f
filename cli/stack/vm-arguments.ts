import type { ArgsDef } from "citty";
import type { Operands } from "../command.ts";
import { usualStack } from "./fleet-file.ts";

/** The operand of a command about one VM. */
export const oneVm: Operands = {
  name: "VM",
  description: "a key of the fleet file, a vmid, or a name in Proxmox; one VM at a time",
  least: 1,
  most: 1,
};

/** Which stack's file a command reads; {@link usualStack} when it is not named. */
export function stackOption(whose: string) {
  return { type: "string", valueHint: "NAME", description: `${whose} (${usualStack})` } as const;
}

/** Options of a command that shows a plan and has it confirmed. */
export const planArguments = {
  yes: { type: "boolean", description: "Do not ask; needed where nobody could answer" },
  stack: stackOption("Whose Pulumi.NAME.yaml has the fleet"),
  json: { type: "boolean", description: "Print the report as JSON; the plan goes to stderr" },
} as const satisfies ArgsDef;
