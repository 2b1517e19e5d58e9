import type { TemplateRow } from "./templateTable.ts";

/** Whether a label of an app may override the template, for one service port. */
export function overridableByLabel({ scope, label }: TemplateRow): boolean {
  return scope === "service" && label !== false;
}
