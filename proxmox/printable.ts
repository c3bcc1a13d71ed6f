/**
 * Characters that a terminal or an editor acts upon instead of showing them: controls, line and paragraph
 * separators, and those that turn the direction of text around.
 */
const acting = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu;

/** Text from elsewhere on one line, each acting character spelled out: `\u001b`, `\n`. */
export function printable(text: string): string {
  return text.replace(acting, (character) => {
    if (character === "\n") return "\\n";
    if (character === "\t") return "\\t";
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

/** The same for a text of several lines, which stay lines. */
export function printableLines(text: string): string {
  return text.split("\n").map(printable).join("\n");
}
