import { isMapped, isWildcard, pathsOf } from "../model/routes.ts";
import { backendName, type Service } from "../model/service.ts";
import type { Chunk, Configuration } from "../render/configuration.ts";
import type { RenderContext } from "../render/context.ts";

/** A way by which requests reach a service. */
export interface ServiceRule {
  /** The name of the frontend in the configuration. */
  readonly frontend: string;
  readonly kind: "vhost" | "port" | "app-id" | "map";
  readonly host?: string;
  readonly path?: string;
  /** The lines of the configuration; with a map, the look-up and the line of the map. */
  readonly lines: readonly string[];
}

/** The names of the frontends that all services share. */
export const sharedFrontends = {
  http: "marathon_http_in",
  https: "marathon_https_in",
  appid: "marathon_http_appid_in",
} as const;

/** The frontend at the HTTPS port where some services pass TLS through, without `--group-https-by-vhost`. */
export const sniFrontend = "marathon_https_sni_in";

/** The data that rules are made of. */
interface RuleSource {
  readonly configuration: Configuration;
  readonly render: RenderContext;
}

/** The lines that frontends have of services: by frontend, then by app and index of the service. */
export type FrontendLines = ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>;

/**
 * Reads from a configuration which of these services have which lines in which frontend, in their order. Lines that look a map
 * up belong to all services, and are there whichever service has them.
 */
export function frontendLines(
  { chunks, maps }: Pick<Configuration, "chunks" | "maps">,
  services: readonly Service[],
): FrontendLines {
  const asked = new Set(services.map(keyOf));
  const apps = new Set(services.map(({ appId }) => appId));
  const hasLookUps = maps["domain2backend.map"] !== "" || maps["app2backend.map"] !== "";
  const found = new Map<string, Map<string, string[]>>();
  /** The last piece that was asked for, and the piece in which its section begins. */
  let [before, opening] = [-1, ""];
  for (let place = 0; place < chunks.length; place++) {
    const { text, service, backend } = chunks[place]!;
    if (backend || !service) continue;
    const isAsked = apps.has(service.appId) && asked.has(keyOf(service));
    if (!isAsked && !(hasLookUps && text.includes(mapSuffix))) continue;
    opening = openingOf(chunks, place, before) ?? opening;
    before = place;
    const frontend = frontendOf(opening);
    if (frontend === undefined) continue;
    const key = keyOf(service);
    const lines = found.get(frontend) ?? new Map<string, string[]>();
    found.set(frontend, lines);
    lines.set(key, [...lines.get(key) ?? [], ...linesOf(text)]);
  }
  return found;
}

/** The last piece up to `place`, and behind `before`, in which a section begins. */
function openingOf(chunks: readonly Chunk[], place: number, before: number): string | undefined {
  for (let at = place; at > before; at--) {
    const { text, backend } = chunks[at]!;
    if (!backend && sectionStart.test(text)) return text;
  }
  return undefined;
}

const sectionStart = /^(?:frontend|backend|listen|userlist|defaults|global)\b/m;
const sectionStarts = new RegExp(`${sectionStart.source}.*$`, "gm");

/** The frontend that the last section of a piece is; undefined where it is none. */
function frontendOf(piece: string): string | undefined {
  const begun = piece.match(sectionStarts)?.at(-1);
  return begun === undefined ? undefined : /^(?:frontend|listen)\s+(\S+)/.exec(begun)?.[1];
}

/** How the names of the map files end. */
const mapSuffix = "2backend.map";

/** The key of a service among those of its configuration. */
export function keyOf({ appId, index }: Pick<Service, "appId" | "index">): string {
  return `${appId} ${index}`;
}

/** The ways that lead to a service, with their lines. */
export function rulesIn(service: Service, found: FrontendLines, world: RuleSource): ServiceRule[] {
  const { render, configuration: { maps } } = world;
  const { VHOST = [], PATH, REDIRECT_TO_HTTPS: redirects } = service.labels;
  const [backend, key] = [backendName(service), keyOf(service)];
  const rules: ServiceRule[] = [];
  const isMappedHere = isMapped(service, render.haproxyMap);
  const inMap = { http: isMappedHere && !redirects, https: isMappedHere && !render.groupHttpsByVhost };
  const shared = new Set<string>(Object.values(sharedFrontends));
  const where = VHOST.flatMap((host) =>
    pathsOf(PATH).map(({ path }) => ({ host, ...path === "/" ? {} : { path } }))
  );
  for (const [frontend, lines] of found) {
    const own = lines.get(key);
    if (shared.has(frontend) || own === undefined) continue;
    if (own.some((line) => line.startsWith("frontend ") || line.startsWith("listen "))) {
      rules.push({ frontend, kind: "port", lines: own });
    } // A frontend of one vhost (--group-https-by-vhost).
    else rules.push({ frontend, kind: "vhost", lines: own });
  }
  for (const scheme of render.bindHttpHttps ? ["http", "https"] as const : []) {
    const frontend = sharedFrontends[scheme];
    const own = found.get(frontend)?.get(key) ?? [];
    for (const one of where) {
      if (!inMap[scheme]) {
        if (own.length > 0) rules.push({ frontend, kind: "vhost", ...one, lines: own });
        continue;
      }
      const lines = [
        ...lookupsIn(found, frontend, "domain2backend.map"),
        ...linesOf(maps["domain2backend.map"]).filter((line) => line === `${one.host} ${backend}`),
      ];
      rules.push({ frontend, kind: "map", ...one, lines });
    }
  }
  const asked = `${service.appId.toLowerCase()} ${backend}`;
  const byId = render.haproxyMap
    ? linesOf(maps["app2backend.map"]).filter((line) => line === asked)
    : found.get(sharedFrontends.appid)?.get(key) ?? [];
  if (byId.length > 0) {
    const lookups = render.haproxyMap ? lookupsIn(found, sharedFrontends.appid, "app2backend.map") : [];
    rules.push({ frontend: sharedFrontends.appid, kind: "app-id", lines: [...lookups, ...byId] });
  }
  return rules;
}

/** The rules of a frontend that look up a map, each from the first service that needs it. */
function lookupsIn(found: FrontendLines, frontend: string, map: string): string[] {
  return [...found.get(frontend)?.values() ?? []].flat().filter((line) => line.includes(map));
}

function linesOf(text: string): string[] {
  return text.split("\n").map((line) => line.trim()).filter((line) => line !== "");
}

/** Whether a vhost stands for a host of a request. @param host in lower case, without a port */
export function vhostMatches(vhost: string, host: string): boolean {
  return isWildcard(vhost) ? host.endsWith(vhost.slice(1)) : host === vhost;
}
