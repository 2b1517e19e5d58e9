import { type ApiQuestion, type ApiRow, apiTable } from "../../lib/core/api/apiTable.ts";
import { bulletList, codeBlock, wrapText } from "../../lib/core/docs/markdown.ts";

const introduction = [
  "A running instance answers what it serves and why: as a page at `http://HOST:9090/_mlb/`, and as JSON below " +
  "`/_mlb/api/`. Each view of the page has a link to the same as JSON.",
  "The API is read-only: it takes GET and HEAD. `--admin-allow` guards it like the other endpoints of the admin " +
  "port. The controller computes an answer when it is asked, beside synchronisations. A change costs the verdicts " +
  "on the apps that it touches. HAProxy is asked for statistics only then. Those in a list are at most a few seconds old.",
  "Right after a change of a large cluster, lists and counts can be those of the generation before. The answers " +
  "about one app and about a URL never are.",
  "Answers are `application/json; charset=utf-8`. Times are in ISO 8601, durations in milliseconds, unless a name " +
  "says otherwise. Members may be added.",
  "An error has a member `error` with one sentence. The status is 400 for a wrong parameter, 404 for an unknown app, " +
  "and 405 for another method. For an unknown app, `nearest` has the nearest ids. The status is 503 before the first " +
  "synchronisation, and while the controller does not answer.",
  "The same answers are on the control socket, `marathon-lb.sock` in `--run-dir`.",
];

const lines = codeBlock(
  "text",
  `global
  lua-load /marathon-lb/mlbpage.lua

listen stats
  http-request use-service lua.mlbpage if { path_beg /_mlb/ }
  http-request redirect location _mlb/ if { path / /_mlb }`,
);

/** `docs/api.md`. */
export function apiPage(): string {
  return [
    "# The page and its API",
    ...introduction.map((text) => wrapText(text)),
    "## Questions",
    ...apiTable.flatMap(question),
    "## A HEAD template of your own",
    wrapText(
      "An operator's own `HAPROXY_HEAD` template needs these lines. `/marathon-lb` is `--work-dir`, and the rules come " +
        "behind the one for `--admin-allow`:",
    ),
    lines,
  ].join("\n\n") + "\n";
}

function question({ path, meaning, example, parameters, members }: ApiQuestion): string[] {
  const url = `http://localhost:9090/_mlb/api/${path}${example && `?${example}`}`;
  return [
    `### /_mlb/api/${path}`,
    wrapText(meaning),
    codeBlock("sh", `curl '${url}'`),
    ...parameters.length > 0 ? ["Parameters:", rows(parameters)] : [],
    "Members:",
    rows(members),
  ];
}

function rows(all: readonly ApiRow[]): string {
  return bulletList(all.map(({ name, meaning }) => `\`${name}\`: ${meaning}`));
}
