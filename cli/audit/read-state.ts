import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { z } from "zod";
import type { AuditedVms } from "./audited-vms.ts";

const exported = z.looseObject({
  version: z.number(),
  deployment: z.looseObject({
    resources: z
      .array(
        z.looseObject({
          urn: z.string(),
          type: z.string(),
          inputs: z.record(z.string(), z.unknown()).default({}),
          protect: z.boolean().optional(),
          ignoreChanges: z.array(z.string()).optional(),
          /** A replaced one that waits to be destroyed. */
          delete: z.boolean().optional(),
        }),
      )
      .default([]),
  }),
});

/**
 * Reads the VMs of a file that `pulumi stack export` wrote.
 *
 * @throws {Error} when it is no such file
 */
export async function readState(path: string, folder: string): Promise<AuditedVms> {
  const parsed = exported.safeParse(jsonOf(path, folder));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new Error(
      `${path}: is no exported state (got ${issue?.path.join(".") || "the file"}: ${issue?.message}); allowed is what pulumi stack export --file writes; export it again`,
    );
  }
  // Loads Pulumi's policy SDK, which an audit of a node does without.
  const { judgedFromResource } = await import("../../policy/from-resource.ts");
  const judged = parsed.data.deployment.resources.flatMap((resource) => {
    if (resource.delete) return [];
    const { urn, type, inputs, protect, ignoreChanges } = resource;
    const opts = {
      ...(protect !== undefined && { protect }),
      ...(ignoreChanges !== undefined && { ignoreChanges }),
    };
    const vm = judgedFromResource({ urn, type, name: nameOf(urn), props: inputs, opts });
    return vm === undefined ? [] : [vm];
  });
  const vms = judged.map(({ name, vmid }) => ({
    name,
    template: false,
    foreignDrives: 0,
    ...(vmid !== undefined && { vmid }),
  }));
  return { source: path, vms, now: judged, next: judged, unread: [] };
}

function jsonOf(path: string, folder: string): unknown {
  try {
    return JSON.parse(readFileSync(resolve(folder, path), "utf8"));
  } catch (error) {
    throw new Error(
      `${path}: cannot be read as JSON (got ${(error as Error).message}); allowed is what pulumi stack export --file writes; correct the path, or export it again`,
      { cause: error },
    );
  }
}

/** The last part of `urn:pulumi:STACK::PROJECT::TYPE::NAME`. */
function nameOf(urn: string): string {
  return urn.split("::").slice(3).join("::");
}
