import { systemClock } from "../../lib/shell/clock/systemClock.ts";
import { pause } from "../simulated-marathon/pause.ts";
import type { Answer } from "./Answer.ts";
import { askRoute } from "./askRoute.ts";
import type { Route } from "./Route.ts";

const betweenRequests = 150;

/** Sends one request after the other until the signal is aborted; the one under way is waited for. */
export async function keepAsking(
  route: Route,
  onAnswer: (answer: Answer) => void,
  signal: AbortSignal,
): Promise<void> {
  do onAnswer(await askRoute(route)); while (await pause(systemClock, betweenRequests, signal));
}
