import { printable } from "../../proxmox/printable.ts";

/** HTML that is safe to show as it is. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Part = Html | string | number | undefined | readonly Part[];

/** HTML from a template: every value that is no {@link Html} is escaped, and shown on one line. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(strings.map((text, index) => text + shown(parts[index])).join(""));
}

function shown(part: Part): string {
  if (part === undefined) return "";
  if (part instanceof Html) return part.text;
  if (typeof part === "string" || typeof part === "number") return escaped(printable(String(part)));
  return part.map(shown).join("");
}

/** A text of several lines, escaped; its lines stay lines. */
export function lines(text: string): Html {
  return new Html(
    text
      .split("\n")
      .map((line) => escaped(printable(line.replaceAll("\t", "    "))))
      .join("\n"),
  );
}

function escaped(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "'": "&#39;",
  };
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}
