import { createHash } from "node:crypto";
import { hostMatch, ruleWeight } from "../model/routes.ts";
import { type SharedRoute, type ShareGroup, shareGroups } from "../model/shares.ts";
import { backendName, type Service } from "../model/service.ts";
import { cookieValue } from "./names.ts";

/** What the services that share requests add to the frontends of vhosts. */
export interface RenderedShares {
  /** The text of `share.map`; empty where no requests are shared. */
  readonly map: string;
  /**
   * The rules that choose a side, for a place before all other rules of a frontend.
   *
   * @param host that frontend's only vhost; undefined for a frontend of all
   */
  choice(scheme: "http" | "https", host?: string): string;
  /** The rules that lead to the chosen sides, for a place before the first rule of a service. */
  routing(scheme: "http" | "https", service: Service, host?: string): string;
}

/**
 * Renders how services share requests. The weights are in a map alone, so that a change of them needs no reload.
 *
 * @param haproxyDir directory of the map
 */
export function renderShares(services: readonly Service[], haproxyDir: string): RenderedShares {
  const groups = shareGroups(services).map((group) => ({
    group,
    first: firstOf(group),
    values: valuesOf(group, `${haproxyDir}/share.map`),
  }));
  // Where several match, the longest path decides, as far as their services have the same place.
  groups.sort((a, b) => longestPath(b.group) - longestPath(a.group));
  const shown = (scheme: "http" | "https", host?: string) =>
    groups.flatMap(({ group, first, values }) => {
      // HAProxy redirects before it looks for a backend.
      if (scheme === "http" && group.sides.some(({ service }) => service.labels.REDIRECT_TO_HTTPS)) return [];
      const routes = group.routes.filter((route) => host === undefined || route.host === host);
      return routes.length === 0 ? [] : [{ first, values, routes: routes.map(condition) }];
    });
  const map = groups.flatMap(({ group, values }) =>
    group.sides.map(({ weight }, index) => `${values.sides[index]!.key} ${weight}\n`)
  );
  return {
    map: map.join(""),
    choice: (scheme, host) =>
      shown(scheme, host).map(({ values, routes }) => choiceRules(values, routes)).join(""),
    routing: (scheme, service, host) => {
      if (!groups.some(({ first }) => first === service)) return "";
      return shown(scheme, host).filter(({ first }) => first === service).map(({ values: { own } }) =>
        `  use_backend %[var(${own}_to)] if { var(${own}_to) -m found }\n`
      ).join("");
    },
  };
}

/** The side whose rules come first: those of the highest weight, else the first. */
function firstOf({ sides }: ShareGroup): Service {
  const [first] = sides.toSorted((a, b) => ruleWeight(b.service) - ruleWeight(a.service));
  return first!.service;
}

function longestPath({ routes }: ShareGroup): number {
  return Math.max(...routes.map(({ path }) => path.length));
}

function condition({ host, path, ignoreCase }: SharedRoute): string {
  const beginning = path === "/" ? "" : ` { path_beg ${ignoreCase ? "-i " : ""}${path} }`;
  return `{ req.hdr(host),host_only ${hostMatch(host)} }${beginning}`;
}

function valuesOf({ sides, sticky }: ShareGroup, map: string) {
  const backends = sides.map(({ service }) => backendName(service));
  const id = createHash("sha1").update(backends.join(" ")).digest("hex").slice(0, 10);
  return {
    map,
    /** What the names of its variables begin with. */
    own: `txn.share_${id}`,
    cookie: sticky ? `mlb_share_${id}` : undefined,
    // A service may be a side of several groups.
    sides: backends.map((backend) => ({ backend, key: `${backend}@${id}`, value: cookieValue(backend) })),
  };
}

/**
 * The rules that choose a side of a group, which `txn.share_ID_to` names then. They add the weights of the sides up, in
 * `txn.share_ID_1` and so on, and draw a number below the sum. Each side has the numbers from the sum before it up to its own.
 * They are no template: the variables belong together.
 *
 * @param routes a condition for each host and path
 */
function choiceRules({ own, map, cookie, sides }: ReturnType<typeof valuesOf>, routes: readonly string[]) {
  const isShared = `{ var(${own}) -m found }`;
  const isNew = `{ var(${own}_new) -m found }`;
  const hasServer = (backend: string) => `{ nbsrv(${backend}) gt 0 }`;
  const weight = (key: string) => `str(${key}),map_str_int(${map},0)`;
  const set = (name: string, value: string, condition: string) =>
    `http-request set-var(${own}${name}) ${value} if ${condition}`;
  const all = `${own}_${sides.length}`;
  const rules = [
    ...routes.map((route) => set("", "bool(1)", route)),
    set("_0", "int(0)", isShared),
    ...sides.flatMap(({ backend, key }, index) => [
      set(`_${index + 1}`, weight(key), `${isShared} ${hasServer(backend)}`),
      set(`_${index + 1}`, `var(${own}_${index + 1},0),add(${own}_${index})`, isShared),
    ]),
    ...cookie === undefined ? [] : [
      ...sides.map(({ backend, key, value }) =>
        set(
          "_to",
          `str(${backend})`,
          `${isShared} { req.cook(${cookie}) -m str ${value} } ${hasServer(backend)} { ${weight(key)} gt 0 }`,
        )
      ),
      set("_new", "bool(1)", `${isShared} !{ var(${own}_to) -m found }`),
    ],
    // Where no side has a server, they fail as they are weighted.
    set("_none", "bool(1)", `{ var(${all}) -m int 0 }`),
    ...sides.map(({ key }, index) =>
      set(`_${index + 1}`, `${weight(key)},add(${own}_${index})`, `{ var(${own}_none) -m found }`)
    ),
    set("_at", `rand,mod(${all})`, isShared),
    ...sides.map(({ backend }, index) =>
      set(
        "_to",
        `str(${backend})`,
        `${isShared} !{ var(${own}_to) -m found } { var(${own}_at),sub(${own}_${index + 1}) lt 0 }`,
      )
    ),
    // By the backend that answers: another rule may have come first. As with the cookie of a server, caches keep no answer.
    ...cookie === undefined ? [] : sides.flatMap(({ backend, value }) => [
      `http-response add-header Set-Cookie "${cookie}=${value}; path=/; HttpOnly; SameSite=Lax" if ${isNew} { be_name ${backend} }`,
      `http-response add-header Cache-Control private if ${isNew} { be_name ${backend} }`,
    ]),
  ];
  return rules.map((rule) => `  ${rule}\n`).join("");
}
