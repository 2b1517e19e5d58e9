import { quoted } from "../text.ts";
import {
  type EdgeApp,
  type EdgeBackend,
  type EdgeConditions,
  type EdgeProtocol,
  type EdgeRoute,
  type EdgeRoutes,
  indexOfPort,
  readConditions,
  readProtocol,
  readRewriting,
  type Untranslated,
} from "./routes.ts";

/** The labels of a group, without `edgelb.<group>.` before them (Edge-LB, "Auto Pools", supported labels). */
const groupLabels = [
  "frontend.certificates",
  "frontend.port",
  "frontend.protocol",
  "frontend.redirectToHttps",
  "frontend.rules",
  "backend.balance",
  "backend.portName",
  "backend.protocol",
  "backend.rewriteHttp.path",
  "backend.rewriteHttp.sticky",
] as const;

type GroupLabel = typeof groupLabels[number];

/** The labels of one group of one app. */
interface Group {
  readonly app: EdgeApp;
  readonly name: string;
  /** The template, which makes a pool of its own. */
  readonly template: string;
  readonly values: ReadonlyMap<GroupLabel, string>;
  readonly delimiters: Delimiters;
}

interface Delimiters {
  readonly list: string;
  readonly item: string;
  readonly key: string;
}

/** The name of the group of an app that has no label of a group. */
const defaultGroup = "__default__";

/** The routes that the labels `edgelb.…` of apps ask for. Apps without `edgelb.expose` are not exposed. */
export function readAutoPools(apps: readonly EdgeApp[]): EdgeRoutes {
  const untranslated: Untranslated[] = [];
  const groups = apps.filter(({ labels }) => isTrue(labels["edgelb.expose"])).flatMap((app) =>
    groupsOf(app, untranslated)
  );
  const redirecting = new Set(
    groups.filter(({ values }) => values.has("frontend.redirectToHttps")).map((group) =>
      listenerOf(group, frontendOf(group)?.port)
    ),
  );
  const owners = new Map<string, Group>();
  const routes: EdgeRoute[] = [];
  for (const group of groups) {
    const backend = `${group.template} ${group.name}`;
    const owner = owners.get(backend);
    if (owner !== undefined && owner.app.id !== group.app.id) {
      untranslated.push({
        kind: "lost",
        app: group.app.id,
        subject: `edgelb.${group.name}`,
        why:
          `it shares one backend with ${owner.app.id}; HAPROXY_{n}_TRAFFIC_SHARE on both gives each its part`,
      });
      continue;
    }
    owners.set(backend, group);
    routes.push(...routesOf(group, redirecting, untranslated));
  }
  return { routes, untranslated };
}

function isTrue(text: string | undefined): boolean {
  return text?.trim().toLowerCase() === "true";
}

function listenerOf({ template }: Group, port: number | undefined): string {
  return `${template} ${port}`;
}

function groupsOf(app: EdgeApp, untranslated: Untranslated[]): Group[] {
  const { labels } = app;
  const common = {
    app,
    template: labels["edgelb.template"]?.trim() || "default",
    delimiters: {
      list: labels["edgelb.delimiter"] || ",",
      item: labels["edgelb.item_delimiter"] || "|",
      key: labels["edgelb.key_delimiter"] || ":",
    },
  };
  const settings = ["expose", "template", "delimiter", "item_delimiter", "key_delimiter"];
  const groups = new Map<string, Map<GroupLabel, string>>();
  for (const [label, value] of Object.entries(labels)) {
    const [, group, rest] = /^edgelb\.([^.]+)(?:\.(.*))?$/.exec(label) ?? [];
    if (group === undefined || (rest === undefined && settings.includes(group))) continue;
    const known = groupLabels.find((one) => one === rest);
    if (known === undefined) {
      untranslated.push({ kind: "lost", app: app.id, subject: label, why: "it is no label that is known" });
    } else groups.set(group, (groups.get(group) ?? new Map()).set(known, value.trim()));
  }
  if (groups.size === 0) groups.set(defaultGroup, new Map());
  return [...groups].map(([name, values]) => ({ ...common, name, values }));
}

/** The listener of a group, by its labels and their defaults; undefined where they contradict themselves. */
function frontendOf({ values }: Group): { protocol: EdgeProtocol; port: number } | undefined {
  const given = values.get("frontend.protocol");
  const protocol = given === undefined
    ? (values.get("frontend.certificates") ? "HTTPS" : "HTTP")
    : readProtocol(given);
  const port = values.get("frontend.port") ??
    { HTTP: "80", HTTPS: "443", TCP: undefined, TLS: undefined }[protocol ?? "TCP"];
  if (protocol === undefined || port === undefined || !/^[1-9]\d{0,4}$/.test(port)) return undefined;
  return { protocol, port: Number(port) };
}

function routesOf(group: Group, redirecting: ReadonlySet<string>, untranslated: Untranslated[]): EdgeRoute[] {
  const { app, name, values, delimiters } = group;
  const subject = (label: string) => `edgelb.${name}.${label}`;
  const lose = (label: GroupLabel, why: string, kind: Untranslated["kind"] = "lost") =>
    untranslated.push({ kind, app: app.id, subject: subject(label), why });

  const frontend = frontendOf(group);
  if (frontend === undefined) {
    const why = "expected HTTP, HTTPS, TCP or TLS, and a port from 1 to 65535, which TCP and TLS need";
    lose(values.has("frontend.port") ? "frontend.port" : "frontend.protocol", why);
    return [];
  }
  const index = indexOfPort(app, values.get("backend.portName"));
  if (typeof index === "string") {
    lose("backend.portName", index);
    return [];
  }
  const secrets = (values.get("frontend.certificates") ?? "").split(delimiters.list).map((one) => one.trim())
    .filter((one) => one !== "" && one !== "$AUTOCERT");
  if (secrets.length > 0) lose("frontend.certificates", certificateAdvice(secrets));
  if (values.get("frontend.redirectToHttps")) {
    lose("frontend.redirectToHttps", "its exceptions have no label: these requests are redirected too");
  }
  const backend = backendOf(group, frontend.protocol, lose);
  if (backend === undefined) return [];
  const redirects = redirecting.has(listenerOf(group, frontend.port));
  const rules = values.get("frontend.rules") ?? "pathBeg:/";
  return rules.split(delimiters.list).flatMap((text): EdgeRoute[] => {
    const conditions = readRule(text, delimiters);
    const read = conditions === undefined
      ? { why: `${quoted(text)} is no list of conditions such as hostEq:shop.example.com` }
      : readConditions(conditions);
    if ("why" in read) {
      lose("frontend.rules", read.why);
      return [];
    }
    if (read.isWildcard) lose("frontend.rules", wildcardNote, "differs");
    const { host, path } = read;
    return [{
      app,
      index,
      frontend: { ...frontend, redirects },
      backend,
      ...host === undefined ? {} : { host },
      ...path === undefined ? {} : { path },
      subject: subject("frontend.rules"),
    }];
  });
}

/** What a wildcard in the place of a pattern changes. */
export const wildcardNote = "the pattern becomes a wildcard, which matches whole names only";

/** What to do about the certificates of a pool. */
export function certificateAdvice(names: readonly string[]): string {
  return `the load balancer has the certificates of port 443: save ${
    names.join(", ")
  } as files for --ssl-certs`;
}

function readRule(text: string, { item, key }: Delimiters): EdgeConditions | undefined {
  const pairs = text.split(item).map((pair) => {
    const at = pair.indexOf(key);
    return at < 0 ? undefined : [pair.slice(0, at).trim(), pair.slice(at + key.length).trim()] as const;
  });
  return pairs.includes(undefined) ? undefined : Object.fromEntries(pairs as (readonly [string, string])[]);
}

function backendOf(
  { name, values, delimiters }: Group,
  frontend: EdgeProtocol,
  lose: (label: GroupLabel, why: string, kind?: Untranslated["kind"]) => void,
): EdgeBackend | undefined {
  const given = values.get("backend.protocol");
  const protocol = given === undefined ? (frontend === "HTTPS" ? "HTTP" : frontend) : readProtocol(given);
  if (protocol === undefined) {
    lose("backend.protocol", "expected HTTP, HTTPS, TCP or TLS");
    return undefined;
  }
  const balance = values.get("backend.balance");
  const sticky = values.get("backend.rewriteHttp.sticky");
  if (sticky) lose("backend.rewriteHttp.sticky", "the cookie has its own name and options here", "differs");
  const path = values.get("backend.rewriteHttp.path");
  const at = path?.indexOf(delimiters.key) ?? -1;
  const rewriting = path === undefined
    ? {}
    : at < 0
    ? { why: "expected a path, a delimiter and a path, such as /shop:/" }
    : readRewriting(path.slice(0, at), path.slice(at + delimiters.key.length));
  if ("why" in rewriting) lose("backend.rewriteHttp.path", rewriting.why);
  const prefix = "prefix" in rewriting ? rewriting.prefix : undefined;
  return {
    subject: `edgelb.${name}.backend`,
    protocol,
    sticky: sticky !== undefined,
    rewritesLocation: true,
    ...balance ? { balance } : {},
    ...prefix === undefined ? {} : { prefix },
  };
}
