import { parseLine } from "../directives/line.ts";
import { parseBindRanges } from "./binds.ts";
import { type Atom, readAtoms, readCondition } from "../directives/conditions.ts";
import type { ConfigurationFiles } from "../plan/plan.ts";
import { canonicalAddress } from "../model/service.ts";
import { addTo, type BindHolder, type Incumbents, nameOf, type RouteHolder } from "../model/incumbents.ts";
import type { PathPrefix } from "../model/routes.ts";

/** More ports than a service has. A frontend with more of them does not belong to a service. */
const mostPorts = 16;

const root: PathPrefix = { path: "/", ignoreCase: false };

/** The lines of a section that show which app holds what. */
interface Section {
  readonly name: string;
  readonly binds: { readonly port: number; readonly address: string }[];
  readonly acls: Map<string, Atom[]>;
  readonly uses: {
    readonly backend: string;
    readonly keyword: string;
    readonly condition: readonly string[];
  }[];
}

/**
 * What the files of an earlier process hold: names of backends, ports of their frontends, vhosts and paths that lead to
 * them. The templates may be the operator's, so what cannot be read is unknown and has no holder.
 */
export function readIncumbents({ text, maps }: Pick<ConfigurationFiles, "text" | "maps">): Incumbents {
  const { sections, backends } = readSections(text);
  const { ids, only } = appIds(sections, maps["app2backend.map"]);
  const ownerOf = (backend: string) => ids.get(backend) ?? only.get(idIn(backend)) ?? idIn(backend);
  const names = new Map(backends.filter(isService).map((name) => [name, ids.get(name) ?? idIn(name)]));

  const binds = new Map<number, BindHolder[]>();
  const routes = new Map<string, RouteHolder[]>();
  let rank = 0;
  const hold = (host: string, path: PathPrefix & { passes?: true }, owner: string) => {
    const isKnown = routes.get(host)?.some((one) =>
      one.owner === owner && one.path === path.path && one.passes === path.passes
    );
    if (!isKnown) addTo(routes, host, { ...path, owner, rank: rank++ });
  };
  const holdMapped = () => {
    for (const [host, backend] of readMap(maps["domain2backend.map"])) {
      if (names.has(backend)) hold(host, root, ownerOf(backend));
    }
  };
  for (const { binds: asked, acls, uses } of sections) {
    for (const { backend, keyword, condition } of uses) {
      // The hosts of the map rank at the place of the look-up.
      if (backend.includes("domain2backend.map")) holdMapped();
      if (!names.has(backend)) continue;
      if (keyword === "") {
        for (const bind of asked) {
          addTo(binds, bind.port, { address: bind.address, owner: names.get(backend)! });
        }
        continue;
      }
      for (const { host, path } of routesOf(keyword, condition, acls)) hold(host, path, ownerOf(backend));
    }
  }
  holdMapped();
  return { names, binds, routes };
}

function readSections(text: string): { sections: Section[]; backends: string[] } {
  const sections: Section[] = [];
  const backends: string[] = [];
  let current: Section | undefined;
  for (const line of text.split("\n")) {
    // A fast test first, as most lines are servers.
    if (
      !/^\s*(?:frontend|listen|backend|global|defaults|userlist|bind|acl|use_backend|default_backend)\b/.test(
        line,
      )
    ) {
      continue;
    }
    const [keyword = "", name = "", ...rest] = parseLine(line).words.map((word) => word.text);
    switch (keyword) {
      case "bind":
        current?.binds.push(...bindsOf(line));
        break;
      case "acl":
        if (current) { for (const atom of readAtoms(rest)) addTo(current.acls, name, atom); }
        break;
      case "use_backend":
      case "default_backend":
        current?.uses.push({ backend: name, keyword: rest[0] ?? "", condition: rest.slice(1) });
        break;
      default:
        if (keyword === "backend") backends.push(name);
        current = keyword === "frontend" ? { name, binds: [], acls: new Map(), uses: [] } : undefined;
        if (current) sections.push(current);
    }
  }
  return { sections, backends };
}

function bindsOf(line: string): Section["binds"] {
  return parseBindRanges(line).flatMap(({ host, low, high }) =>
    high - low >= mostPorts ? [] : Array.from({ length: high - low + 1 }, (_, index) => ({
      port: low + index,
      address: canonicalAddress(host),
    }))
  );
}

function routesOf(keyword: string, condition: readonly string[], acls: Section["acls"]) {
  const { unless, anyOf } = readCondition(keyword, condition, acls);
  if (unless) return [];
  return anyOf.flatMap((terms) => {
    const atoms = terms.filter(({ negated }) => !negated).flatMap((term) => term.atoms);
    const hostsBy = (fetch: RegExp) =>
      atoms.flatMap(({ test, value }) =>
        fetch.test(test) ? [/-m end\b/.test(test) ? `*${value.toLowerCase()}` : value.toLowerCase()] : []
      );
    const hosts = hostsBy(/^(?:req\.)?hdr\(host\)/i);
    const passed = hostsBy(/^req\.ssl_sni\b/).map((host) => ({
      host,
      path: { ...root, passes: true as const },
    }));
    const paths = atoms.filter(({ test }) => /^path(?:_beg|.* -m beg)\b/.test(test)).map((
      { test, value },
    ): PathPrefix => ({
      path: value,
      ignoreCase: / -i\b/.test(test) && value !== "/",
    }));
    const all = paths.length > 0 ? paths : [root];
    return [...hosts.flatMap((host) => all.map((path) => ({ host, path }))), ...passed];
  });
}

/**
 * The ids of apps by backend, and by the form that they have in names of backends where only one app has it. Both come
 * from the rules and the map that choose a backend by app id.
 */
function appIds(sections: readonly Section[], map: string) {
  const ids = new Map<string, string>();
  const byRule = sections.flatMap(({ acls, uses }) =>
    uses.flatMap(({ backend, keyword, condition }) => {
      if (keyword !== "if") return [];
      const atoms = readCondition(keyword, condition, acls).anyOf.flat().flatMap((term) => term.atoms);
      return atoms.filter(({ test }) => /hdr\(x-marathon-app-id\)/i.test(test))
        .map(({ value }): [string, string] => [value, backend]);
    })
  );
  const seen = new Map<string, Set<string>>();
  for (const [id, backend] of [...byRule, ...readMap(map)]) {
    // An id that the map has in lower case only may belong to another app.
    if (!id.startsWith("/") || nameOf(id) !== idIn(backend)) continue;
    ids.set(backend, id);
    seen.set(nameOf(id), (seen.get(nameOf(id)) ?? new Set()).add(id));
  }
  const only = new Map(
    [...seen].flatMap(([name, [id, ...others]]) => others.length > 0 ? [] : [[name, id!]]),
  );
  return { ids, only };
}

function readMap(text: string): [key: string, backend: string][] {
  return text.split("\n").flatMap((line): [string, string][] => {
    const [key = "", backend = ""] = line.trim().split(/\s+/);
    return backend === "" || key.startsWith("#") ? [] : [[key, backend]];
  });
}

/** Whether a backend has the name of a service's: the app's id and the port. */
function isService(backend: string): boolean {
  return /._\d+$/.test(backend);
}

/** The app's id as it stands in the name of a backend. */
function idIn(backend: string): string {
  return backend.replace(/_\d+$/, "");
}
