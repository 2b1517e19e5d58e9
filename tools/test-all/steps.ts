/** A command of Deno that must end with code 0. */
export interface Step {
  readonly words: readonly string[];
  /** Whether it counts its tests itself. */
  readonly runsTests: boolean;
}

/** What is checked, in this order. */
export const steps: readonly Step[] = [
  { words: ["fmt", "--check"], runsTests: false },
  { words: ["lint"], runsTests: false },
  { words: ["check", "--quiet"], runsTests: false },
  { words: ["task", "test:unit"], runsTests: true },
  { words: ["task", "build"], runsTests: false },
  { words: ["task", "test:e2e"], runsTests: true },
];
