import { appFilters, appSorts, limits } from "./query.ts";

/** A parameter of a question, or a member of an answer. */
export interface ApiRow {
  readonly name: string;
  readonly meaning: string;
}

/** One question that the API answers. */
export interface ApiQuestion {
  /** Below `/_mlb/api/`. */
  readonly path: string;
  readonly meaning: string;
  /** The query of an example; empty where it needs none. */
  readonly example: string;
  readonly parameters: readonly ApiRow[];
  /** Members of the answer, in JSON. */
  readonly members: readonly ApiRow[];
}

const listed = (values: Readonly<Record<string, string>>) =>
  Object.entries(values).map(([name, meaning]) => `\`${name}\`: ${meaning}`).join(". ") + ".";

const statisticsError: ApiRow = {
  name: "statisticsError",
  meaning: "why HAProxy gave no statistics; absent where it did",
};

/** Every question of the API: `docs/api.md` is made of it, and a test compares it with the answers. */
export const apiTable: readonly ApiQuestion[] = [
  {
    path: "summary",
    meaning: "What the header of the page shows: health, counts, and why apps are not served.",
    example: "",
    parameters: [],
    members: [
      { name: "version", meaning: "the version of marathon-lb" },
      { name: "now", meaning: "the time of the answer" },
      { name: "startedAt", meaning: "when the controller started" },
      { name: "healthy", meaning: "whether `/_mlb_health` answers 200" },
      { name: "reasons", meaning: "one sentence for each thing that is wrong" },
      { name: "groups", meaning: "the groups that this load balancer serves" },
      { name: "generation", meaning: "a number that grows when the apps or what serves them change" },
      {
        name: "counts",
        meaning: "`apps`, `served`, `partly`, `notServed`; absent before the first synchronisation",
      },
      {
        name: "notServed",
        meaning: "for each code: `code`, `severity`, `meaning`, `hint`, and how many `apps` have it",
      },
      {
        name: "haproxy",
        meaning: "`up`, `since`, `restarts`, and `oldWorkers` with `pid`, `reloads`, `seconds`, `version`",
      },
      {
        name: "eventStream",
        meaning: "`source`, `up`, `since`, `reason`, `reconnects`; absent when polling",
      },
      { name: "lastSynchronisation", meaning: "the last one that succeeded: `at`, `reasons`, `outcome`" },
      { name: "failing", meaning: "while synchronisations fail: `since`, `stage`, `message`" },
      {
        name: "reloads",
        meaning: "`ok`, `failed`, and the `last` 20 with `at`, `reasons`, `milliseconds`, `failure`",
      },
      { name: "runtimeCommands", meaning: "how many runtime commands HAProxy followed" },
      { name: "certificates", meaning: "their `count`, and the `nearest` to expire" },
    ],
  },
  {
    path: "apps",
    meaning: "A part of the list of apps.",
    example: "filter=not-served&limit=20",
    parameters: [
      {
        name: "q",
        meaning: "words that all have to be in the id, a vhost, a port (`:80`) or an agent's name",
      },
      { name: "filter", meaning: listed(appFilters) },
      { name: "code", meaning: "only apps with this code of a reason" },
      { name: "sort", meaning: listed(appSorts) },
      { name: "offset", meaning: "how many apps to leave out at the start; 0 by default" },
      {
        name: "limit",
        meaning: `how many apps to answer: 1 to ${limits.apps.most}, ${limits.apps.usual} by default`,
      },
    ],
    members: [
      { name: "total", meaning: "how many apps match" },
      { name: "offset", meaning: "as asked for" },
      { name: "generation", meaning: "as in the summary" },
      statisticsError,
      {
        name: "apps",
        meaning:
          "One row for each. `app`, `standing` (`served`, `partly`, `not-served`), `codes`. `message` and `hint` of " +
          "the first reason. `vhosts` and `ports`. `total`: its servers in the configuration. `up`: those that get " +
          "traffic. `draining`, `rate`, `sessions` and `errors`.",
      },
    ],
  },
  {
    path: "app",
    meaning: "The chain from one app to its servers, with live statistics of each server.",
    example: "id=/shop/web",
    parameters: [{ name: "id", meaning: "the id of the app" }],
    members: [
      { name: "generation", meaning: "as in the summary" },
      { name: "app", meaning: "its id" },
      { name: "labelled", meaning: "whether it has a label of marathon-lb" },
      { name: "standing", meaning: "`served`, `partly` or `not-served`" },
      { name: "reasons", meaning: "why: `code`, `message`, `hint`, `index` of the service, `since`" },
      {
        name: "services",
        meaning:
          "for each port: its verdict, `rules` that lead to it, generated `lines` with their origin, and " +
          "`servers` with `live`: `status`, `check`, `sessions`, `rate`, `errors`, `weight`, `queue`. " +
          "A closed port is `closedPort` and not `port`",
      },
      { name: "labels", meaning: "`name`, `value`, how it was `read`, and the `reason` where it is wrong" },
      {
        name: "tasks",
        meaning: "`id`, `host`, `state`, and whether each is a `server` or `left-out`, with the `reason`",
      },
      statisticsError,
    ],
  },
  {
    path: "url",
    meaning: "Where a request for a URL goes.",
    example: "url=https://shop.example.com/cart",
    parameters: [{ name: "url", meaning: "a URL of HTTP or HTTPS, percent-encoded" }],
    members: [
      { name: "url", meaning: "as asked for" },
      { name: "scheme", meaning: "`http` or `https`" },
      { name: "host", meaning: "the host of the URL" },
      { name: "port", meaning: "the port of the URL" },
      { name: "path", meaning: "the path of the URL" },
      { name: "frontend", meaning: "the frontend that accepts the connection" },
      {
        name: "matched",
        meaning: "the rule that decides: `app`, `index`, `backend`, `rule`, `why`, `servers`",
      },
      {
        name: "also",
        meaning: "what else would match, in the order of the rules: `app`, `index`, `rule`, `why`",
      },
      { name: "reasons", meaning: "why nothing matches, with the nearest vhosts" },
    ],
  },
  {
    path: "changes",
    meaning: "The last changes, the newest first.",
    example: "limit=10",
    parameters: [{ name: "limit", meaning: `how many: 1 to ${limits.changes.most}, all by default` }],
    members: [{
      name: "changes",
      meaning:
        "One row for each. `at`, and `how`: `nothing`, `commands`, `reload`, `failed` or `held`. `what` changed. " +
        "Which events `asked` for it. `apps` that differ in Marathon, and `appCount`, their number. Runtime " +
        "`commands`. `why` it failed, or why it needs a reload. `milliseconds`, and `times` that it came in a row.",
    }],
  },
  {
    path: "certificates",
    meaning: "The certificates that HAProxy serves, as they are on disk.",
    example: "",
    parameters: [],
    members: [{
      name: "certificates",
      meaning: "for each file: `path`, `subject`, `names`, `serial`, `notAfter`, or `error`",
    }],
  },
];
