import type { Style } from "../../lib/core/style.ts";
import { systemClock } from "../../lib/shell/system/clock.ts";
import type { Screen } from "../../lib/shell/system/terminal.ts";
import { pause } from "../simulated-marathon/pause.ts";
import { demoApps } from "./apps.ts";
import type { DemoPorts } from "./marathonLb.ts";
import { describeAsBlock, describeAsLine, type Snapshot, Tally } from "./tally.ts";
import { keepAsking, type Route } from "./traffic.ts";

/** What to open in a browser and to ask with curl, as lines. */
export function howToOpen(
  { http, https, appId, admin, services }: DemoPorts,
  marathonUrl: string,
  use: Style,
): string[] {
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
    use.emphasis("Open"),
    `  http://web.localhost:${http}/ and ${at(admin, "/haproxy?stats")}`,
    use.emphasis("Ask"),
    ...commands.map(([command, what]) => `  ${command.padEnd(width)}  ${use.quiet(`# ${what}`)}`),
  ];
}

/**
 * Sends requests by all routes and shows which tasks answer, until the signal is aborted. Resolves to the final state.
 */
export async function watchTraffic(
  routes: readonly Route[],
  { screen, use }: { screen: Screen; use: Style },
  signal: AbortSignal,
): Promise<Snapshot> {
  /** Milliseconds between two lines where there is no block. */
  const interval = 1000;
  const tally = new Tally(screen.isLive ? 2000 : interval);
  const began = systemClock.monotonic();
  const snapshot = (): Snapshot => {
    const now = systemClock.monotonic();
    return {
      seconds: (now - began) / 1000,
      requests: tally.requests,
      failures: tally.failures,
      apps: demoApps.map(({ id }) => ({ id, tasks: tally.recent(id, now) })),
    };
  };
  const keepShowing = async () => {
    if (screen.isLive) screen.show(() => describeAsBlock(snapshot(), use));
    while (await pause(systemClock, interval, signal)) {
      if (!screen.isLive) screen.log(describeAsLine(snapshot()));
    }
    screen.end();
  };
  await Promise.all([
    keepShowing(),
    ...routes.map((route) =>
      keepAsking(route, (answer) => {
        tally.add(answer, systemClock.monotonic());
        if ("problem" in answer) screen.log(use.failure(`failed: ${answer.problem}`));
      }, signal)
    ),
  ]);
  return snapshot();
}
