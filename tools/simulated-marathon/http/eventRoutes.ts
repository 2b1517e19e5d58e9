import type { EventBus } from "../events/EventBus.ts";
import type { EventStreams } from "../events/EventStreams.ts";
import type { EventSubscriptions } from "../events/EventSubscriptions.ts";
import { type Answer, refusal } from "./Answer.ts";
import type { Route, RouteRequest } from "./Route.ts";

/** `/v2/events` and `/v2/eventSubscriptions`. */
export function eventRoutes(
  bus: EventBus,
  streams: EventStreams,
  subscriptions: EventSubscriptions,
): Route[] {
  const changeSubscription =
    (eventType: string, change: (callbackUrl: string) => void) => (request: RouteRequest) => {
      const callbackUrl = request.url.searchParams.get("callbackUrl");
      if (!callbackUrl || !URL.canParse(callbackUrl)) {
        return refusal(400, `The parameter callbackUrl must be a URL, not ${JSON.stringify(callbackUrl)}`);
      }
      change(callbackUrl);
      const event = { eventType, clientIp: request.clientIp, callbackUrl };
      bus.publish(event);
      return { status: 200, body: event };
    };

  return [
    {
      method: "GET",
      pattern: /^\/v2\/events\/?$/,
      handle: ({ url, incoming, response, clientIp }): Answer | undefined => {
        const accept = incoming.headers.accept ?? "*/*";
        if (!accept.includes("text/event-stream") && !accept.includes("*/*")) {
          return refusal(406, "The event stream needs the header Accept: text/event-stream");
        }
        const eventTypes = url.searchParams.getAll("event_type");
        const light = url.searchParams.get("plan-format") === "light";
        streams.attach({ eventTypes, light }, response, clientIp);
        return undefined;
      },
    },
    {
      method: "GET",
      pattern: /^\/v2\/eventSubscriptions\/?$/,
      handle: () => ({ status: 200, body: { callbackUrls: subscriptions.urls } }),
    },
    {
      method: "POST",
      pattern: /^\/v2\/eventSubscriptions\/?$/,
      handle: changeSubscription("subscribe_event", (url) => subscriptions.add(url)),
    },
    {
      method: "DELETE",
      pattern: /^\/v2\/eventSubscriptions\/?$/,
      handle: changeSubscription("unsubscribe_event", (url) => subscriptions.remove(url)),
    },
  ];
}
