import { appRow, type LiveBackends, selectApps } from "../../core/api/overview.ts";
import { QueryError, readAppQuery, readChangesQuery, required } from "../../core/api/query.ts";
import { summaryJson } from "../../core/api/summary.ts";
import { type AppExplanation, explainApp, type LiveServer } from "../../core/explain/app.ts";
import { explainUrl } from "../../core/explain/url.ts";
import type { World } from "../../core/explain/world.ts";
import { servingWorker, type ShowProc } from "../../core/haproxy/answers.ts";
import type { StatisticsRow } from "../../core/haproxy/statistics.ts";
import type { HealthLimits } from "../../core/status/health.ts";
import type { CertificateState, ControllerState } from "../../core/status/state.ts";
import { changesJson } from "../../core/status/timeline.ts";
import type { Clock } from "../system/clock.ts";
import type { ControlAnswer, ControlRoutes } from "./control.ts";
import type { NumberedOverview, Overviews } from "./overviews.ts";
import { answerPage } from "./page.ts";
import type { Statistics } from "./statistics.ts";

export interface ApiOptions {
  /**
   * What explanations are made from. The same object as long as nothing is new, undefined before the first synchronisation.
   */
  readonly world: () => World | undefined;
  /** The verdicts on the apps of that world. */
  readonly overviews: Pick<Overviews, "soon" | "generation">;
  readonly state: () => ControllerState;
  readonly limits: HealthLimits;
  readonly groups: readonly string[];
  readonly statistics: Pick<Statistics, "all" | "servers">;
  /** HAProxy's answer to `show proc`; undefined while it is busy. */
  readonly processes: () => Promise<ShowProc | undefined>;
  readonly certificates: () => Promise<readonly CertificateState[]>;
  readonly clock: Pick<Clock, "now" | "monotonic">;
}

/** Milliseconds for which certificates and processes are good enough. */
const goodFor = 2_000;

/**
 * Answers the questions of the page and of programs, from what the controller has at hand. Nothing is computed before
 * a client requests it. Lists may be of the generation before for a moment; what is said of one app or URL never is.
 */
export class Api {
  readonly #options: ApiOptions;
  readonly #certificates: () => Promise<readonly CertificateState[]>;
  readonly #processes: () => Promise<ShowProc | undefined>;

  constructor(options: ApiOptions) {
    this.#options = options;
    this.#certificates = kept(options.certificates, options.clock);
    this.#processes = kept(() => options.processes().catch(() => undefined), options.clock);
  }

  /** By method and path, as HAProxy passes them on. */
  get routes(): ControlRoutes {
    const { state } = this.#options;
    return {
      "GET /_mlb/": answerPage,
      "GET /_mlb/api/summary": json(() => this.#summary()),
      "GET /_mlb/api/apps": json((parameters) => this.#apps(parameters)),
      "GET /_mlb/api/app": json((parameters) => this.#app(parameters)),
      "GET /_mlb/api/url": json((parameters) => this.#url(parameters)),
      "GET /_mlb/api/changes": json((parameters) => ({
        changes: changesJson(state().changes, readChangesQuery(parameters)),
      })),
      "GET /_mlb/api/certificates": json(async () => ({ certificates: await this.#certificates() })),
    };
  }

  async #summary(): Promise<object> {
    const { state, limits, groups, clock } = this.#options;
    const [overview, certificates, processes] = await Promise.all([
      this.#options.overviews.soon(),
      this.#certificates(),
      this.#processes(),
    ]);
    const serving = processes && servingWorker(processes)?.pid;
    const workers = processes && [...processes.workers, ...processes.oldWorkers];
    const now = { wall: clock.now(), monotonic: clock.monotonic() };
    return summaryJson(state(), now, limits, {
      generation: overview?.generation ?? 0,
      counts: overview?.totals.counts,
      notServed: overview?.totals.reasons ?? [],
      groups,
      certificates,
      oldWorkers: workers?.filter(({ pid }) => pid !== serving),
    });
  }

  async #apps(parameters: URLSearchParams): Promise<object> {
    const query = readAppQuery(parameters);
    const { generation, entries } = await this.#overview();
    const { statistics, clock } = this.#options;
    let live: LiveBackends | undefined;
    let statisticsError: string | undefined;
    try {
      live = await statistics.all();
    } catch (error) {
      statisticsError = (error as Error).message;
    }
    const { total, entries: shown } = selectApps(entries, query, live, clock.now());
    return {
      total,
      offset: query.offset,
      generation,
      statisticsError,
      apps: shown.map((entry) => appRow(entry, live)),
    };
  }

  async #app(parameters: URLSearchParams): Promise<object> {
    const { overviews, statistics } = this.#options;
    const id = required(parameters, "id", "/shop/web");
    const world = this.#options.world() ?? fail();
    const found = explainApp(world, id);
    if ("nearest" in found) {
      throw new QueryError(404, `Marathon has no app ${JSON.stringify(id)}`, found.nearest);
    }
    const generation = overviews.generation(world);
    const names = found.services.flatMap(({ backend }) => backend ?? []);
    try {
      return { generation, ...withLive(found, await statistics.servers(names)) };
    } catch (error) {
      return { generation, ...found, statisticsError: (error as Error).message };
    }
  }

  #url(parameters: URLSearchParams): object {
    const url = required(parameters, "url", "https://shop.example.com/");
    const world = this.#options.world() ?? fail();
    try {
      return explainUrl(world, url);
    } catch (error) {
      if (error instanceof RangeError) throw new QueryError(400, error.message);
      throw error;
    }
  }

  async #overview(): Promise<NumberedOverview> {
    return await this.#options.overviews.soon() ?? fail();
  }
}

/** @throws {NotReady} always */
function fail(): never {
  throw new NotReady("No synchronisation has succeeded yet: nothing is known of Marathon's apps");
}

/** There is nothing to answer with yet. */
class NotReady extends Error {}

function withLive(
  found: AppExplanation,
  live: ReadonlyMap<string, readonly StatisticsRow[]>,
): AppExplanation {
  const services = found.services.map((service) => {
    const rows = new Map(live.get(service.backend ?? "")?.map((row) => [row.server, row]));
    const servers = service.servers.map((server) => {
      const row = rows.get(server.name);
      return row ? { ...server, live: liveServer(row) } : server;
    });
    return { ...service, servers };
  });
  return { ...found, services };
}

function liveServer({ status, check, sessions, rate, errors, weight, queue }: StatisticsRow): LiveServer {
  return { status, ...check === undefined ? {} : { check }, sessions, rate, errors, weight, queue };
}

/** Asks again only when the last answer is older than a moment. */
function kept<Value>(ask: () => Promise<Value>, clock: Pick<Clock, "monotonic">): () => Promise<Value> {
  let last: { readonly at: number; readonly value: Promise<Value> } | undefined;
  return () => {
    const at = clock.monotonic();
    if (!last || at - last.at >= goodFor) last = { at, value: ask() };
    return last.value;
  };
}

type Answer = (parameters: URLSearchParams) => object | Promise<object>;

function json(answer: Answer): (parameters: URLSearchParams) => Promise<ControlAnswer> {
  const type = "application/json; charset=utf-8";
  const headers = { "cache-control": "no-store", "x-content-type-options": "nosniff" };
  return async (parameters) => {
    try {
      return { status: 200, type, headers, body: `${JSON.stringify(await answer(parameters))}\n` };
    } catch (error) {
      const { message } = error as Error;
      const status = error instanceof QueryError ? error.status : error instanceof NotReady ? 503 : 500;
      const nearest = error instanceof QueryError ? error.nearest : undefined;
      return { status, type, headers, body: `${JSON.stringify({ error: message, nearest })}\n` };
    }
  };
}
