import Handlebars from "handlebars";
import { quoted, shortened } from "../text.ts";
import type { TemplateRow } from "./templateTable.ts";

/**
 * Compiles a template in either syntax to the function that renders it.
 *
 * @throws {RangeError} when the source cannot be compiled. The message names its origin, what is wrong and what it may
 * use
 */
export function compileTemplate(row: TemplateRow, source: TemplateSource): Template {
  const text = tidied(row, source.text);
  if (source.syntax === "handlebars") return guarded(row, source, () => compileHandlebars(text));
  if (row.raw) return () => text;
  return guarded(row, source, () => compilePlaceholders(text, row.values));
}

/** A block ends with a line break, so that what follows starts on a new line. */
function tidied(row: TemplateRow, text: string): string {
  if (row.inline) return text.trim() === "" ? "" : ` ${text.trim()}`;
  return text === "" || text.endsWith("\n") ? text : `${text}\n`;
}

function guarded(row: TemplateRow, { origin }: TemplateSource, compile: () => Template): Template {
  const template = orExplain(compile);
  return (values) => orExplain(() => template(values));

  function orExplain<Result>(action: () => Result): Result {
    try {
      return action();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const names = row.values.length > 0 ? ` (it may use ${row.values.join(", ")})` : "";
      throw new RangeError(
        `${origin} cannot be used as a template: ${reason}${error instanceof RangeError ? "" : names}`,
      );
    }
  }
}

type Part = { readonly text: string } | { readonly name: string };

/**
 * Compiles a template of nothing but text and names, as nearly all are, to plain concatenation. The output is that of
 * Handlebars' own functions, in a fifth of the time. For ten thousand apps that time is most of a generation.
 *
 * @returns undefined for a program with anything else in it
 */
export function compileFlat(program: hbs.AST.Program): Template | undefined {
  const parts: Part[] = [];
  for (const statement of program.body) {
    const part = partOf(statement);
    if (!part) return undefined;
    parts.push(part);
  }
  return (values) => {
    let text = "";
    for (const part of parts) text += "text" in part ? part.text : valueOf(part.name, values);
    return text;
  };
}

function partOf(statement: hbs.AST.Statement): Part | undefined {
  if (statement.type === "CommentStatement") return { text: "" };
  if (statement.type === "ContentStatement") {
    return { text: (statement as hbs.AST.ContentStatement).value };
  }
  if (statement.type !== "MustacheStatement") return undefined;
  const { path, params, hash } = statement as hbs.AST.MustacheStatement;
  if (path.type !== "PathExpression" || params.length > 0 || hash) return undefined;
  const { data, depth, parts } = path as hbs.AST.PathExpression;
  const [name] = parts;
  return data || depth > 0 || parts.length !== 1 || name === undefined ? undefined : { name };
}

/** @throws {Error} for a name without a value, as Handlebars does in its strict mode */
function valueOf(name: string, values: object): string {
  const value: unknown = (values as Record<string, unknown>)[name];
  if (typeof value === "string") return value;
  // Members of every object, such as `constructor`, are no values of a template.
  if (!Object.hasOwn(values, name)) throw new Error(`"${name}" not defined in ${values}`);
  return value === undefined || value === null ? "" : `${value}`;
}

/**
 * Compiles a template in Handlebars. Nothing is escaped: the output is HAProxy configuration, not HTML. A name that
 * has no value is an error rather than an empty text.
 *
 * @throws {Error} when the syntax is wrong, with Handlebars' message
 */
export function compileHandlebars(source: string | hbs.AST.Program): Template {
  const program = typeof source === "string" ? Handlebars.parse(source) : source;
  return compileFlat(program) ??
    Handlebars.compile(program, { noEscape: true, strict: true, knownHelpersOnly: true });
}

/**
 * Compiles a template in the reference's syntax to the same kind of function as the defaults. It builds a syntax tree
 * of Handlebars directly, because Handlebars' own parser would find expressions in literal text.
 *
 * @param names the names it may use
 * @throws {RangeError} as `parsePlaceholders`
 */
export function compilePlaceholders(source: string, names: readonly string[]): Template {
  const program = { ...Handlebars.parse(""), body: parsePlaceholders(source, names).map(statement) };
  return compileHandlebars(program);
}

const nowhere: hbs.AST.SourceLocation = {
  source: "",
  start: { line: 1, column: 0 },
  end: { line: 1, column: 0 },
};

function statement(part: PlaceholderPart): hbs.AST.Statement {
  if ("text" in part) {
    const content: hbs.AST.ContentStatement = {
      type: "ContentStatement",
      value: part.text,
      // Handlebars declares flags here, but never reads them.
      original: { open: false, close: false },
      loc: nowhere,
    };
    return content;
  }
  const path: hbs.AST.PathExpression = {
    type: "PathExpression",
    data: false,
    depth: 0,
    parts: [...part.path],
    original: part.path.join("."),
    loc: nowhere,
  };
  const mustache: hbs.AST.MustacheStatement = {
    type: "MustacheStatement",
    path,
    params: [],
    // With a hash, even an empty one, Handlebars would treat the name as a helper.
    hash: undefined as unknown as hbs.AST.Hash,
    escaped: false,
    strip: { open: false, close: false },
    loc: nowhere,
  };
  return mustache;
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

/** A compiled template: the object's members are the values it may use, by name. */
export type Template = (values: object) => string;

/** The text of a template and where it came from, for messages. */
export interface TemplateSource {
  readonly text: string;
  /** `handlebars`: the defaults and files that end in `.hbs`; `placeholders`: the reference's syntax. */
  readonly syntax: "handlebars" | "placeholders";
  /** For messages: a label, an environment variable, a file. */
  readonly origin: string;
}
