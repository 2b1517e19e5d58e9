import { describeRefused, describeReplaced } from "../directives/describeModernised.ts";
import { modernise } from "../directives/modernise.ts";
import type { Service } from "../model/Service.ts";
import { compileTemplate } from "./compileTemplate.ts";
import { defaultTemplates } from "./defaultTemplates.ts";
import { labelTemplate } from "./labelTemplate.ts";
import type { Template } from "./Template.ts";
import type { TemplateSource } from "./TemplateSource.ts";
import { type TemplateName, type TemplateRow, templateTable } from "./templateTable.ts";

const rows = new Map<string, TemplateRow>(templateTable.map((row) => [row.name, row]));

/** All templates of one load balancer: the defaults under what the operator put in their place. */
export class TemplateSet {
  readonly #templates = new Map<string, Template>();
  /** What the operator should know of the overrides, a sentence each. */
  readonly warnings: readonly string[];

  /**
   * @param overrides by template name, from environment and files
   * @throws {RangeError} when an override cannot be compiled, or holds a directive that has no equivalent today
   */
  constructor(overrides: ReadonlyMap<string, TemplateSource> = new Map()) {
    const warnings: string[] = [];
    for (const row of rows.values()) {
      const override = overrides.get(row.name);
      const source = override ? modernSource(override, warnings) : {
        text: defaultTemplates[row.name as TemplateName],
        syntax: "handlebars" as const,
        origin: `the default of HAPROXY_${row.name}`,
      };
      this.#templates.set(row.name, compileTemplate(row, source));
    }
    this.warnings = warnings;
  }

  /** Renders a template; the labels of `service`, where one is given, come before everything else. */
  render(name: TemplateName, values: object, service?: Service): string {
    const override = service?.templates.get(name);
    const template = override === undefined
      ? this.#templates.get(name)
      : labelTemplate(rows.get(name)!, override, `HAPROXY_${service!.index}_${name}`);
    return template!(values);
  }
}

/** What the operator wrote for the HAProxy of the reference, brought to today's. */
function modernSource(source: TemplateSource, warnings: string[]): TemplateSource {
  const { text, replaced, refused } = modernise(source.text);
  if (refused[0]) throw new RangeError(describeRefused(source.origin, refused[0]));
  warnings.push(...replaced.map((line) => describeReplaced(source.origin, line)));
  return { ...source, text };
}
