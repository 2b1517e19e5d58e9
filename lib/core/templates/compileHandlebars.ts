import Handlebars from "handlebars";
import { compileFlat } from "./compileFlat.ts";
import type { Template } from "./Template.ts";

/**
 * Compiles a template in Handlebars. Nothing is escaped: the output is HAProxy configuration, not HTML. A name that
 * has no value is an error rather than an empty text.
 *
 * @throws {Error} when the syntax is wrong, as Handlebars says it
 */
export function compileHandlebars(source: string | hbs.AST.Program): Template {
  const program = typeof source === "string" ? Handlebars.parse(source) : source;
  return compileFlat(program) ??
    Handlebars.compile(program, { noEscape: true, strict: true, knownHelpersOnly: true });
}
