import process from "node:process";
import { hideSecrets } from "../../core/flags/hideSecrets.ts";

/**
 * Takes secrets of the command line out of what `ps` and `/proc/<pid>/cmdline` show. They can still be seen in the moment
 * before, and by those who see how the process was started: a file or the environment is better.
 */
export function hideArguments(argv: readonly string[]): void {
  const shown = hideSecrets(argv);
  if (shown.every((word, index) => word === argv[index])) return;
  process.title = ["marathon-lb", ...shown].join(" ");
}
