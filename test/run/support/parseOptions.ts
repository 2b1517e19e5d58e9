import assert from "node:assert/strict";
import type { Options } from "../../../lib/core/flags/options.ts";
import { parseCommandLine } from "../../../lib/core/flags/commandLine.ts";

/** The options of a command line, to which a group is added. */
export function parseOptions(
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Options {
  const invocation = parseCommandLine([...words, "--group", "external"], environment);
  assert.ok(invocation.kind === "run");
  return invocation.options;
}
