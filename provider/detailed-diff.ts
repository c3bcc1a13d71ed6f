import messages from "@pulumi/pulumi/proto/provider_pb.js";
import type { DeclaredDiff } from "../proxmox/diff-declared.ts";

const { DiffResponse, PropertyDiff } = messages;
const kinds = {
  add: PropertyDiff.Kind.ADD,
  update: PropertyDiff.Kind.UPDATE,
  disown: PropertyDiff.Kind.DELETE,
} as const;

/** The engine's form of a difference: each key by its path; another vmid is another VM, hence a replacement. */
export function detailedDiff(
  differences: readonly DeclaredDiff[],
  vmidChanges: boolean,
): InstanceType<typeof DiffResponse> {
  const response = new DiffResponse().setHasdetaileddiff(true);
  const byPath = response.getDetaileddiffMap();
  for (const { path, kind } of differences) {
    byPath.set(path, new PropertyDiff().setKind(kinds[kind]).setInputdiff(true));
  }
  if (vmidChanges) {
    response.setReplacesList(["vmid"]);
    byPath.set("vmid", new PropertyDiff().setKind(PropertyDiff.Kind.UPDATE_REPLACE).setInputdiff(true));
  }
  const { DIFF_NONE, DIFF_SOME } = DiffResponse.DiffChanges;
  return response.setChanges(byPath.getLength() === 0 ? DIFF_NONE : DIFF_SOME);
}
