/** An invalid question. The message is one sentence that names the parameter, its value and what was expected. */
export class QueryError extends Error {
  constructor(readonly status: 400 | 404, message: string, readonly nearest?: readonly string[]) {
    super(message);
  }
}

/** Which apps a list contains. */
export const appFilters = {
  "not-served": "not served, or not as they ask for",
  down: "a service has no server that HAProxy sends requests to",
  degraded: "HAProxy sends requests to a part of the servers only",
  draining: "a task drains",
  changed: "the app changed in the last hour",
} as const;

export type AppFilter = keyof typeof appFilters;

/** The order of a list of apps. */
export const appSorts = {
  name: "by id",
  rate: "sessions a second, the most first",
  errors: "failed connections, failed answers and answers of 5xx, the most first",
} as const;

export type AppSort = keyof typeof appSorts;

/** The greatest number of entries of an answer, and the number if the question names none. */
export const limits = { apps: { most: 500, usual: 100 }, changes: { most: 500, usual: 500 } } as const;

export interface AppQuery {
  /** Words that all have to occur: in the id, a vhost, a port or the name of an agent. */
  readonly words: readonly string[];
  readonly filter?: AppFilter;
  /** A code of `docs/problems.md`. */
  readonly code?: string;
  readonly sort: AppSort;
  readonly offset: number;
  readonly limit: number;
}

/** @throws {QueryError} when a parameter has an invalid value */
export function readAppQuery(parameters: URLSearchParams): AppQuery {
  const filter = oneOf(parameters, "filter", Object.keys(appFilters) as AppFilter[]);
  const code = parameters.get("code") || undefined;
  return {
    words: (parameters.get("q") ?? "").toLowerCase().split(/\s+/).filter((word) => word !== ""),
    ...filter === undefined ? {} : { filter },
    ...code === undefined ? {} : { code },
    sort: oneOf(parameters, "sort", Object.keys(appSorts) as AppSort[]) ?? "name",
    offset: whole(parameters, "offset", 0, Number.MAX_SAFE_INTEGER) ?? 0,
    limit: whole(parameters, "limit", 1, limits.apps.most) ?? limits.apps.usual,
  };
}

/** How many changes the question asks for. @throws {QueryError} */
export function readChangesQuery(parameters: URLSearchParams): number {
  return whole(parameters, "limit", 1, limits.changes.most) ?? limits.changes.usual;
}

/** A required parameter. @throws {QueryError} */
export function required(parameters: URLSearchParams, name: string, example: string): string {
  const value = parameters.get(name)?.trim();
  if (value) return value;
  throw new QueryError(400, `The parameter ${name} is missing: ask for ?${name}=${example}`);
}

function oneOf<Value extends string>(
  parameters: URLSearchParams,
  name: string,
  values: readonly Value[],
): Value | undefined {
  const given = parameters.get(name);
  if (!given) return undefined;
  const value = values.find((value) => value === given);
  if (value !== undefined) return value;
  throw new QueryError(
    400,
    `The parameter ${name} is ${JSON.stringify(given)}; expected ${values.slice(0, -1).join(", ")} or ${
      values.at(-1)
    }`,
  );
}

function whole(parameters: URLSearchParams, name: string, least: number, most: number): number | undefined {
  const given = parameters.get(name);
  if (!given) return undefined;
  const value = /^\d{1,16}$/.test(given) ? Number(given) : NaN;
  if (value >= least && value <= most) return value;
  const range = most === Number.MAX_SAFE_INTEGER ? `of ${least} or more` : `from ${least} to ${most}`;
  throw new QueryError(
    400,
    `The parameter ${name} is ${JSON.stringify(given)}; expected a whole number ${range}`,
  );
}
