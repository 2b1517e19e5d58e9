import { compileHandlebars } from "./compileHandlebars.ts";
import { compilePlaceholders } from "./compilePlaceholders.ts";
import type { Template } from "./Template.ts";
import type { TemplateSource } from "./TemplateSource.ts";
import type { TemplateRow } from "./templateTable.ts";

/**
 * Makes the function that renders one template from a source in either syntax.
 *
 * @throws {RangeError} when the source cannot be compiled: where it came from, what is wrong, what it may use
 */
export function compileTemplate(row: TemplateRow, source: TemplateSource): Template {
  const text = tidied(row, source.text);
  if (source.syntax === "handlebars") return guarded(row, source, () => compileHandlebars(text));
  if (row.raw) return () => text;
  return guarded(row, source, () => compilePlaceholders(text, row.values));
}

/** A block ends with a line break, so that what follows it starts on a line of its own. */
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
