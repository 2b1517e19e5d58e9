/** How the program runs. A command line without a mode means `direct`; the others supervise HAProxy. */
export type Mode = "sse" | "event" | "poll" | "direct";
export type SupervisedMode = Exclude<Mode, "direct">;

interface ModeDefinition {
  name: SupervisedMode;
  /** What follows the mode on the command line. */
  argument?: string;
  description: string;
}

/** The supervised modes, as words of the command line. */
export const modeTable: readonly ModeDefinition[] = [
  { name: "sse", description: "follow Marathon's event stream" },
  {
    name: "event",
    argument: "ADDR:PORT",
    description: "let Marathon (up to 1.4) call back at ADDR:PORT for each event (deprecated)",
  },
  { name: "poll", description: "ask Marathon every --poll-interval seconds" },
];
