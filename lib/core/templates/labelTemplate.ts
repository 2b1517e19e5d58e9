import { compileTemplate } from "./compileTemplate.ts";
import type { Template } from "./Template.ts";
import type { TemplateRow } from "./templateTable.ts";

/** Enough for the overrides of a large cluster; labels that change for years must not fill the memory. */
const capacity = 5_000;
const compiled = new Map<string, Template>();

/**
 * The template in a label. The same text is compiled once, not at every generation.
 *
 * @throws {RangeError} as `compileTemplate`
 */
export function labelTemplate(row: TemplateRow, text: string, label: string): Template {
  const key = `${row.name} ${label} ${text}`;
  const known = compiled.get(key);
  if (known) return known;
  const template = compileTemplate(row, { text, syntax: "placeholders", origin: label });
  if (compiled.size >= capacity) compiled.clear();
  compiled.set(key, template);
  return template;
}
