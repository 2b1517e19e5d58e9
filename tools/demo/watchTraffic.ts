import { systemClock } from "../../lib/shell/clock/systemClock.ts";
import { pause } from "../simulated-marathon/pause.ts";
import { demoApps } from "./demoApps.ts";
import { describeAsBlock, describeAsLine, type Snapshot } from "./describeTally.ts";
import { keepAsking } from "./keepAsking.ts";
import type { Route } from "./Route.ts";
import type { Screen } from "./Screen.ts";
import { Tally } from "./Tally.ts";

/** Asks by all routes and shows who answers until the signal is aborted; resolves to how it was at the end. */
export async function watchTraffic(
  routes: readonly Route[],
  screen: Screen,
  signal: AbortSignal,
): Promise<Snapshot> {
  const interval = screen.isLive ? 250 : 1000;
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
    while (await pause(systemClock, interval, signal)) {
      if (screen.isLive) screen.show(describeAsBlock(snapshot()));
      else screen.log(describeAsLine(snapshot()));
    }
    screen.show([]);
  };
  await Promise.all([
    keepShowing(),
    ...routes.map((route) =>
      keepAsking(route, (answer) => {
        tally.add(answer, systemClock.monotonic());
        if ("problem" in answer) screen.log(`failed: ${answer.problem}`);
      }, signal)
    ),
  ]);
  return snapshot();
}
