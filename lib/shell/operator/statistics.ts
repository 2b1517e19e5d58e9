import {
  readStatistics,
  showAllBackends,
  showBackend,
  type StatisticsRow,
} from "../../core/haproxy/statistics.ts";
import type { SocketCommand } from "../../core/haproxy/socketCommand.ts";
import type { Clock } from "../system/clock.ts";
import { inSlices, Turns } from "../system/turns.ts";

export interface StatisticsOptions {
  /** Asks the worker that serves; resolves to an answer for each command. */
  readonly ask: (commands: readonly SocketCommand[]) => Promise<readonly string[]>;
  readonly clock: Pick<Clock, "monotonic">;
}

/** Milliseconds for which the rows of all backends are good enough. */
const goodFor = 3_000;

/** Milliseconds for which they are shown while HAProxy is asked for newer ones: 10,000 backends take a while. */
const shownFor = 10_000;

/** Asks HAProxy for statistics: of the backends that a client requests, and only then. */
export class Statistics {
  readonly #options: StatisticsOptions;
  /** One question at a time. */
  readonly #turns = new Turns();
  #all: { readonly at: number; readonly rows: ReadonlyMap<string, StatisticsRow> } | undefined;

  constructor(options: StatisticsOptions) {
    this.#options = options;
  }

  /** The rows of all backends, by name: a few seconds old at most. @throws {Error} when HAProxy does not answer */
  async all(): Promise<ReadonlyMap<string, StatisticsRow>> {
    const known = this.#all;
    const age = known ? this.#options.clock.monotonic() - known.at : Infinity;
    if (age < goodFor) return known!.rows;
    const newer = this.#turns.take(() => this.#readAll(goodFor));
    if (age >= shownFor) return await newer;
    newer.catch(() => {/* a later question gets the error, when these are too old */});
    return known!.rows;
  }

  /** The rows of these backends, by name; of those that HAProxy has. @throws {Error} when HAProxy does not answer */
  async backends(names: readonly string[]): Promise<ReadonlyMap<string, StatisticsRow>> {
    const rows = await this.#turns.take(() => this.#ask(names, false));
    return new Map(rows.map(([row]) => [row!.backend, row!]));
  }

  /** The rows of the servers of these backends, by the backend's name. @throws {Error} when HAProxy does not answer */
  async servers(names: readonly string[]): Promise<ReadonlyMap<string, readonly StatisticsRow[]>> {
    const rows = await this.#turns.take(() => this.#ask(names, true));
    return new Map(rows.map((all) => [all[0]!.backend, all.filter(({ server }) => server !== "BACKEND")]));
  }

  async #ask(names: readonly string[], servers: boolean): Promise<StatisticsRow[][]> {
    if (names.length === 0) return [];
    // The numbers are those of one worker: after a reload they belong to others.
    const rows = await this.#askByNumber(names, servers, await this.#readAll(Infinity));
    return rows ?? await this.#askByNumber(names, servers, await this.#readAll(0)) ?? [];
  }

  /** Undefined where a number does not belong to its name. */
  async #askByNumber(
    names: readonly string[],
    servers: boolean,
    known: ReadonlyMap<string, StatisticsRow>,
  ): Promise<StatisticsRow[][] | undefined> {
    const asked = names.flatMap((name) => known.get(name) ?? []);
    // Those that HAProxy does not have are not looked for at each question.
    const isOld = this.#options.clock.monotonic() - this.#all!.at >= goodFor;
    if (asked.length < names.length && isOld) return undefined;
    if (asked.length === 0) return [];
    const answers = await this.#options.ask(asked.map(({ id }) => showBackend(id, { servers })));
    const rows = answers.map((answer) => [...readStatistics(answer)]);
    const fits = rows.every((all, index) => all[0]?.backend === asked[index]!.backend);
    return fits ? rows : undefined;
  }

  async #readAll(age: number): Promise<ReadonlyMap<string, StatisticsRow>> {
    const now = this.#options.clock.monotonic();
    if (this.#all && now - this.#all.at < age) return this.#all.rows;
    const [answer = ""] = await this.#options.ask([showAllBackends()]);
    const rows = await inSlices(rowsByBackend(answer), this.#options.clock);
    this.#all = { at: this.#options.clock.monotonic(), rows };
    return rows;
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
