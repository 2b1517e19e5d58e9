import { quoted } from "../problem/quoted.ts";
import { shortened } from "../problem/shortened.ts";

/** A piece of a template in placeholder syntax: literal text, or the path to a value. */
export type PlaceholderPart = { readonly text: string } | { readonly path: readonly string[] };

const token = /\{\{|\}\}|\{([^{}]*)\}|[{}]/g;

/**
 * Splits a template in the reference's syntax: `{name}` is a value, `{name[entry]}` an entry of one, `{{` and `}}`
 * are literal braces.
 *
 * @throws {RangeError} for a brace without its partner, or a name that is not among `names`
 */
export function parsePlaceholders(source: string, names: readonly string[]): PlaceholderPart[] {
  const parts: PlaceholderPart[] = [];
  let position = 0;
  let literal = "";
  for (const match of source.matchAll(token)) {
    literal += source.slice(position, match.index);
    position = match.index + match[0].length;
    if (match[0] === "{{" || match[0] === "}}") {
      literal += match[0][0];
      continue;
    }
    if (match[1] === undefined) {
      throw new RangeError(
        `it has a single ${quoted(match[0])} at character ${
          match.index + 1
        }; a literal brace is written twice`,
      );
    }
    parts.push({ text: literal }, { path: parsePath(match[1], names) });
    literal = "";
  }
  parts.push({ text: literal + source.slice(position) });
  return parts.filter((part) => !("text" in part) || part.text !== "");
}

function parsePath(expression: string, names: readonly string[]): string[] {
  const match = /^(\w+)((?:\[[^\[\]]+\])*)$/.exec(expression);
  const name = match?.[1];
  if (name === undefined || !names.includes(name)) {
    const choice = names.length > 0
      ? `one of ${names.map((name) => `{${name}}`).join(", ")}`
      : "no placeholders";
    throw new RangeError(
      `it uses ${shortened(`{${expression}}`)}; expected ${choice}, or {{ and }} for literal braces`,
    );
  }
  const entries = [...(match?.[2] ?? "").matchAll(/\[([^\[\]]+)\]/g)].map((entry) => entry[1]!);
  return [name, ...entries];
}
