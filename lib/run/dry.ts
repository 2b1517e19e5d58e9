import { join } from "node:path";
import type { World } from "../core/explain/world.ts";
import type { Options } from "../core/flags/options.ts";
import { compareClusters, emptyCluster } from "../core/marathon/cluster.ts";
import { type Incumbents, noIncumbents } from "../core/model/incumbents.ts";
import type { Service } from "../core/model/service.ts";
import { isExclusion, type Problem } from "../core/problem.ts";
import type { Configuration } from "../core/render/configuration.ts";
import { count } from "../core/text.ts";
import { environmentCertificates } from "../shell/certificates/prepare.ts";
import { checkCertificateFile } from "../shell/certificates/files.ts";
import type { HaproxyBinary } from "../shell/haproxy/binary.ts";
import type { AppListing } from "../shell/marathon/appsFile.ts";
import { ProblemLog } from "../shell/sync/progress.ts";
import type { CommandContext } from "./context.ts";
import {
  askHaproxy,
  createGenerator,
  incumbentsOnDisk,
  lookForHaproxy,
  missingTemplatesDir,
  openListing,
} from "./parts.ts";
import { checkInScratch, refusals } from "./scratchCheck.ts";

/**
 * `--dry`: prints the configuration, whatever is wrong with it, and touches nothing. What HAProxy and a run would refuse is
 * logged. Resolves to the exit code: 1 for such a complaint with `--strict-exit` only.
 */
export async function runDry(options: Options, context: CommandContext): Promise<number> {
  const { logger } = context;
  const incumbents = () =>
    incumbentsOnDisk(options.haproxyConfig).catch((error: Error) => {
      logger.warning(`${error.message}; what it serves is not known, newcomers may get its ports and vhosts`);
      return noIncumbents;
    });
  // HAProxy and Marathon answer at the same time; what the command line names wrongly is the first to be said.
  const named = inBackground(checkNamed(options, context));
  const listing = await openListing(options, context).catch(async (error) => {
    await named;
    throw error;
  });
  try {
    const asked = inBackground(listing.apps(context.stopping));
    const haproxy = await named;
    const generation = await generateOnce(options, context, { apps: () => asked }, { incumbents, haproxy });
    await context.print(generation.configuration.text);
    const complaints = await missingCertificates(options, context);
    const { problems, failure } = await validated(generation, haproxy, options, context);
    if (failure !== undefined) {
      complaints.push(
        `HAProxy refuses the configuration even without any app: ${failure}; check the templates`,
      );
    }
    const log = new ProblemLog(logger);
    log.report(problems);
    log.reportNotes(generation.notes);
    for (const complaint of complaints) logger.error(complaint);
    return options.strictExit && (complaints.length > 0 || problems.some(isExclusion)) ? 1 : 0;
  } finally {
    listing.close();
  }
}

/** A promise that may fail before anything waits for it. */
function inBackground<Result>(promise: Promise<Result>): Promise<Result> {
  promise.catch(() => {/* the caller has the failure */});
  return promise;
}

/**
 * Refuses a HAProxy or templates that a flag names and that do not exist: without them, the output is not known.
 * Resolves to the HAProxy to generate for, if there is one.
 *
 * @throws {Error} of one line that names the flag and the path
 */
async function checkNamed(options: Options, context: CommandContext): Promise<HaproxyBinary | undefined> {
  const templates = missingTemplatesDir(options);
  if (templates !== undefined) {
    throw new Error(`--templates-dir: the directory ${templates} does not exist; name one that does`);
  }
  if (options.haproxyBinary === undefined) return await askHaproxy(options, context);
  const found = await lookForHaproxy(options, context);
  if ("missing" in found) throw new Error(found.missing);
  return found;
}

/** Why a run would not start with the certificates of `--ssl-certs`. They may be on another machine than this one. */
async function missingCertificates(options: Options, context: CommandContext): Promise<string[]> {
  const { mode, sslCerts = [], bindHttpHttps, skipValidation } = options;
  const isChecked = mode !== "direct" || bindHttpHttps && !skipValidation;
  const complaints: string[] = [];
  for (const path of isChecked ? sslCerts : []) {
    await checkCertificateFile(path, "--ssl-certs", context).catch((error: Error) => {
      complaints.push(`${error.message}; a run does not start without it`);
    });
  }
  return complaints;
}

/**
 * Has HAProxy check what was generated, where there is one. Resolves to all problems, including the services that it
 * refuses.
 */
async function validated(
  generation: OneGeneration,
  haproxy: HaproxyBinary | undefined,
  options: Options,
  context: CommandContext,
): Promise<{ problems: readonly Problem[]; failure?: string }> {
  if (haproxy === undefined || options.skipValidation) return generation;
  const { world } = generation;
  const { refused, unchecked, failure } = await checkInScratch(world.services, haproxy, options, context);
  for (const [{ appId, index }, said] of unchecked) {
    context.logger.warning(`${appId}: service ${index} is not checked: HAProxy misses a file here: ${said}`);
  }
  const problems = [...world.problems, ...refusals(refused)];
  return { problems, ...failure === undefined ? {} : { failure } };
}

/** What Marathon's apps come to now. */
export interface OneGeneration {
  readonly services: readonly Service[];
  readonly configuration: Configuration;
  readonly problems: readonly Problem[];
  /** What explanations are computed from. */
  readonly world: World;
  /** Why services are not served in the normal course of things, by app. */
  readonly notes: ReadonlyMap<string, readonly Problem[]>;
}

/**
 * Asks Marathon for all apps and makes the configuration of them, touching nothing.
 *
 * @param incumbents what is served; nothing by default
 * @param haproxy what reads the configuration; any supported version by default
 */
export async function generateOnce(
  options: Options,
  { clock, environment, logger, screen, stopping }: CommandContext,
  listing: Pick<AppListing, "apps">,
  { incumbents, haproxy }: { incumbents?: () => Promise<Incumbents>; haproxy?: HaproxyBinary } = {},
): Promise<OneGeneration> {
  const sslCerts = certificatePaths(options, environment);
  const generator = await createGenerator(options, {
    environment,
    sslCerts: () => sslCerts,
    clock,
    logger,
    haproxy,
    incumbents,
  });
  const cluster = await listing.apps(stopping);
  const { configuration, generation } = await screen.during(
    () => `Generating the configuration of ${count(cluster.apps.size, "app")}`,
    async () => {
      const changes = compareClusters(emptyCluster, cluster);
      const generation = await generator.generate({ cluster, changes, from: emptyCluster, partial: false });
      return { generation, configuration: generator.render(generation.services) };
    },
  );
  const { services, problems, notes = new Map() } = generation;
  const all = [...problems, ...configuration.problems];
  return {
    services,
    configuration,
    problems: all,
    // Of the tens of thousands of pieces, and not every command explains anything.
    get world() {
      return generator.world(configuration, all)!;
    },
    notes,
  };
}

/** The certificates that a run would use which touches something. */
export function certificatePaths(
  options: Options,
  environment: CommandContext["environment"],
): readonly string[] {
  const { sslCerts, certDir, mode } = options;
  const fromEnvironment = mode === "direct" ? [] : environmentCertificates(environment, certDir);
  const paths = [...sslCerts ?? [], ...fromEnvironment.map(({ path }) => path)];
  return paths.length > 0 ? paths : [join(certDir, "cert.pem")];
}
