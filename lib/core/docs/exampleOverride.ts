import { defaultTemplates } from "../templates/defaultTemplates.ts";
import type { TemplateName, TemplateRow } from "../templates/templateTable.ts";
import { toPlaceholders } from "./toPlaceholders.ts";

/**
 * The default of a template as an override in the placeholder syntax, to start from. Undefined where the default
 * uses what that syntax does not have.
 */
export function exampleOverride(row: TemplateRow): string | undefined {
  const text = defaultTemplates[row.name as TemplateName];
  if (!row.raw) return toPlaceholders(text);
  return text.includes("{{") ? undefined : text;
}
