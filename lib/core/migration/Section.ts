/** One line of a configuration that says something. */
export interface Directive {
  /** As HAProxy gets them: without quotes. */
  readonly words: readonly string[];
  /** Conditions of `.if` blocks around it, outermost first. */
  readonly within: readonly string[];
  /** As it stood in the text, where it was written anew to be compared. */
  readonly original?: string;
}

/** A section of a configuration; sections that HAProxy takes for one are one. */
export interface Section {
  /** Such as `backend`. */
  readonly kind: string;
  /** Empty for sections without one. */
  readonly name: string;
  readonly directives: Directive[];
}

/** What a section is called in a report: `backend web_10000`, `global`. */
export function sectionTitle({ kind, name }: Pick<Section, "kind" | "name">): string {
  return name === "" ? kind : `${kind} ${name}`;
}
