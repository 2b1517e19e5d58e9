import { describeRefused, describeReplaced, modernise } from "../directives/modernise.ts";
import { compileTemplate, type TemplateSource } from "./compile.ts";
import { defaultTemplates } from "./defaultTemplates.ts";
import { assertOwnSection, isIdle } from "./ownSections.ts";
import type { Template } from "./plain.ts";
import { type TemplateName, type TemplateRow, templateTable } from "./templateTable.ts";

const rows = new Map<string, TemplateRow>(templateTable.map((row) => [row.name, row]));

export interface TemplateSetOptions {
  /** Whether the templates in labels may begin any section, and not only their own. */
  readonly trustLabels?: boolean;
}

/** The owner of templates: a service. */
export interface TemplateOwner {
  /** The `{n}` of its labels. */
  readonly index: number;
  /** Overrides by template name. */
  readonly templates: ReadonlyMap<string, string>;
}

/** All templates of one load balancer: the defaults, and the operator's overrides of them. */
export class TemplateSet {
  /** The overrides, and the defaults that were used. */
  readonly #templates = new Map<string, Template>();
  readonly #trustLabels: boolean;
  /** Shared with the reader of labels, which compiles each template first. */
  readonly labels: LabelTemplates = new LabelTemplates();
  /** Notes on the overrides for the operator, a sentence each. */
  readonly warnings: readonly string[];

  /**
   * @param overrides by template name, from environment and files
   * @throws {RangeError} when an override cannot be compiled, or holds a directive that has no equivalent today
   */
  constructor(overrides: ReadonlyMap<string, TemplateSource> = new Map(), options: TemplateSetOptions = {}) {
    this.#trustLabels = options.trustLabels ?? false;
    const warnings: string[] = [];
    for (const row of rows.values()) {
      const override = overrides.get(row.name);
      if (override) this.#templates.set(row.name, compileTemplate(row, modernSource(override, warnings)));
    }
    this.warnings = warnings;
  }

  /**
   * Renders a template; the labels of `service`, if there is one, override everything else.
   *
   * @throws {RangeError} when a label's template cannot be rendered, or leaves its section
   */
  render(name: TemplateName, values: object, service?: TemplateOwner): string {
    const override = service?.templates.get(name);
    if (override === undefined) return (this.#templates.get(name) ?? this.#compileDefault(name))(values);
    const row = rows.get(name)!;
    const label = `HAPROXY_${service!.index}_${name}`;
    const text = this.labels.compile(row, override, label)(values);
    if (!this.#trustLabels) assertOwnSection(row, label, text, values);
    return text;
  }

  /** Most configurations use a third of the defaults, so that each is compiled when it is needed. */
  #compileDefault(name: TemplateName): Template {
    const source = {
      text: defaultTemplates[name],
      syntax: "plain" as const,
      origin: `the default of HAPROXY_${name}`,
    };
    const template = compileTemplate(rows.get(name)!, source);
    this.#templates.set(name, template);
    return template;
  }

  /**
   * Joins the parts of a section. Without its head, the rest would belong to the section of another service.
   *
   * @param head the output of the template `name`
   * @param rest everything below it
   * @throws {RangeError} when a label has emptied the head, but not the rest
   */
  section(name: TemplateName, head: string, rest: string, service: TemplateOwner): string {
    if (!this.#trustLabels && service.templates.has(name) && isIdle(head) && !isIdle(rest)) {
      throw new RangeError(
        `HAPROXY_${service.index}_${name} begins no section, and what stands under it would be in another one; ` +
          "empty the templates under it as well (--trust-template-labels allows all)",
      );
    }
    return head + rest;
  }
}

/** Adapts the operator's overrides for the HAProxy of the reference to current versions. */
function modernSource(source: TemplateSource, warnings: string[]): TemplateSource {
  const { text, replaced, refused } = modernise(source.text);
  if (refused[0]) throw new RangeError(describeRefused(source.origin, refused[0]));
  warnings.push(...replaced.map((line) => describeReplaced(source.origin, line)));
  return { ...source, text };
}

/**
 * The overrides of the defaults: an environment variable, else a file. Later directories win over earlier ones. In one
 * directory, a Handlebars file wins over one in the reference's syntax.
 *
 * @param environment variables `HAPROXY_<NAME>`, in which `\n` stands for a line break; empty ones count as absent
 * @param files path to text of the files in the template directories, in the order of the directories
 */
export function findTemplateOverrides(
  environment: Readonly<Record<string, string | undefined>>,
  files: ReadonlyMap<string, string>,
): Map<string, TemplateSource> {
  const overrides = new Map<string, TemplateSource>();
  for (const { name } of templateTable) {
    const variable = `HAPROXY_${name}`;
    const text = environment[variable];
    const source = text
      ? { text: text.replaceAll("\\n", "\n"), syntax: "placeholders" as const, origin: `$${variable}` }
      : fileSource(variable, files);
    if (source) overrides.set(name, source);
  }
  return overrides;
}

function fileSource(variable: string, files: ReadonlyMap<string, string>): TemplateSource | undefined {
  let found: TemplateSource | undefined;
  let directory: string | undefined;
  for (const [path, text] of files) {
    const slash = path.lastIndexOf("/");
    const [folder, file] = [path.slice(0, slash), path.slice(slash + 1)];
    if (file === `${variable}.hbs`) found = { text, syntax: "handlebars", origin: path };
    else if (file === variable && !(folder === directory && found?.syntax === "handlebars")) {
      found = { text, syntax: "placeholders", origin: path };
    } else continue;
    directory = folder;
  }
  return found;
}

/** Enough for the overrides of a large cluster. Labels that change for years must not fill the memory. */
const capacity = 5_000;

/** The templates in labels. Equal texts are compiled once, not at every generation. */
export class LabelTemplates {
  readonly #compiled = new Map<string, Template>();

  /**
   * The template in a label.
   *
   * @throws {RangeError} as `compileTemplate`
   */
  compile(row: TemplateRow, text: string, label: string): Template {
    const key = `${row.name} ${label} ${text}`;
    const known = this.#compiled.get(key);
    if (known) return known;
    const template = compileTemplate(row, { text, syntax: "placeholders", origin: label });
    if (this.#compiled.size >= capacity) this.#compiled.clear();
    this.#compiled.set(key, template);
    return template;
  }
}

/** Whether a label of an app may override the template, for one service port. */
export function overridableByLabel({ scope, label }: TemplateRow): boolean {
  return scope === "service" && label !== false;
}
