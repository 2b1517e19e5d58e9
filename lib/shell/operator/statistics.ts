import {
  readStatistics,
  showAllBackends,
  showServers,
  type StatisticsRow,
} from "../../core/haproxy/statistics.ts";
import type { SocketCommand } from "../../core/haproxy/socketCommand.ts";
import type { Clock } from "../system/clock.ts";
import { inSlices, Turns } from "../system/turns.ts";

export interface StatisticsOptions {
  /** Asks the worker that serves; resolves to an answer for each command. */
  readonly ask: (commands: readonly SocketCommand[]) => Promise<readonly string[]>;
  readonly clock: Pick<Clock, "monotonic" | "sleep">;
  /** Whether a synchronisation is under way: it goes first. */
  readonly isBusy: () => boolean;
}

/** Milliseconds for which the rows of all backends are good enough. */
const goodFor = 3_000;

/** Milliseconds for which they are shown while HAProxy is asked for newer ones: 10,000 backends take a while. */
const shownFor = 10_000;

/**
 * Asks HAProxy for statistics, and only when a client requests some. A list shows the rows of all backends, kept for a
 * few seconds. To find a single row HAProxy looks through all of them: 100 questions cost as much as one for all.
 */
export class Statistics {
  readonly #options: StatisticsOptions;
  /** One question for all rows at a time. */
  readonly #turns = new Turns();
  #all: { readonly at: number; readonly rows: ReadonlyMap<string, StatisticsRow> } | undefined;

  constructor(options: StatisticsOptions) {
    this.#options = options;
  }

  /** The rows of all backends, by name: a few seconds old at most. @throws {Error} when HAProxy does not answer */
  async all(): Promise<ReadonlyMap<string, StatisticsRow>> {
    const age = this.#age();
    if (this.#all && age < goodFor) return this.#all.rows;
    const newer = this.#renew(goodFor);
    if (!this.#all || age >= shownFor) return await newer;
    newer.catch(() => {/* a later question gets the error, when these are too old */});
    return this.#all.rows;
  }

  /** The rows of the servers of these backends, by the backend's name. @throws {Error} when HAProxy does not answer */
  async servers(names: readonly string[]): Promise<ReadonlyMap<string, readonly StatisticsRow[]>> {
    if (names.length === 0) return new Map();
    // The numbers are those of one worker: after a reload they belong to others.
    const known = this.#all?.rows ?? await this.#renew(Infinity);
    const rows = await this.#askByNumber(names, known) ??
      await this.#askByNumber(names, await this.#renew(0));
    return new Map(
      rows?.map((all) => [all[0]!.backend, all.filter(({ server }) => server !== "BACKEND")]),
    );
  }

  /** Undefined where a number does not belong to its name. */
  async #askByNumber(
    names: readonly string[],
    known: ReadonlyMap<string, StatisticsRow>,
  ): Promise<StatisticsRow[][] | undefined> {
    const asked = names.flatMap((name) => known.get(name) ?? []);
    // Those that HAProxy does not have are not looked for at each question.
    if (asked.length < names.length && this.#age() >= goodFor) return undefined;
    if (asked.length === 0) return [];
    const answers = await this.#options.ask(asked.map(({ id }) => showServers(id)));
    const rows = answers.map((answer) => [...readStatistics(answer)]);
    const fits = rows.every((all, index) => all[0]?.backend === asked[index]!.backend);
    return fits ? rows : undefined;
  }

  /** Asks for all rows, unless those that are known by then are younger than so many milliseconds. */
  #renew(youngerThan: number): Promise<ReadonlyMap<string, StatisticsRow>> {
    return this.#turns.take(async () => {
      if (this.#all && this.#age() < youngerThan) return this.#all.rows;
      const [answer = ""] = await this.#options.ask([showAllBackends()]);
      const rows = await inSlices(rowsByBackend(answer), this.#options);
      this.#all = { at: this.#options.clock.monotonic(), rows };
      return rows;
    });
  }

  /** Milliseconds since all rows were read. */
  #age(): number {
    return this.#all ? this.#options.clock.monotonic() - this.#all.at : Infinity;
  }
}

function* rowsByBackend(answer: string): Generator<void, ReadonlyMap<string, StatisticsRow>> {
  const rows = new Map<string, StatisticsRow>();
  for (const row of readStatistics(answer)) {
    rows.set(row.backend, row);
    yield;
  }
  return rows;
}
