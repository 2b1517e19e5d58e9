import type { App } from "../marathon/App.ts";
import { labelTemplate } from "./labelTemplate.ts";
import { overridableByLabel } from "./overridableByLabel.ts";
import { type TemplateRow, templateTable } from "./templateTable.ts";

export interface TemplateLabels {
  /** The overrides by template name. */
  readonly templates: ReadonlyMap<string, string>;
  /** A sentence for each label that needs a word to its owner. */
  readonly warnings: readonly string[];
}

/**
 * The template overrides in the labels of the service at `index`.
 *
 * @param allowed names of the templates that labels may override; `all` is every one
 * @throws {RangeError} when one cannot be compiled: label, what is wrong and what it may use
 */
export function readTemplateLabels(app: App, index: number, allowed: readonly string[]): TemplateLabels {
  const prefix = `HAPROXY_${index}_`;
  const templates = new Map<string, string>();
  const warnings: string[] = [];
  for (const row of templateTable as readonly TemplateRow[]) {
    const label = prefix + row.name;
    const text = overridableByLabel(row) ? app.labels[label] : undefined;
    if (text === undefined) continue;
    if (!allowed.includes("all") && !allowed.includes(row.name)) {
      warnings.push(`${label} is ignored: --allow-template-labels does not name it`);
      continue;
    }
    const unix = text.replaceAll("\r\n", "\n");
    labelTemplate(row, unix, label);
    templates.set(row.name, unix);
  }
  return { templates, warnings };
}
