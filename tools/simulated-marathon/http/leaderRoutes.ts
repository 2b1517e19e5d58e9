import { refusal } from "./Answer.ts";
import type { Leadership } from "./Leadership.ts";
import type { Route } from "./Route.ts";

/** What every node answers by itself, leading or not: `/ping`, `/v2/leader` and `/v2/info`. */
export function leaderRoutes(leadership: Leadership, abdicate: () => void): Route[] {
  const leaderHost = () => leadership.leaderUrl && new URL(leadership.leaderUrl).host;
  return [
    { method: "GET", pattern: /^\/ping\/?$/, handle: () => ({ status: 200, body: "pong\n" }) },
    {
      method: "GET",
      pattern: /^\/v2\/leader\/?$/,
      handle: () => {
        const leader = leaderHost();
        return leader ? { status: 200, body: { leader } } : refusal(404, "There is no leader");
      },
    },
    {
      method: "DELETE",
      pattern: /^\/v2\/leader\/?$/,
      handle: () => {
        if (!leaderHost()) return refusal(404, "There is no leader");
        abdicate();
        return { status: 200, body: { message: "Leadership abdicated" } };
      },
    },
    {
      method: "GET",
      pattern: /^\/v2\/info\/?$/,
      handle: () => ({
        status: 200,
        body: { name: "marathon", version: "1.5.15", leader: leaderHost() ?? null },
      }),
    },
  ];
}
