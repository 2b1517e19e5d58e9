import { systemClock } from "../../lib/shell/clock/systemClock.ts";
import { askRoute } from "./askRoute.ts";
import type { Route } from "./Route.ts";

const patience = 60_000;
const betweenQuestions = 100;

/**
 * Resolves when every route has been answered well once.
 *
 * @throws {Error} with what the last answer lacked, when that takes longer than a minute
 */
export async function waitUntilServed(routes: readonly Route[], signal: AbortSignal): Promise<void> {
  const end = systemClock.monotonic() + patience;
  for (const route of routes) {
    while (true) {
      const answer = await askRoute(route);
      signal.throwIfAborted();
      if (!("problem" in answer)) break;
      if (systemClock.monotonic() > end) {
        throw new Error(`marathon-lb does not serve after ${patience / 1000} s: ${answer.problem}`);
      }
      await systemClock.sleep(betweenQuestions, signal);
    }
  }
}
