import { Command, InvalidArgumentError, Option } from "commander";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { findProgram, installMissing } from "../install/installMissing.ts";
import type { Style } from "../../lib/core/style.ts";
import type { Screen } from "../../lib/shell/system/terminal.ts";
import { SimulatedMarathon } from "../simulated-marathon/SimulatedMarathon.ts";
import { demoApps, keepChanging, marathonApp } from "./apps.ts";
import { howToOpen, watchTraffic } from "./display.ts";
import { buildIfOutdated } from "./executable.ts";
import { demoPorts, describeLogLine, killLeftoverHaproxy, startMarathonLb } from "./marathonLb.ts";
import { describeTotals, type Snapshot } from "./tally.ts";
import { routes, waitUntilServed } from "./traffic.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** The flags of the demo. */
export interface CommandLine {
  /** Undefined: until it is stopped. */
  readonly seconds?: number;
}

/** The command; its options, once parsed, are a `CommandLine`. */
export function commandLine(): Command {
  return new Command("demo")
    .description(
      "Runs marathon-lb and HAProxy against a simulated Marathon whose apps scale and redeploy by themselves, and shows " +
        "which task answers. Everything listens on 127.0.0.1, at free ports. Ctrl-C stops it; nothing is left behind.",
    )
    .addOption(
      new Option(
        "--seconds <n>",
        "end by itself after so long; the exit code is 0 if every request was answered well",
      ).argParser(seconds),
    );
}

function seconds(text: string): number {
  const value = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && value > 0 && value <= 86_400) return value;
  throw new InvalidArgumentError("It must be a number of seconds, more than 0 and at most 86400.");
}

/**
 * Installs and builds what is missing, serves until `stop` is aborted, and leaves nothing behind.
 *
 * @returns the exit code: 0 when every request was answered well
 * @throws {Error} of one line when it cannot be done. When `stop` is aborted before anything is served, it throws the
 * reason of `stop`.
 */
export async function runDemo(
  { seconds, screen, use, stop }: { seconds?: number; screen: Screen; use: Style; stop: AbortController },
): Promise<number> {
  const say = (line: string) => screen.log(line);
  await installMissing(["haproxy"], say);
  stop.signal.throwIfAborted();
  const executable = await buildIfOutdated(root, say, stop.signal);
  const haproxy = await findProgram("haproxy", process.env.PATH) as string;
  const end = await serve({ executable, haproxy, seconds, screen, use, stop });
  say(`Stopped by ${stop.signal.reason}: ${describeTotals(end, use)}`);
  return end.failures === 0 ? 0 : 1;
}

/**
 * Starts the simulated Marathon and marathon-lb, and shows the traffic until `stop` is aborted. Whatever happens, nothing
 * of it is left when it settles.
 */
async function serve(
  { executable, haproxy, seconds, screen, use, stop }: {
    /** Path of marathon-lb. */
    executable: string;
    /** Path of HAProxy. */
    haproxy: string;
    /** How long to serve; undefined: until `stop` is aborted. */
    seconds?: number;
    screen: Screen;
    use: Style;
    /** Aborted by whatever ends it: with an Error when that is a failure. */
    stop: AbortController;
  },
): Promise<Snapshot> {
  const { signal } = stop;
  const say = (line: string) => screen.log(line);
  // Undone from the last to the first.
  await using cleanup = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), "marathon-lb-demo-"));
  cleanup.defer(() => rm(directory, { recursive: true, force: true }));
  // One that does not exist is a warning.
  await mkdir(join(directory, "templates"));
  const ports = await demoPorts(demoApps.length);

  const timings = { stagingMs: 500, healthyMs: 500, killGraceMs: 2000 };
  const marathon = cleanup.use(await SimulatedMarathon.start({ timings }));
  for (const [index, app] of demoApps.entries()) {
    await marathon.createApp(marathonApp(app, ports.services[index] as number));
  }
  await marathon.settled();
  signal.throwIfAborted();
  say(`The simulated Marathon at ${marathon.url} runs ${demoApps.map(({ id }) => id).join(", ")}`);

  const marathonLb = startMarathonLb({
    executable,
    directory,
    haproxy,
    marathonUrl: marathon.url,
    ports,
    onLine(line) {
      const shown = describeLogLine(line, use);
      if (shown !== undefined) say(shown);
    },
  });
  cleanup.defer(async () => {
    await marathonLb.stop();
    await killLeftoverHaproxy(ports.admin);
  });
  void marathonLb.ended.then((how) => stop.abort(new Error(`marathon-lb ended by itself, ${how}`)));

  await waitUntilServed(routes(ports), signal);
  for (const line of howToOpen(ports, marathon.url, use)) say(line);
  if (seconds !== undefined) setTimeout(() => stop.abort(`--seconds ${seconds}`), seconds * 1000);
  const [end] = await Promise.all([
    watchTraffic(routes(ports), { screen, use }, signal),
    keepChanging(marathon, (line) => say(use.emphasis(line)), signal),
  ]);
  if (signal.reason instanceof Error) throw signal.reason;
  return end;
}
