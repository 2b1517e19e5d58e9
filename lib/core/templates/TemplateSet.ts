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

  /**
   * @param overrides by template name, from environment and files
   * @throws {RangeError} when an override cannot be compiled
   */
  constructor(overrides: ReadonlyMap<string, TemplateSource> = new Map()) {
    for (const row of rows.values()) {
      const source = overrides.get(row.name) ?? {
        text: defaultTemplates[row.name as TemplateName],
        syntax: "handlebars",
        origin: `the default of HAPROXY_${row.name}`,
      };
      this.#templates.set(row.name, compileTemplate(row, source));
    }
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
