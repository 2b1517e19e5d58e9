import { join } from "node:path";

/** Where the Lua scripts, and `marathon-lb health`, reach the program whose `--run-dir` this is. */
export function controlSocketPath(runDir: string): string {
  return join(runDir, "marathon-lb.sock");
}
