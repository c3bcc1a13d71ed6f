import { Document, isMap, isScalar, isSeq, type Node, Scalar, type YAMLMap } from "yaml";
import type { VmSpec } from "../../components/spec/vm-spec.ts";

/** Text that every YAML parser takes as text without quotes, whatever its version. */
const plain = /^[A-Za-z][A-Za-z0-9_./-]*$/;
const words = /^(?:y|n|yes|no|on|off|true|false|null)$/i;

/**
 * An entry of the fleet file as YAML nodes, in the style of such files: a block for the VM and for what goes by
 * slot, one line for each small map and list. Text that another parser could take for something else is quoted.
 */
export function entryNode(key: string, spec: VmSpec): { key: Node; value: YAMLMap } {
  const document = new Document({ [key]: spec });
  const entry = (document.contents as unknown as YAMLMap<Node, YAMLMap>).items[0];
  if (entry?.value == null) throw new Error(`${key}: an entry without keys; please report it`);
  quote(entry.key);
  for (const pair of entry.value.items) style(pair.value as Node);
  return { key: entry.key, value: entry.value };
}

function style(node: Node): void {
  if (isMap(node)) {
    node.flow = node.items.every(({ value }) => !isMap(value));
    for (const { value } of node.items) style(value as Node);
  } else if (isSeq(node)) {
    node.flow = true;
    for (const item of node.items) style(item as Node);
  } else {
    quote(node);
  }
}

function quote(node: Node): void {
  if (!isScalar(node) || typeof node.value !== "string") return;
  if (!plain.test(node.value) || words.test(node.value)) node.type = Scalar.QUOTE_DOUBLE;
}
