import { describeRefused, describeReplaced } from "../directives/describeModernised.ts";
import { lintRules } from "../directives/lintRules.ts";
import { modernise } from "../directives/modernise.ts";
import type { Service } from "../model/Service.ts";
import { quoted } from "../problem/quoted.ts";

/**
 * Brings what a service's own templates rendered to today's HAProxy: directives it removed become what does the same
 * now. Sections of a service without templates of its own pass as they are.
 */
export class Moderniser {
  readonly #warnings = new Set<string>();

  constructor(private readonly service: Service) {}

  /** A sentence for each line that was replaced. */
  get warnings(): readonly string[] {
    return [...this.#warnings];
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
    const holding = (wanted: string) =>
      [...this.service.templates].find(([, text]) =>
        text.split("\n").some((own) => own.trim().startsWith(wanted))
      );
    const name = (holding(line) ?? holding(keyword))?.[0];
    return name === undefined ? "a template label" : `HAPROXY_${this.service.index}_${name}`;
  }
}
