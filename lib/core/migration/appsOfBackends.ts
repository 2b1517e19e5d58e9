import type { Maps } from "./compareMaps.ts";
import type { Difference } from "./Difference.ts";
import type { ParsedConfiguration } from "./parseSections.ts";
import { readStatements } from "./Statement.ts";

/** The apps of backends, as the frontend says that chooses by app id. */
export function appsByRules({ sections }: ParsedConfiguration): Map<string, string> {
  const apps = new Map<string, string>();
  const section = sections.get("frontend marathon_http_appid_in");
  for (const { action, condition } of section ? readStatements(section) : []) {
    const [value] = condition?.anyOf[0]?.[0]?.atoms ?? [];
    const [, backend] = /^use_backend (\S+)$/.exec(action) ?? [];
    if (backend !== undefined && value?.value.startsWith("/")) apps.set(backend, value.value);
  }
  return apps;
}

/** The apps of backends, as the map says that chooses by app id. */
export function appsByMap(maps: Maps): [string, string][] {
  return (maps["app2backend.map"] ?? "").split("\n").flatMap((line) => {
    const [app = "", backend = ""] = line.trim().split(/\s+/);
    return app.startsWith("/") && backend !== "" ? [[backend, app]] : [];
  });
}

/** The difference with the app that its section or its rule belongs to. */
export function withApp(difference: Difference, apps: ReadonlyMap<string, string>): Difference {
  if (difference.app !== undefined) return difference;
  const [, backend] = /^use_backend (\S+)/.exec(difference.before ?? difference.after ?? "") ?? [];
  const app = apps.get(difference.section.replace(/^\S+ /, "").replace(/^user_/, "")) ??
    (backend === undefined ? undefined : apps.get(backend));
  return app === undefined ? difference : { ...difference, app };
}
