import type { Problem } from "../../core/problem/Problem.ts";
import type { Logger } from "../log/Logger.ts";

/** Logs each problem when it appears and when it is gone, not at every generation in between. */
export class ProblemLog {
  #known = new Map<string, Problem>();
  #last: readonly Problem[] = [];

  constructor(private readonly logger: Logger) {}

  report(problems: readonly Problem[]): void {
    // Most synchronisations find what the one before has found.
    if (isSame(problems, this.#last)) return;
    this.#last = problems;
    const now = new Map(problems.map((problem) => [problem.message, problem]));
    for (const [message, problem] of now) {
      if (this.#known.has(message)) continue;
      if (problem.severity === "excluded") this.logger.error(message);
      else this.logger.warning(message);
    }
    for (const [message, problem] of this.#known) {
      if (!now.has(message) && problem.severity === "excluded") this.logger.info(`No longer so: ${message}`);
    }
    this.#known = now;
  }
}

function isSame(a: readonly Problem[], b: readonly Problem[]): boolean {
  return a.length === b.length && a.every((problem, index) => problem === b[index]);
}
