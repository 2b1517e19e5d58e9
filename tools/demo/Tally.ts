import type { Answer } from "./Answer.ts";

/** How many answers each task gave. */
export type TaskCounts = ReadonlyMap<string, number>;

/** Counts answers: all of them, and those of the last seconds by app and task. Times are milliseconds of one clock. */
export class Tally {
  requests = 0;
  failures = 0;
  #recent: { at: number; app: string; task: string }[] = [];

  /** @param window how long answers are recent, in milliseconds */
  constructor(readonly window: number) {}

  add(answer: Answer, now: number): void {
    this.requests++;
    if ("problem" in answer) this.failures++;
    else this.#recent.push({ at: now, app: answer.app, task: answer.task });
  }

  /** The recent answers of an app by task, in the order of the tasks' ids. */
  recent(app: string, now: number): TaskCounts {
    this.#recent = this.#recent.filter(({ at }) => at > now - this.window);
    const counts = new Map<string, number>();
    for (const answer of this.#recent) {
      if (answer.app === app) counts.set(answer.task, (counts.get(answer.task) ?? 0) + 1);
    }
    return new Map([...counts].sort());
  }
}
