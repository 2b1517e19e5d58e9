import type { World } from "../../core/explain/world.ts";
import type { LogFields } from "../../core/log/format.ts";
import { levelOf, type Problem, problemKinds, saidOf } from "../../core/problem.ts";
import type { Configuration } from "../../core/render/configuration.ts";
import { type Stage, type StageDurations, stages } from "../../core/status/state.ts";
import type { Logger } from "../log/logger.ts";
import type { Clock } from "../system/clock.ts";

/** Measures the stages of one synchronisation, from its making on. */
export class StageTimer {
  readonly #clock: Clock;
  readonly #entered: (stage: Stage) => void;
  readonly #durations = Object.fromEntries(stages.map((stage) => [stage, 0])) as Record<Stage, number>;
  #stage: Stage = stages[0];
  #since: number;

  /** @param entered called with each stage as it begins */
  constructor(clock: Clock, entered: (stage: Stage) => void = () => {}) {
    this.#clock = clock;
    this.#since = clock.monotonic();
    this.#entered = entered;
    entered(this.#stage);
  }

  /** The stage that is under way. */
  get stage(): Stage {
    return this.#stage;
  }

  /** Ends the stage that is under way and begins another one, maybe once more. */
  begin(stage: Stage): void {
    this.#count();
    this.#stage = stage;
    this.#entered(stage);
  }

  /** Milliseconds up to now. */
  durations(): StageDurations {
    this.#count();
    return { ...this.#durations };
  }

  #count(): void {
    const now = this.#clock.monotonic();
    this.#durations[this.#stage] += now - this.#since;
    this.#since = now;
  }
}

/** How many lines of one kind are logged at a time: a new cluster could cause thousands. */
const mostNotes = 20;

/** How many services a line names that sums up. */
const mostNamed = 3;

/** Logs each problem when it appears and when it is gone, not at every generation in between. */
export class ProblemLog {
  #known = new Map<string, Problem>();
  #last: readonly Problem[] = [];
  /** The notes of apps that were logged, by app. */
  readonly #notes = new Map<string, ReadonlySet<string>>();

  constructor(private readonly logger: Logger) {}

  report(problems: readonly Problem[]): void {
    // Most synchronisations find what the one before has found.
    if (isSame(problems, this.#last)) return;
    this.#last = problems;
    const now = new Map(problems.map((problem) => [problem.message, problem]));
    this.#tellAll([...now].flatMap(([message, problem]) => this.#known.has(message) ? [] : problem));
    for (const [message, problem] of this.#known) {
      if (!now.has(message) && problem.severity === "excluded") {
        this.logger.info(`Resolved: ${message}`, fieldsOf(problem));
      }
    }
    this.#known = now;
  }

  /** Logs why services are not served, where that is news. @param notes of the apps that changed, by app */
  reportNotes(notes: ReadonlyMap<string, readonly Problem[]>): void {
    const fresh: Problem[] = [];
    for (const [app, all] of notes) {
      const known = this.#notes.get(app);
      fresh.push(...all.filter(({ message }) => !known?.has(message)));
      if (all.length > 0) this.#notes.set(app, new Set(all.map(({ message }) => message)));
      else this.#notes.delete(app);
    }
    for (const [code, some] of Map.groupBy(fresh, ({ code }) => code)) {
      for (const problem of some.slice(0, mostNotes)) this.#tell(problem);
      const more = some.length - mostNotes;
      if (more > 0) {
        this.logger[levelOf({ code })](`${more} more services are not served: ${code}; see /_mlb_status`, {
          code,
        });
      }
    }
  }

  /** Sums up the warnings of a code where they are many: each is in the status. What excludes a service has its line. */
  #tellAll(fresh: readonly Problem[]): void {
    const warnings = fresh.filter(({ severity }) => severity === "warning");
    const sums = [...Map.groupBy(warnings, ({ code }) => code)].filter(([, some]) => some.length > mostNotes);
    const summed = new Set(sums.map(([code]) => code));
    for (const problem of fresh) {
      if (problem.severity !== "warning" || !summed.has(problem.code)) this.#tell(problem);
    }
    for (const [code, some] of sums) {
      const first = some.slice(0, mostNamed).map(nameOf).join(", ");
      this.logger[levelOf({ code })](
        `${some.length} times ${code}, such as ${first}: ${problemKinds[code].meaning} ` +
          "/_mlb_status, /_mlb/ and marathon-lb explain have each",
        { code },
      );
    }
  }

  #tell(problem: Problem): void {
    this.logger[levelOf(problem)](problem.message, fieldsOf(problem));
  }
}

/** What the last synchronisation found, and since when. Explanations are computed from it. */
export class Findings {
  readonly #clock: Pick<Clock, "now">;
  /** The configuration in service, and all problems. */
  #found: { readonly configuration: Configuration; readonly problems: readonly Problem[] } | undefined;
  /** When problems began, by their messages. */
  #since: ReadonlyMap<string, number> = new Map();
  #heldSince: number | undefined;
  #world: { readonly of: readonly unknown[]; readonly world: World } | undefined;

  constructor(clock: Pick<Clock, "now">) {
    this.#clock = clock;
  }

  note(configuration: Configuration, problems: readonly Problem[]): void {
    const before = this.#found?.problems ?? [];
    const same = isSame(problems, before);
    this.#found = { configuration, problems: same ? before : problems };
    if (same) return;
    const now = this.#clock.now();
    this.#since = new Map(problems.map(({ message }) => [message, this.#since.get(message) ?? now]));
  }

  /** The configuration is in service. */
  serve(configuration: Configuration, problems: readonly Problem[]): void {
    this.#heldSince = undefined;
    this.note(configuration, problems);
  }

  /** The configuration is held back: what was in service stays. */
  hold(configuration: Configuration, problems: readonly Problem[]): void {
    this.#heldSince ??= this.#clock.now();
    this.note(this.#found?.configuration ?? configuration, problems);
  }

  /**
   * Undefined before the first synchronisation, and the same object as long as nothing is new.
   *
   * @param make the world of what was found, the same object for the same findings
   */
  world(
    make: (configuration: Configuration, problems: readonly Problem[]) => World | undefined,
  ): World | undefined {
    if (!this.#found) return undefined;
    const made = make(this.#found.configuration, this.#found.problems);
    const of = [made, this.#since, this.#heldSince];
    if (made && !(this.#world && of.every((one, index) => one === this.#world!.of[index]))) {
      const held = this.#heldSince === undefined ? {} : { held: { since: this.#heldSince } };
      this.#world = { of, world: { ...made, since: this.#since, ...held } };
    }
    return this.#world?.world;
  }
}

function nameOf({ app, index }: Problem): string {
  return index === undefined ? app : `${app}: service ${index}`;
}

function fieldsOf(problem: Problem): LogFields {
  const { app, index, code } = problem;
  return { app, ...index === undefined ? {} : { service: index }, code, reason: saidOf(problem) };
}

function isSame(a: readonly Problem[], b: readonly Problem[]): boolean {
  return a.length === b.length && a.every((problem, index) => problem === b[index]);
}
