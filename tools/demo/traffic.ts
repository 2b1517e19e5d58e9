import { type IncomingMessage, request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { systemClock } from "../../lib/shell/system/clock.ts";
import { pause } from "../simulated-marathon/pause.ts";
import { demoApps } from "./apps.ts";
import type { DemoPorts } from "./marathonLb.ts";

/** In milliseconds: for one answer, between two requests by one route, until all is served. */
const timeout = 5000;
const betweenRequests = 150;
const patience = 60_000;

/** One way by which the demo asks for an app. */
export interface Route {
  readonly app: string;
  /** The way in a few words. */
  readonly via: string;
  readonly protocol: "http" | "https";
  readonly port: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** The routes of the demo's requests: by virtual host over HTTP and HTTPS, by path, by app id, by service port. */
export function routes({ http, https, appId, services }: DemoPorts): Route[] {
  const servicePort = (app: string) => services[demoApps.findIndex(({ id }) => id === app)] as number;
  const byHost = (app: string, host: string, path = "/"): Route => ({
    app,
    via: host + path,
    protocol: "http",
    port: http,
    path,
    headers: { Host: host },
  });
  const byHostOverTls = (app: string, host: string): Route => ({
    ...byHost(app, host),
    via: "https",
    protocol: "https",
    port: https,
  });
  return [
    byHost("/web", "web.localhost"),
    byHostOverTls("/web", "web.localhost"),
    byHost("/shop/front", "shop.localhost"),
    byHost("/shop/cart", "shop.localhost", "/cart"),
    byHostOverTls("/api", "api.localhost"),
    {
      app: "/api",
      via: "app id",
      protocol: "http",
      port: appId,
      path: "/",
      headers: { "X-Marathon-App-Id": "/api" },
    },
    {
      app: "/echo",
      via: "service port",
      protocol: "http",
      port: servicePort("/echo"),
      path: "/",
      headers: {},
    },
  ];
}

/** What became of one request. */
export type Answer =
  | { readonly app: string; readonly task: string }
  | { readonly app: string; readonly problem: string };

/** Sends one request on a new connection, as curl does. Never rejects. */
export async function askRoute({ app, protocol, port, path, headers, via }: Route): Promise<Answer> {
  const send = protocol === "https" ? httpsRequest : httpRequest;
  const options = {
    host: "127.0.0.1",
    port,
    path,
    headers,
    agent: false,
    timeout,
    rejectUnauthorized: false,
  };
  try {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const request = send(options, resolve);
      request.once("timeout", () => request.destroy(new Error(`no answer within ${timeout / 1000} s`)));
      request.once("error", reject);
      request.end();
    });
    for await (const _ of response); // The answer counts when all of it is here.
    return judge(app, via, response);
  } catch (error) {
    return { app, problem: `${app} by ${via}: ${(error as Error).message}` };
  }
}

function judge(app: string, via: string, { statusCode, headers }: IncomingMessage): Answer {
  const { "x-app-id": from, "x-task-id": task } = headers;
  if (statusCode !== 200) return { app, problem: `${app} by ${via}: status ${statusCode}` };
  if (from !== app || typeof task !== "string") {
    return { app, problem: `${app} by ${via}: answered by ${from}` };
  }
  return { app, task };
}

/** Sends one request after the other until the signal is aborted; the one under way is waited for. */
export async function keepAsking(
  route: Route,
  onAnswer: (answer: Answer) => void,
  signal: AbortSignal,
): Promise<void> {
  do onAnswer(await askRoute(route)); while (await pause(systemClock, betweenRequests, signal));
}

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
      await systemClock.sleep(betweenRequests, signal);
    }
  }
}
