interface CommandDefinition {
  readonly name: string;
  readonly description: string;
}

/** The commands: words in the place of a mode that do one thing, start no HAProxy, and end. */
export const commandTable = [
  {
    name: "health",
    description: "ask the one that runs here (--run-dir) whether it is healthy: exit code 0, else 1",
  },
  {
    name: "check-migration",
    description: "compare an old load balancer (--from) with this: exit code 0, 3 if it differs",
  },
] as const satisfies readonly CommandDefinition[];
