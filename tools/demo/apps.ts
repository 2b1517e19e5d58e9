import { systemClock } from "../../lib/shell/system/clock.ts";
import type { SimulatedMarathon } from "../simulated-marathon/SimulatedMarathon.ts";
import { pause } from "../simulated-marathon/pause.ts";

/** An app of the demo: its id, how many tasks it begins with, and the labels that are of interest. */
export interface DemoApp {
  readonly id: string;
  readonly instances: number;
  readonly labels: Readonly<Record<string, string>>;
}

/** Browsers and curl take every name under `localhost` for this machine. */
export const demoApps: readonly DemoApp[] = [
  { id: "/web", instances: 2, labels: { HAPROXY_0_VHOST: "web.localhost,www.localhost" } },
  { id: "/shop/front", instances: 2, labels: { HAPROXY_0_VHOST: "shop.localhost" } },
  {
    id: "/shop/cart",
    instances: 1,
    labels: { HAPROXY_0_VHOST: "shop.localhost", HAPROXY_0_PATH: "/cart" },
  },
  { id: "/api", instances: 2, labels: { HAPROXY_0_VHOST: "api.localhost", HAPROXY_0_BALANCE: "leastconn" } },
  { id: "/echo", instances: 2, labels: { HAPROXY_0_MODE: "tcp" } },
];

/** The app as it is given to Marathon, with this service port. */
export function marathonApp(
  { id, instances, labels }: DemoApp,
  servicePort: number,
): Record<string, unknown> {
  return {
    id,
    instances,
    portDefinitions: [{ port: servicePort, name: "http" }],
    labels: { HAPROXY_GROUP: "external", HAPROXY_0_BIND_ADDR: "127.0.0.1", ...labels },
    healthChecks: [{
      protocol: labels.HAPROXY_0_MODE === "tcp" ? "TCP" : "HTTP",
      path: "/health",
      portIndex: 0,
      intervalSeconds: 2,
      timeoutSeconds: 2,
    }],
  };
}

/** Something the demo does to an app. */
export type DemoChange =
  | { readonly app: string; readonly instances: number }
  | { readonly app: string; readonly release: string };

/** What is done, one after the other, over and over. */
export const demoChanges: readonly DemoChange[] = [
  { app: "/web", instances: 4 },
  { app: "/shop/front", release: "blue" },
  { app: "/api", instances: 5 },
  { app: "/web", instances: 1 },
  { app: "/echo", release: "blue" },
  { app: "/shop/cart", instances: 3 },
  { app: "/api", instances: 2 },
  { app: "/shop/front", release: "green" },
  { app: "/web", instances: 2 },
  { app: "/shop/cart", instances: 1 },
  { app: "/echo", release: "green" },
];

/** Such as `/web: scaling 2 -> 4`. `running`: how many tasks the app has. */
export function describeChange(change: DemoChange, running: number): string {
  return "instances" in change
    ? `${change.app}: scaling ${running} -> ${change.instances}`
    : `${change.app}: deploying the release ${change.release}`;
}

/** The members of the app's definition that change. */
export function membersOf(change: DemoChange): Record<string, unknown> {
  return "instances" in change ? { instances: change.instances } : { env: { RELEASE: change.release } };
}

/** Milliseconds. */
const betweenChanges = 2000;

/** Scales and redeploys the apps in turn until the signal is aborted. */
export async function keepChanging(
  marathon: SimulatedMarathon,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const aborted = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
  for (let turn = 0; await pause(systemClock, betweenChanges, signal); turn++) {
    const change = demoChanges[turn % demoChanges.length] as typeof demoChanges[number];
    const running = marathon.tasks(change.app).length;
    try {
      await marathon.updateApp(change.app, membersOf(change));
      say(describeChange(change, running));
    } catch (error) {
      // A user may change the apps with curl too, and be at it right now.
      say(`${describeChange(change, running)} was not possible: ${(error as Error).message}`);
    }
    await Promise.race([marathon.settled(), aborted]);
  }
}
