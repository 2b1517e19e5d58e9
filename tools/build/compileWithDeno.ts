import { spawnSync } from "node:child_process";
import process from "node:process";
import { permissionFlags } from "./permissions.ts";
import type { Target } from "./targets.ts";

/**
 * Makes the executable by `deno compile`, which takes the runtime denort from `$DENORT_BIN`, its cache or the network.
 * Returns why it did not work; undefined when it did.
 */
export function compileWithDeno(
  target: Target,
  { bundle, output }: { bundle: string; output: string },
): string | undefined {
  const words = [
    ...["compile", "--quiet", "--no-check", "--no-config", "--no-lock"],
    ...permissionFlags(),
    ...["--target", target.triple, "--output", output, bundle],
  ];
  const { status, error, stderr } = spawnSync(process.execPath, words, {
    encoding: "utf8",
    timeout: 120_000,
    env: { ...process.env, NO_COLOR: "1" },
  });
  if (status === 0) return undefined;
  // Deno lists the causes of an error from the outermost in; the innermost says what really went wrong.
  const [message = ""] = stderr.split("Stack backtrace");
  const innermost = message.trim().split("\n").at(-1)?.replace(/^\s*\d+: /, "");
  return error?.message ?? (innermost || `it ended with code ${status}`);
}
