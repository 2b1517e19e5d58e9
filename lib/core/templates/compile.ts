import Handlebars from "handlebars";
import { quoted, shortened } from "../text.ts";
import { compilePlain, flat, type Template } from "./plain.ts";
import type { TemplateRow } from "./templateTable.ts";

/**
 * Compiles a template in either syntax to the function that renders it.
 *
 * @throws {RangeError} when the source cannot be compiled. The message names its origin, what is wrong and what it may
 * use
 */
export function compileTemplate(row: TemplateRow, source: TemplateSource): Template {
  const text = tidied(row, source.text);
  if (source.syntax === "plain") return guarded(row, source, () => compilePlain(text));
  if (source.syntax === "handlebars") return guarded(row, source, () => compileHandlebars(text));
  if (row.raw) return () => text;
  return guarded(row, source, () => compilePlaceholders(text, row.values));
}

/** A block ends with a line break, so that what follows starts on a new line. */
function tidied(row: TemplateRow, text: string): string {
  if (row.inline) return text.trim() === "" ? "" : ` ${text.trim()}`;
  return text === "" || text.endsWith("\n") ? text : `${text}\n`;
}

function guarded(row: TemplateRow, source: TemplateSource, compile: () => Template): Template {
  let template: Template;
  try {
    template = compile();
  } catch (error) {
    throw explain(row, source, error);
  }
  return (values) => {
    try {
      return template(values);
    } catch (error) {
      throw explain(row, source, error);
    }
  };
}

function explain(row: TemplateRow, { origin }: TemplateSource, error: unknown): RangeError {
  const reason = error instanceof Error ? error.message : String(error);
  const names = row.values.length > 0 ? ` (it may use ${row.values.join(", ")})` : "";
  return new RangeError(
    `${origin} cannot be used as a template: ${reason}${error instanceof RangeError ? "" : names}`,
  );
}

/**
 * A template of nothing but text and names, as nearly all are, as plain concatenation. The output is that of Handlebars'
 * own functions, in a fifth of the time.
 *
 * @returns undefined for a program with anything else in it
 */
function compileFlat(program: hbs.AST.Program): Template | undefined {
  const [texts, names]: [string[], string[]] = [[""], []];
  for (const statement of program.body) {
    if (statement.type === "ContentStatement") {
      texts[texts.length - 1] += (statement as hbs.AST.ContentStatement).value;
    } else if (statement.type !== "CommentStatement") {
      const name = nameIn(statement);
      if (name === undefined) return undefined;
      names.push(name);
      texts.push("");
    }
  }
  return flat(texts, names);
}

function nameIn(statement: hbs.AST.Statement): string | undefined {
  if (statement.type !== "MustacheStatement") return undefined;
  const { path, params, hash } = statement as hbs.AST.MustacheStatement;
  if (path.type !== "PathExpression" || params.length > 0 || hash) return undefined;
  const { data, depth, parts } = path as hbs.AST.PathExpression;
  return data || depth > 0 || parts.length !== 1 ? undefined : parts[0];
}

/**
 * Compiles a template in Handlebars. Nothing is escaped: the output is HAProxy configuration, not HTML. A name that
 * has no value is an error rather than an empty text.
 *
 * @throws {Error} when the syntax is wrong, with Handlebars' message
 */
function compileHandlebars(source: string): Template {
  const program = Handlebars.parse(source);
  return compileFlat(program) ??
    Handlebars.compile(program, { noEscape: true, strict: true, knownHelpersOnly: true });
}

/**
 * Compiles a template in the reference's syntax.
 *
 * @param names the names it may use
 * @throws {RangeError} as `parsePlaceholders`
 */
export function compilePlaceholders(source: string, names: readonly string[]): Template {
  const [texts, paths]: [string[], (readonly string[])[]] = [[""], []];
  for (const part of parsePlaceholders(source, names)) {
    if ("text" in part) texts[texts.length - 1] += part.text;
    else {
      paths.push(part.path);
      texts.push("");
    }
  }
  if (paths.every(({ length }) => length === 1)) return flat(texts, paths.map(([name]) => name!));
  return (values) => texts.map((text, index) => text + entryAt(paths[index], values)).join("");
}

/** @throws {Error} for a path that leads to no value, as Handlebars does in its strict mode */
function entryAt(path: readonly string[] = [], values: object): string {
  if (path.length === 0) return "";
  let found: unknown = values;
  for (const name of path) {
    if (typeof found !== "object" || found === null || !Object.hasOwn(found, name)) {
      throw new Error(`"${name}" not defined in ${found}`);
    }
    found = (found as Record<string, unknown>)[name];
  }
  return found === undefined || found === null ? "" : `${found}`;
}

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

/** The text of a template and where it came from, for messages. */
export interface TemplateSource {
  readonly text: string;
  /** `plain`: the defaults; `handlebars`: files that end in `.hbs`; `placeholders`: the reference's syntax. */
  readonly syntax: "plain" | "handlebars" | "placeholders";
  /** For messages: a label, an environment variable, a file. */
  readonly origin: string;
}
