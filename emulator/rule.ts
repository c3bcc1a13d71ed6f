/** What one value must look like: the part of JSON schema that Proxmox uses. */
export interface Rule {
  readonly type: "string" | "integer" | "number" | "boolean";
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
  readonly pattern?: RegExp;
  /** Says what is wrong with the text, or nothing; Proxmox's "format". */
  readonly format?: (value: string) => string | undefined;
  readonly required?: boolean;
  /** Another key that must be there with this one. */
  readonly requires?: string;
}

export type Rules = Readonly<Record<string, Rule>>;

export const UNDEFINED_PROPERTY =
  "property is not defined in schema and the schema does not allow additional properties";
export const MISSING_PROPERTY = "property is missing and it is not optional";

const NUMBER = /^[+-]?(?:\d+\.\d+|\d+\.|\.\d+|\d+)(?:[eE][+-]?\d+)?$/;
const INTEGER = /^[+-]?\d+$/;
const BOOLEAN = /^[01]$/;

function typeMatches(rule: Rule, value: string): boolean {
  if (rule.type === "integer") return INTEGER.test(value);
  if (rule.type === "number") return NUMBER.test(value);
  if (rule.type === "boolean") return BOOLEAN.test(value);
  return true;
}

/** What is wrong with a value, in Proxmox's words, or undefined when it is fine. */
export function ruleError(rule: Rule, value: string): string | undefined {
  if (!typeMatches(rule, value)) return `type check ('${rule.type}') failed - got '${value}'`;
  const formatError = rule.format?.(value);
  if (formatError !== undefined) return `invalid format - ${formatError}\n`;
  if (rule.pattern !== undefined && !rule.pattern.test(value)) {
    return "value does not match the regex pattern";
  }
  if (rule.maxLength !== undefined && value.length > rule.maxLength) {
    return `value may only be ${rule.maxLength} characters long`;
  }
  if (rule.maximum !== undefined && Number(value) > rule.maximum) {
    return `value must have a maximum value of ${rule.maximum}`;
  }
  if (rule.minimum !== undefined && Number(value) < rule.minimum) {
    return `value must have a minimum value of ${rule.minimum}`;
  }
  if (rule.enum !== undefined && !rule.enum.includes(value)) {
    return `value '${value}' does not have a value in the enumeration '${rule.enum.join(", ")}'`;
  }
  return undefined;
}

export const bool: Rule = { type: "boolean" };
export const text: Rule = { type: "string" };
export const number: Rule = { type: "number" };

export function integer(minimum?: number, maximum?: number): Rule {
  return {
    type: "integer",
    ...(minimum === undefined ? {} : { minimum }),
    ...(maximum === undefined ? {} : { maximum }),
  };
}

export function oneOf(...values: readonly string[]): Rule {
  return { type: "string", enum: values };
}

export function requires(other: string, rule: Rule): Rule {
  return { ...rule, requires: other };
}

export function formatted(format: (value: string) => string | undefined): Rule {
  return { type: "string", format };
}

export function matching(pattern: RegExp): Rule {
  return { type: "string", pattern };
}

export function required(rule: Rule): Rule {
  return { ...rule, required: true };
}
