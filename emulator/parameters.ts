import { byBytes } from "./by-bytes.ts";
import { optionRule } from "./config-schema.ts";
import type { Endpoint } from "./endpoint.ts";
import { ApiError, paramError } from "./errors.ts";
import { MISSING_PROPERTY, type Rule, ruleError, UNDEFINED_PROPERTY } from "./rule.ts";

/** A body that is neither a form nor JSON. */
function malformed(): ApiError {
  return new ApiError(400, "unable to parse request body\n");
}

function jsonText(value: unknown): string {
  if (typeof value === "boolean") return value ? "1" : "0";
  if (Array.isArray(value)) return value.map(jsonText).join("\0");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function fromJson(body: string): Record<string, string> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    throw malformed();
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) throw malformed();
  return Object.fromEntries(Object.entries(parsed).map(([key, value]) => [key, jsonText(value)]));
}

function fromForm(form: URLSearchParams): Record<string, string> {
  const values: Record<string, string> = {};
  for (const key of new Set(form.keys())) values[key] = form.getAll(key).join("\0");
  return values;
}

export function decodeQuery(url: string): Record<string, string> {
  return fromForm(new URL(url).searchParams);
}

/** A body as the API takes it: form-encoded or JSON, all values as text. */
export function decodeBody(contentType: string | undefined, body: string): Record<string, string> {
  if (body === "") return {};
  return contentType?.startsWith("application/json") ? fromJson(body) : fromForm(new URLSearchParams(body));
}

/**
 * The parameters of a request, of which the query's count more than the body's (pve-http-server, AnyEvent.pm). One that
 * repeats a part of the path must have the same value, and is then no parameter of its own (pve-manager, HTTPServer.pm).
 *
 * @throws the API's error for the first, by name, that has another
 */
export function requestParameters(
  path: Readonly<Record<string, string>>,
  body: Readonly<Record<string, string>>,
  query: Readonly<Record<string, string>>,
): Map<string, string> {
  const params = new Map(Object.entries({ ...body, ...query }));
  for (const name of [...params.keys()].sort(byBytes)) {
    if (!Object.hasOwn(path, name)) continue;
    if (params.get(name) !== path[name]) {
      throw paramError({
        [name]: "duplicate parameter (already defined in URI) with conflicting values!",
      });
    }
    params.delete(name);
  }
  return params;
}

function ruleFor(endpoint: Endpoint, name: string): Rule | undefined {
  const own = endpoint.params ?? {};
  if (Object.hasOwn(own, name)) return own[name];
  return endpoint.vmOptions ? optionRule(name) : undefined;
}

/** What is wrong with a request's parameters, and which of them no schema has. */
export function checkParameters(
  endpoint: Endpoint,
  params: ReadonlyMap<string, string>,
): { errors: Record<string, string>; unknown: string[] } {
  const errors: Record<string, string> = {};
  const unknown: string[] = [];
  for (const [name, value] of params) {
    const rule = ruleFor(endpoint, name);
    if (rule === undefined) unknown.push(name);
    const error = rule === undefined ? UNDEFINED_PROPERTY : ruleError(rule, value);
    if (error !== undefined) errors[name] = error;
  }
  for (const [name, rule] of Object.entries(endpoint.params ?? {})) {
    const { requires } = rule;
    if (rule.required && !params.has(name)) errors[name] = MISSING_PROPERTY;
    if (requires !== undefined && params.has(name) && !params.has(requires)) {
      errors[requires] = `missing property required by '${name}'`;
    }
  }
  return { errors, unknown };
}
