/** A directive that HAProxy took in 1.x and refuses since. */
export interface RemovedDirective {
  /** The words it starts with. Its named groups are values for `by`, and for `advice`. */
  readonly keyword: RegExp;
  /** Where only some of its uses were removed: what is found in the arguments, joined by spaces, of those. */
  readonly when?: RegExp;
  /** The shapes that have an exact equivalent, first match wins. */
  readonly forms?: readonly Form[];
  /** What to write instead in all other shapes. */
  readonly advice: string;
}

/** One shape of a removed directive, and the lines that do the same today. */
export interface Form {
  /**
   * A pattern for each argument; behind them a condition (`if`, `unless`) may follow. A group that occurs twice must
   * hold the same name. The groups `pattern` (a regular expression) and `format` (which refers to its groups) make
   * a match only where they mean the same in the new line.
   */
  readonly words?: readonly RegExp[];
  /** Instead of `words`: a pattern for all arguments as they are written, quotes and all. */
  readonly raw?: RegExp;
  /** Capturing groups of the old pattern that the new one does not have. */
  readonly groupsCut?: number;
  /** Whether a condition has to follow, or must not; absent: either. */
  readonly condition?: "required" | "refused";
  /** The new lines; `<group>` stands for a value, a condition is put behind. None: the line goes. */
  readonly by: readonly string[];
}
