import messages from "@pulumi/pulumi/proto/provider_pb.js";
import type { DeclaredDiff } from "../proxmox/diff-declared.ts";

const { DiffResponse, PropertyDiff } = messages;
const kinds = {
  add: PropertyDiff.Kind.ADD,
  update: PropertyDiff.Kind.UPDATE,
  disown: PropertyDiff.Kind.DELETE,
} as const;

/** Where the inputs differ: what is declared to be absent is in a list of its own, and has no value at its path. */
function placeOf({ path, kind, from, to }: DeclaredDiff): readonly [path: string, kind: number] {
  if (kind === "update") {
    if (to === undefined) return [path, PropertyDiff.Kind.DELETE];
    return [path, from === undefined ? PropertyDiff.Kind.ADD : kinds.update];
  }
  const isAbsent = (kind === "add" ? to : from) === undefined;
  return isAbsent ? ["absent", PropertyDiff.Kind.UPDATE] : [path, kinds[kind]];
}

/** The engine's form of a difference: each key by its path; another vmid is another VM, hence a replacement. */
export function detailedDiff(
  differences: readonly DeclaredDiff[],
  vmidChanges: boolean,
): InstanceType<typeof DiffResponse> {
  const response = new DiffResponse().setHasdetaileddiff(true);
  const byPath = response.getDetaileddiffMap();
  for (const one of differences) {
    const [path, kind] = placeOf(one);
    byPath.set(path, new PropertyDiff().setKind(kind).setInputdiff(true));
  }
  if (vmidChanges) {
    response.setReplacesList(["vmid"]);
    byPath.set("vmid", new PropertyDiff().setKind(PropertyDiff.Kind.UPDATE_REPLACE).setInputdiff(true));
  }
  const { DIFF_NONE, DIFF_SOME } = DiffResponse.DiffChanges;
  return response.setChanges(byPath.getLength() === 0 ? DIFF_NONE : DIFF_SOME);
}
