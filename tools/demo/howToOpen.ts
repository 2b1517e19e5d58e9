import { demoApps } from "./demoApps.ts";
import type { DemoPorts } from "./DemoPorts.ts";

/** What to open in a browser and to ask with curl, as lines. */
export function howToOpen({ http, https, appId, admin, services }: DemoPorts, marathonUrl: string): string[] {
  const echo = services[demoApps.findIndex(({ id }) => id === "/echo")];
  const at = (port: number | undefined, path = "/") => `http://127.0.0.1:${port}${path}`;
  const commands: [command: string, what: string][] = [
    [`curl -H 'Host: web.localhost' ${at(http)}`, "a virtual host"],
    [`curl -H 'Host: shop.localhost' ${at(http, "/cart")}`, "a path under a virtual host"],
    [`curl -k --resolve web.localhost:${https}:127.0.0.1 https://web.localhost:${https}/`, "over HTTPS"],
    [`curl -k -H 'Host: api.localhost' https://127.0.0.1:${https}/`, "over HTTPS, by the header"],
    [`curl -H 'X-Marathon-App-Id: /api' ${at(appId)}`, "by app id"],
    [`curl ${at(echo)}`, "a service port, in TCP mode"],
    [`curl ${at(admin, "/metrics")}`, "Prometheus metrics"],
    [`curl ${at(admin, "/_haproxy_getconfig")}`, "the configuration"],
    [`curl ${at(admin, "/_haproxy_getpids")}`, "HAProxy's processes"],
    [`curl '${marathonUrl}/v2/apps?embed=apps.tasks'`, "what Marathon says"],
    [`curl -X PUT -d '{"instances": 5}' ${marathonUrl}/v2/apps/web`, "scale an app"],
  ];
  const width = Math.max(...commands.map(([command]) => command.length));
  return [
    "Open",
    `  http://web.localhost:${http}/ and ${at(admin, "/haproxy?stats")}`,
    "Ask",
    ...commands.map(([command, what]) => `  ${command.padEnd(width)}  # ${what}`),
  ];
}
