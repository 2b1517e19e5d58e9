import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SimulatedMarathon } from "../simulated-marathon/SimulatedMarathon.ts";
import { demoApps } from "./demoApps.ts";
import type { DemoPorts } from "./DemoPorts.ts";
import type { Snapshot } from "./describeTally.ts";
import { howToOpen } from "./howToOpen.ts";
import { keepChanging } from "./keepChanging.ts";
import { killLeftoverHaproxy } from "./killLeftoverHaproxy.ts";
import { marathonApp } from "./marathonApp.ts";
import { MarathonLb } from "./MarathonLb.ts";
import { marathonLbWords } from "./marathonLbWords.ts";
import { describeLogLine } from "./describeLogLine.ts";
import { reservePorts } from "./reservePorts.ts";
import { routes } from "./routes.ts";
import type { Screen } from "./Screen.ts";
import { waitUntilServed } from "./waitUntilServed.ts";
import { watchTraffic } from "./watchTraffic.ts";

export interface ServeOptions {
  /** Path of marathon-lb. */
  readonly executable: string;
  /** Path of HAProxy. */
  readonly haproxy: string;
  /** How long to serve; undefined: until `stop` is aborted. */
  readonly seconds?: number;
  readonly screen: Screen;
  /** Aborted by whatever ends it: with an Error when that is a failure. */
  readonly stop: AbortController;
}

/**
 * Starts the simulated Marathon and marathon-lb, and shows the traffic until `stop` is aborted. Whatever happens, nothing
 * of it is left when it settles.
 */
export async function serve({ executable, haproxy, seconds, screen, stop }: ServeOptions): Promise<Snapshot> {
  const { signal } = stop;
  const say = (line: string) => screen.log(line);
  // Undone from the last to the first.
  await using cleanup = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), "marathon-lb-demo-"));
  cleanup.defer(() => rm(directory, { recursive: true, force: true }));
  const reserved = await reservePorts(4 + demoApps.length);
  cleanup.defer(reserved.release);
  const ports = namePorts(reserved.ports);

  const timings = { stagingMs: 500, healthyMs: 500, killGraceMs: 2000 };
  const marathon = cleanup.use(await SimulatedMarathon.start({ timings }));
  for (const [index, app] of demoApps.entries()) {
    await marathon.createApp(marathonApp(app, ports.services[index] as number));
  }
  await marathon.settled();
  signal.throwIfAborted();
  say(`The simulated Marathon at ${marathon.url} runs ${demoApps.map(({ id }) => id).join(", ")}`);

  await reserved.release();
  const marathonLb = new MarathonLb({
    executable,
    words: marathonLbWords({ directory, haproxy, marathonUrl: marathon.url, ports }),
    directory,
    onLine(line) {
      const shown = describeLogLine(line);
      if (shown !== undefined) say(shown);
    },
  });
  cleanup.defer(async () => {
    await marathonLb.stop();
    await killLeftoverHaproxy(ports.admin);
  });
  void marathonLb.ended.then((how) => stop.abort(new Error(`marathon-lb ended by itself, ${how}`)));

  await waitUntilServed(routes(ports), signal);
  for (const line of howToOpen(ports, marathon.url)) say(line);
  if (seconds !== undefined) setTimeout(() => stop.abort(`--seconds ${seconds}`), seconds * 1000);
  const [end] = await Promise.all([
    watchTraffic(routes(ports), screen, signal),
    keepChanging(marathon, say, signal),
  ]);
  if (signal.reason instanceof Error) throw signal.reason;
  return end;
}

function namePorts([http, https, appId, admin, ...services]: readonly number[]): DemoPorts {
  return { http, https, appId, admin, services } as DemoPorts;
}
