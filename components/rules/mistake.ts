/** One mistake in the stack configuration. */
export interface Mistake {
  /** Where: keys and indexes below the configuration key. */
  readonly path: readonly PropertyKey[];
  readonly wrong: string;
  readonly got: unknown;
  readonly allowed: string;
  readonly fix: string;
}

const longestValue = 80;

/** A path as a reader of YAML would write it: `vms.devvm.boot[0]`. */
function formatPath(path: readonly PropertyKey[]): string {
  let text = "";
  for (const key of path) {
    if (typeof key === "number") text += `[${key}]`;
    else if (/^[A-Za-z0-9_:-]+$/.test(String(key))) text += text === "" ? String(key) : `.${String(key)}`;
    else text += `[${JSON.stringify(String(key))}]`;
  }
  return text;
}

/** One line: `<where>.<path>: <what is wrong> (got <value>); <what is allowed>; <what to do>`. */
export function formatMistake(where: string, mistake: Mistake): string {
  const { path, allowed, fix } = mistake;
  const separator = path.length === 0 || typeof path[0] === "number" ? "" : ".";
  return `${where}${separator}${formatPath(path)}: ${whatIsWrong(mistake)}; ${allowed}; ${fix}`;
}

/** What is wrong, with the value: `is not offered (got "lsi")`. */
export function whatIsWrong({ wrong, got }: Pick<Mistake, "wrong" | "got">): string {
  return `${wrong} (got ${formatValue(got)})`;
}

function formatValue(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = JSON.stringify(value);
  if (text.includes("PRIVATE KEY")) return "a private key, which is not shown";
  return text.length <= longestValue ? text : `${text.slice(0, longestValue)}...`;
}

/** Whether `path` is `ancestor` or lies below it. */
export function isWithin(path: readonly PropertyKey[], ancestor: readonly PropertyKey[]): boolean {
  return ancestor.length <= path.length && ancestor.every((key, index) => key === path[index]);
}
