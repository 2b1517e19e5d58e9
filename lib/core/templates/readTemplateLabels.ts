import type { App } from "../marathon/App.ts";
import { labelTemplate } from "./labelTemplate.ts";
import { type TemplateRow, templateTable } from "./templateTable.ts";

/**
 * The template overrides in the labels of the service at `index`, by template name.
 *
 * @throws {RangeError} when one cannot be compiled: label, what is wrong and what it may use
 */
export function readTemplateLabels(app: App, index: number): ReadonlyMap<string, string> {
  const prefix = `HAPROXY_${index}_`;
  const overrides = new Map<string, string>();
  for (const row of templateTable as readonly TemplateRow[]) {
    const text = row.scope === "service" && row.label !== false ? app.labels[prefix + row.name] : undefined;
    if (text === undefined) continue;
    const unix = text.replaceAll("\r\n", "\n");
    labelTemplate(row, unix, prefix + row.name);
    overrides.set(row.name, unix);
  }
  return overrides;
}
