import { defaultTemplates } from "../templates/defaultTemplates.ts";
import type { TemplateName, TemplateRow } from "../templates/templateTable.ts";
import { exampleLabel } from "./exampleLabel.ts";
import { exampleOverride } from "./exampleOverride.ts";
import { bulletList } from "./markdown/bulletList.ts";
import { codeBlock } from "./markdown/codeBlock.ts";
import { wrapText } from "./markdown/wrapText.ts";
import { overridableByLabel } from "../templates/overridableByLabel.ts";
import { templateValueMeaning } from "./templateValueMeaning.ts";

/** The heading under which a template is described. */
export function templateHeading({ name }: TemplateRow): string {
  return `\`HAPROXY_${name}\``;
}

/** What there is to know about one template. */
export function templateSection(row: TemplateRow): string[] {
  return [
    `#### ${templateHeading(row)}`,
    wrapText(row.description),
    bulletList([describeOverrides(row), ...describeSpecials(row)]),
    ...describeValues(row),
    ...describeDefault(row),
    ...describeExample(row),
  ];
}

function describeOverrides(row: TemplateRow): string {
  const { name } = row;
  const label = overridableByLabel(row) ? `label \`HAPROXY_{n}_${name}\`, ` : "";
  return `Overridden by: ${label}variable \`HAPROXY_${name}\`, file \`HAPROXY_${name}.hbs\` or \`HAPROXY_${name}\`.`;
}

function describeSpecials({ raw, inline }: TemplateRow): string[] {
  const specials: string[] = [];
  if (raw) specials.push("Raw: braces in the placeholder syntax are literal.");
  if (inline) specials.push("Part of a line: an override is trimmed, and put behind one blank.");
  return specials;
}

function describeValues({ name, raw, values }: TemplateRow): string[] {
  if (values.length === 0) return [wrapText("It has no values.")];
  return [
    raw ? "Values, in Handlebars only:" : "Values:",
    bulletList(values.map((value) => `\`${value}\`: ${templateValueMeaning(name, value)}`)),
  ];
}

function describeDefault({ name }: TemplateRow): string[] {
  const text = defaultTemplates[name as TemplateName];
  return text.trim() === "" ? ["The default is empty."] : ["Default:", codeBlock("handlebars", text)];
}

function describeExample(row: TemplateRow): string[] {
  if (!overridableByLabel(row)) return [];
  const override = exampleOverride(row);
  if (override === undefined) {
    return [
      wrapText(
        "The default has conditions, which the placeholder syntax has not; in a label write the text for the case at hand.",
      ),
    ];
  }
  return ["The same as a label:", exampleLabel(`HAPROXY_0_${row.name}`, override)];
}
