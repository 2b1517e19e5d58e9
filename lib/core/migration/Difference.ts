/**
 * How two configurations differ in one place: `lost` is only in the old one, `added` only in the new one, `moving` differed
 * only while the two were asked, and `intended` is known, told of in docs/migrating.md, and no reason
 * to worry.
 */
export type DifferenceKind = "lost" | "changed" | "added" | "moving" | "intended";

/** One place in which two configurations have another effect; plain data, without passwords. */
export interface Difference {
  readonly kind: DifferenceKind;
  /** Such as `backend web_10000`, or the name of a map. */
  readonly section: string;
  /** The app that the section or the rule belongs to, where it is one app's. */
  readonly app?: string;
  /** Such as `server 10.0.0.1:31000`, `timeout server` or `use_backend`. */
  readonly what: string;
  readonly before?: string;
  readonly after?: string;
  /** What it means for the traffic, in one sentence. */
  readonly meaning: string;
  /** What to do about it; nothing for what is intended. */
  readonly advice?: string;
  /** The rows of `intendedTable` that explain it. */
  readonly intended?: readonly string[];
}

/** Whether it is one that an operator has to look at. */
export function isInEffect({ kind }: Pick<Difference, "kind">): boolean {
  return kind === "lost" || kind === "changed" || kind === "added";
}
