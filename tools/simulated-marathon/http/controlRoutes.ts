import { readFault } from "../faults/Fault.ts";
import type { MarathonEvent } from "../events/MarathonEvent.ts";
import { isObject } from "../JsonObject.ts";
import type { SimulatedMarathon } from "../SimulatedMarathon.ts";
import { refusal } from "./Answer.ts";
import type { Route } from "./Route.ts";

const done = { status: 204 };

/** `/_sim/`: what the class offers to tests of the same process, for all others. */
export function controlRoutes(marathon: SimulatedMarathon): Route[] {
  return [
    {
      method: "GET",
      pattern: /^\/_sim\/faults$/,
      handle: () => ({ status: 200, body: marathon.faults.all }),
    },
    {
      method: "POST",
      pattern: /^\/_sim\/faults$/,
      handle: async ({ json }) => ({
        status: 201,
        body: { id: marathon.faults.add(readFault(await json())) },
      }),
    },
    {
      method: "DELETE",
      pattern: /^\/_sim\/faults$/,
      handle: () => {
        marathon.faults.clear();
        return done;
      },
    },
    {
      method: "DELETE",
      pattern: /^\/_sim\/faults\/(\d+)$/,
      handle: ({ params: [id] }) =>
        marathon.faults.remove(Number(id)) ? done : refusal(404, `There is no fault ${id}`),
    },
    {
      method: "POST",
      pattern: /^\/_sim\/events\/(silence|close)$/,
      handle: ({ params: [what] }) => {
        if (what === "silence") marathon.streams.silence();
        else marathon.streams.close();
        return done;
      },
    },
    {
      method: "POST",
      pattern: /^\/_sim\/events\/emit$/,
      handle: async ({ json }) => {
        const body = await json();
        if (isObject(body) && typeof body.raw === "string") {
          marathon.streams.write(body.raw);
          return done;
        }
        const events = isObject(body) && Array.isArray(body.events) ? body.events : [body];
        if (!events.every(isEvent)) {
          return refusal(422, 'Emit {"eventType": …}, {"events": [{"eventType": …}]} or {"raw": "text"}');
        }
        marathon.emit(...events);
        return done;
      },
    },
    {
      method: "GET",
      pattern: /^\/_sim\/requests$/,
      handle: ({ url }) => {
        const path = url.searchParams.get("path");
        return { status: 200, body: path ? marathon.requests.of(path) : marathon.requests.all };
      },
    },
    {
      method: "DELETE",
      pattern: /^\/_sim\/requests$/,
      handle: () => {
        marathon.requests.clear();
        return done;
      },
    },
    {
      method: "POST",
      pattern: /^\/_sim\/tasks\/([^/]+)\/crash$/,
      handle: async ({ params: [id = ""] }) => {
        await marathon.crashTask(id);
        return done;
      },
    },
    {
      method: "POST",
      pattern: /^\/_sim\/tasks\/([^/]+)\/health$/,
      handle: async ({ params: [id = ""], json }) => {
        const body = await json();
        if (!isObject(body) || typeof body.alive !== "boolean") {
          return refusal(422, 'Send {"alive": true or false}');
        }
        marathon.setHealth(id, body.alive);
        return done;
      },
    },
    {
      method: "POST",
      pattern: /^\/_sim\/tasks\/([^/]+)\/ready$/,
      handle: ({ params: [id = ""] }) => {
        marathon.setReady(id);
        return done;
      },
    },
    {
      method: "PUT",
      pattern: /^\/_sim\/apps$/,
      handle: async ({ json }) => {
        const apps = await json();
        if (!Array.isArray(apps)) return refusal(422, "Send a list of apps, with their tasks");
        marathon.setApps(apps);
        return done;
      },
    },
    {
      method: "PUT",
      pattern: /^\/_sim\/timings$/,
      handle: async ({ json }) => {
        const body = await json();
        if (!isObject(body)) return refusal(422, "Send an object of milliseconds");
        marathon.setTimings(body);
        return { status: 200, body: marathon.timings };
      },
    },
    {
      method: "PUT",
      pattern: /^\/_sim\/leader$/,
      handle: async ({ json }) => {
        const body = await json();
        const node = isObject(body) ? body.node : undefined;
        if (node !== null && typeof node !== "number") return refusal(422, 'Send {"node": index or null}');
        marathon.setLeader(node ?? undefined);
        return done;
      },
    },
    {
      method: "POST",
      pattern: /^\/_sim\/settled$/,
      handle: async () => {
        await marathon.settled();
        return done;
      },
    },
  ];
}

function isEvent(value: unknown): value is MarathonEvent {
  return isObject(value) && typeof value.eventType === "string";
}
