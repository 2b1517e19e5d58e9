import Handlebars from "handlebars";
import { compileHandlebars } from "./compileHandlebars.ts";
import { parsePlaceholders, type PlaceholderPart } from "./parsePlaceholders.ts";
import type { Template } from "./Template.ts";

/**
 * Compiles a template in the reference's syntax to the same kind of function as the defaults. It becomes a syntax
 * tree of Handlebars directly: text that goes through Handlebars' own parser could hold expressions of its own.
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
      // Handlebars declares flags here and never reads them.
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
    // With a hash, even an empty one, Handlebars would take the name for a helper.
    hash: undefined as unknown as hbs.AST.Hash,
    escaped: false,
    strip: { open: false, close: false },
    loc: nowhere,
  };
  return mustache;
}
