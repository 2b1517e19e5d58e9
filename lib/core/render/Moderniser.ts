import { describeRefused, describeReplaced } from "../directives/describeModernised.ts";
import { lintRules } from "../directives/lintRules.ts";
import { modernise } from "../directives/modernise.ts";
import type { Service } from "../model/Service.ts";
import { quoted } from "../problem/quoted.ts";

/** There may be thousands of lines in a label, and each is a line in the log. */
const mostWarnings = 20;

/**
 * Brings what a service's own templates rendered to today's HAProxy: directives it removed become what does the same
 * now. Sections of a service without templates of its own pass as they are.
 */
export class Moderniser {
  readonly #warnings = new Set<string>();
  /** The template labels by their lines, and by the first words of those. */
  #origins: ReadonlyMap<string, string> | undefined;

  constructor(private readonly service: Service) {}

  /** A sentence for each line that was replaced. */
  get warnings(): readonly string[] {
    const all = [...this.#warnings];
    const more = all.length - mostWarnings;
    if (more <= 0) return all;
    return [
      ...all.slice(0, mostWarnings),
      `${more} more lines of its templates are written anew in the same way`,
    ];
  }

  /**
   * @param section one whole section, or all rules of the service in a shared one: their order counts
   * @throws {RangeError} when a line has no equivalent, or HAProxy would stop reading at it: label, line, what to write
   */
  bring(section: string): string {
    if (this.service.templates.size === 0) return section;
    const { text, replaced, refused } = modernise(section);
    const [first] = refused;
    if (first) throw new RangeError(describeRefused(this.#origin(first.line), first));
    for (const line of replaced) this.#warnings.add(describeReplaced(this.#origin(line.line), line));
    const [mistake] = lintRules(text);
    if (mistake) {
      throw new RangeError(`${this.#origin(mistake.line)} has ${quoted(mistake.line)}: ${mistake.expected}`);
    }
    return text;
  }

  /** The label that a rendered line came from, as far as it can be told. */
  #origin(line: string): string {
    const keyword = line.split(/\s/)[0]!;
    const origins = this.#origins ??= originsOf(this.service.templates);
    const name = origins.get(line) ?? origins.get(keyword);
    return name === undefined ? "a template label" : `HAPROXY_${this.service.index}_${name}`;
  }
}

function originsOf(templates: Service["templates"]): ReadonlyMap<string, string> {
  const origins = new Map<string, string>();
  for (const [name, text] of templates) {
    for (const own of text.split("\n")) {
      const line = own.trim();
      for (const key of [line, line.split(/\s/)[0]!]) if (!origins.has(key)) origins.set(key, name);
    }
  }
  return origins;
}
