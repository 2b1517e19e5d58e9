import { dirname, join } from "node:path";
import type { World } from "../core/explain/world.ts";
import type { Options } from "../core/flags/options.ts";
import { isRouted } from "../core/model/routes.ts";
import { backendName, isPortClosed, type Service } from "../core/model/service.ts";
import { compareConfigurations, type Maps, type MigrationSide } from "../migration/compare.ts";
import {
  type Difference,
  formatReport,
  isInEffect,
  type MigrationReport,
  migrationSize,
  settleDifferences,
} from "../migration/report.ts";
import type { HaproxyBinary } from "../shell/haproxy/binary.ts";
import type { AppListing } from "../shell/marathon/appsFile.ts";
import { describeRequestError } from "../shell/marathon/failures.ts";
import type { TlsTrust } from "../shell/marathon/http.ts";
import { AdminPort } from "../shell/operator/adminPort.ts";
import { ProblemLog } from "../shell/sync/progress.ts";
import type { Clock } from "../shell/system/clock.ts";
import { readFileIfExists, readNamedFile } from "../shell/system/files.ts";
import type { CommandContext } from "./context.ts";
import { generateOnce, type OneGeneration } from "./dry.ts";
import { lookForHaproxy, openListing } from "./parts.ts";
import { checkInScratch, withoutRefused } from "./scratchCheck.ts";

/** The exit code when there are differences in effect: not the one of work that could not be done. */
const different = 3;

/** Milliseconds from one comparison to the next: what a load balancer needs to follow a change of tasks. */
const settling = 2_000;

type CheckOptions = Options & { readonly from: string };

/**
 * `check-migration`: compares what another load balancer runs with what this one would run for the same Marathon. What
 * differs is compared once more, as tasks come and go. Resolves to the exit code: 0 without differences in effect, else 3.
 *
 * @throws {Error} of one line when one of the two cannot be had
 */
export async function runCheckMigration(options: CheckOptions, context: CommandContext): Promise<number> {
  const { clock, logger, print, stopping } = context;
  const { insecureMarathon: insecure, marathonCaCert } = options;
  const ca = marathonCaCert && await readNamedFile(marathonCaCert, "--marathon-ca-cert");
  const old = openOldConfiguration(options.from, { clock, trust: { ca, insecure } });
  const found = await lookForHaproxy(options, context);
  const haproxy = "missing" in found ? undefined : found;
  const listing = await openListing(options, context);
  try {
    const problems = new ProblemLog(logger);
    const first = await compareOnce(options, context, { old, listing, problems, haproxy });
    let last = first;
    if (old.live && first.differences.some(isInEffect)) {
      await clock.sleep(settling, stopping);
      const second = await compareOnce(options, context, { old, listing, problems, haproxy });
      last = { ...second, differences: settleDifferences(first.differences, second.differences) };
    }
    await print(options.json ? `${JSON.stringify(last, undefined, 2)}\n` : formatReport(last));
    return last.differences.some(isInEffect) ? different : 0;
  } finally {
    listing.close();
    old.close();
  }
}

/** What a comparison reads. */
interface Sources {
  readonly old: OldConfiguration;
  readonly listing: AppListing;
  readonly problems: ProblemLog;
  /** Undefined where this machine has none. */
  readonly haproxy: HaproxyBinary | undefined;
}

async function compareOnce(
  options: CheckOptions,
  context: CommandContext,
  { old, listing, problems, haproxy }: Sources,
): Promise<MigrationReport> {
  // Together, so that as little as possible changes in between.
  const [before, generation] = await Promise.all([
    old.read(context.stopping),
    generateOnce(options, context, listing, { haproxy }),
  ]);
  const { services } = generation;
  const world = await served(generation, haproxy, options, context);
  const { configuration } = world;
  problems.report(world.problems);
  const { text } = configuration;
  const isReplaced = (service: Service) => isPortClosed(service) && isRouted(service, world.model.routed);
  return {
    from: old.name,
    marathon: options.marathon,
    old: migrationSize(before.text),
    new: migrationSize(text),
    differences: compare(
      old.name,
      () =>
        compareConfigurations(before, { text, maps: { ...configuration.maps } }, {
          apps: new Map(services.map((service) => [backendName(service), service.appId])),
          closedPorts: new Set(world.services.filter(isReplaced).map(backendName)),
          problems: world.problems,
        }),
    ),
  };
}

/** What a run would serve: without the services that HAProxy refuses, where there is one to ask. */
async function served(
  { world }: OneGeneration,
  haproxy: HaproxyBinary | undefined,
  options: CheckOptions,
  context: CommandContext,
): Promise<World> {
  if (haproxy === undefined || options.skipValidation || world.services.length === 0) return world;
  const { refused, failure } = await checkInScratch(world.services, haproxy, options, context);
  if (failure !== undefined) {
    context.logger.warning(
      `HAProxy refuses the configuration even without any app: ${failure}; check the templates`,
    );
  }
  return withoutRefused(world, refused);
}

function compare(name: string, differences: () => Difference[]): Difference[] {
  try {
    return differences();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new Error(
      `--from: what ${name} holds is no HAProxy configuration: ${error.message}. Give the address of port 9090 of ` +
        "a Marathon-LB, such as http://HOST:9090, or its haproxy.cfg",
    );
  }
}

const paths = {
  "domain2backend.map": "/_haproxy_getvhostmap",
  "app2backend.map": "/_haproxy_getappmap",
} as const;

/** The configuration that another load balancer runs, or that a file holds. */
export interface OldConfiguration {
  /** What messages call it: without credentials. */
  readonly name: string;
  /** Whether it may say something else when it is read again. */
  readonly live: boolean;
  /** @throws {Error} of one line that says what to do when it cannot be read */
  read(signal: AbortSignal): Promise<MigrationSide>;
  close(): void;
}

/** What `--from` names: a file, with maps beside it, or the URL of an instance. */
export function openOldConfiguration(
  from: string,
  { clock, trust }: { clock: Clock; trust: TlsTrust },
): OldConfiguration {
  if (!/^https?:\/\//i.test(from)) {
    return {
      name: from,
      live: false,
      read: async () => ({
        text: await readNamedFile(from, "--from"),
        maps: await readMapsBeside(from),
      }),
      close() {},
    };
  }
  if (!URL.canParse(from)) {
    throw new Error(`--from: ${JSON.stringify(from)} is no URL; expected http://HOST:9090`);
  }
  const port = new AdminPort(from, { clock, trust });
  const { name } = port;

  async function ask(path: string, signal: AbortSignal): Promise<string> {
    try {
      const { status, body, target } = await port.get(path, signal);
      if (status === 200) return body;
      throw new Error(describeStatus(status, target));
    } catch (error) {
      signal.throwIfAborted();
      const { reason } = describeRequestError(error);
      throw new Error(`--from: ${name}${path} cannot be read: ${reason}. ${adviceFor(reason)}`);
    }
  }

  return {
    name,
    live: true,
    async read(signal) {
      const text = await ask("/_haproxy_getconfig", signal);
      const maps: Record<string, string> = {};
      for (const [file, path] of Object.entries(paths)) {
        if (text.includes(file)) maps[file] = await ask(path, signal);
      }
      return { text, maps };
    },
    close: () => port.close(),
  };
}

async function readMapsBeside(file: string): Promise<Maps> {
  const maps: Record<string, string> = {};
  for (const name of Object.keys(paths)) {
    const text = await readFileIfExists(join(dirname(file), name));
    if (text !== undefined) maps[name] = text;
  }
  return maps;
}

function describeStatus(status: number, target: URL | undefined): string {
  if (target) return `HTTP ${status}, it redirects to ${target.origin}${target.pathname}`;
  if (status === 401) return "HTTP 401, user and password are needed";
  return `HTTP ${status}`;
}

function adviceFor(reason: string): string {
  if (reason.startsWith("HTTP 401")) return "Write them into the URL: http://USER:PASSWORD@HOST:9090";
  if (reason.includes("redirects to")) return "Give the URL that it redirects to";
  if (reason.startsWith("HTTP 403")) {
    return "This machine is not among those that may ask it: ask from another one";
  }
  if (reason.startsWith("HTTP ")) {
    return "It is no Marathon-LB, or its HAPROXY_HEAD does not serve /_haproxy_getconfig: give its haproxy.cfg, " +
      "--from FILE";
  }
  return "Check that --from is the address of its port 9090 and that it can be reached from here, or give its " +
    "haproxy.cfg, --from FILE";
}
