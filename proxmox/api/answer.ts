import type { z } from "zod";
import { ProxmoxError } from "./proxmox-error.ts";

/** @throws {ProxmoxError} when the answer is not of the shape that Proxmox documents */
export function parse<Schema extends z.ZodType>(
  schema: Schema,
  answer: unknown,
  path: string,
): z.output<Schema> {
  const result = schema.safeParse(answer);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new ProxmoxError(
    `GET ${path}: the answer is not what Proxmox documents (got ${JSON.stringify(answer)?.slice(0, 80)}; ${issue?.path.join(".")}: ${issue?.message}); check that the endpoint is a Proxmox VE node of version 8 or 9`,
    200,
  );
}
