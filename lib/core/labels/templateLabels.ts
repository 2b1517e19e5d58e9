import type { App } from "../marathon/app.ts";
import { rowsWithLabel } from "./readLabels.ts";
import { LabelTemplates, overridableByLabel } from "../templates/templateSet.ts";
import { type TemplateRow, templateTable } from "../templates/templateTable.ts";

export interface TemplateLabels {
  /** The overrides by template name. */
  readonly templates: ReadonlyMap<string, string>;
  /** Sentences for the owner of a label. */
  readonly warnings: readonly string[];
}

const rows = (templateTable as readonly TemplateRow[]).filter(overridableByLabel);

/** One for the services of all apps that override none. */
const noTemplates: ReadonlyMap<string, string> = new Map();

/**
 * The template overrides in the labels of the service at `index`.
 *
 * @param allowed names of the templates that labels may override; `all` is every one
 * @param compiled templates that were compiled before; new ones are added
 * @throws {RangeError} when one cannot be compiled. The message names the label, what is wrong and what it may use
 */
export function readTemplateLabels(
  app: App,
  index: number,
  allowed: readonly string[],
  compiled: LabelTemplates = new LabelTemplates(),
): TemplateLabels {
  const prefix = `HAPROXY_${index}_`;
  let templates: Map<string, string> | undefined;
  const warnings: string[] = [];
  for (const row of rowsWithLabel(app.labels, index, rows)) {
    const label = prefix + row.name;
    const text = app.labels[label]!;
    if (!allowed.includes("all") && !allowed.includes(row.name)) {
      warnings.push(`${label} is ignored: --allow-template-labels does not name it`);
      continue;
    }
    const unix = text.replaceAll("\r\n", "\n");
    compiled.compile(row, unix, label);
    (templates ??= new Map()).set(row.name, unix);
  }
  return { templates: templates ?? noTemplates, warnings };
}
