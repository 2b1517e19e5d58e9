import { dirname } from "node:path";
import { styleFor } from "../core/style.ts";
import type { ValidateOptions } from "../core/flags/commands.ts";
import { marathonFile } from "../core/flags/options.ts";
import { hasTrait } from "../core/haproxy/versions.ts";
import { type Cluster, emptyCluster } from "../core/marathon/cluster.ts";
import type { Service } from "../core/model/service.ts";
import { planUpdate } from "../core/plan/planUpdate.ts";
import type { Problem } from "../core/problem.ts";
import { bodiesIn, type Configuration, servicesIn } from "../core/render/configuration.ts";
import {
  type FiledDefinition,
  type Finding,
  findingsOf,
  isProblem,
  sortFindings,
} from "../core/validate/findings.ts";
import { count } from "../core/text.ts";
import {
  compareWith,
  type FiledGroup,
  groupsOf,
  isOfFiles,
  ownVerdicts,
  readFiledDefinitions,
  readOwnApps,
  removedByGroups,
} from "../core/validate/ownApps.ts";
import {
  describeReload,
  type HaproxyOpinion,
  reportText,
  sectionChanges,
  type ValidationReport,
} from "../core/validate/report.ts";
import type { HaproxyBinary } from "../shell/haproxy/binary.ts";
import type { Generator } from "../shell/sync/generator.ts";
import { addStaticApps } from "../shell/marathon/appsFile.ts";
import { hasColours } from "../shell/system/terminal.ts";
import { type CommandContext, readInput } from "./context.ts";
import { certificatePaths } from "./dry.ts";
import { createGenerator, lookForHaproxy, openListing } from "./parts.ts";
import { checkInScratch, type ScratchCheck, withoutRefused } from "./scratchCheck.ts";

/** The exit code when there are problems: not the one of work that could not be done. */
const withProblems = 3;

/**
 * `validate`: what a load balancer would make of the apps of files, as if one task of each ran. Nothing is changed. Resolves to
 * the exit code: 0 without problems, else 3.
 *
 * @throws {UsageError} when a file is not there
 * @throws {Error} of one line when Marathon, or a file, cannot be read
 */
export async function runValidate(options: ValidateOptions, context: CommandContext): Promise<number> {
  const { environment, print } = context;
  const report = await validate(options, context);
  const annotate = environment.GITHUB_ACTIONS === "true";
  const text = options.json
    ? `${JSON.stringify(report, undefined, 2)}\n`
    : reportText(report, styleFor(hasColours(environment)), annotate);
  await print(text);
  return report.findings.some(isProblem) ? withProblems : 0;
}

async function validate(options: ValidateOptions, context: CommandContext): Promise<ValidationReport> {
  const { files } = options;
  const { definitions, groups: filedGroups, findings } = await readFiles(files, options.pods);
  const own = readOwnApps(definitions);
  findings.push(...own.findings);
  const groups = options.groups.length > 0 ? options.groups : groupsOf([...own.apps.values()]);
  const current = options.against
    ? await readCluster(options, context)
    : await addStaticApps(emptyCluster, options.staticApps);
  const removed = removedByGroups(current, own, filedGroups);
  findings.push(...removed);
  const { before, after, assigned } = compareWith(current, own, removed.map(({ app }) => app!));

  const haproxy = options.skipValidation
    ? { missing: "--skip-validation is set" }
    : await lookForHaproxy(options, context);
  const binary = "missing" in haproxy ? undefined : haproxy;
  const generator = await makeGenerator({ ...options, groups }, context, binary);
  const { old, next } = await context.screen.during(
    () => `Generating the configuration of ${count(after.apps.size, "app")}, before and after`,
    async () => ({ old: await generate(generator, before), next: await generate(generator, after) }),
  );

  const ours = servicesIn(next.configuration).filter(({ appId }) => isOfFiles(appId, own));
  const { opinion, refused } = await checkWithHaproxy(ours, haproxy, { ...options, groups }, context);
  const world = withoutRefused(generator.world(next.configuration, next.problems)!, refused);
  const { configuration } = world;
  const found = ownVerdicts(world, own, options.groups.length > 0);
  const byId = new Map(found.map((verdict) => [verdict.app, verdict]));
  for (const filed of own.first.values()) {
    const verdict = byId.get(filed.id);
    if (verdict) findings.push(...findingsOf(filed, verdict));
  }
  const plan = planUpdate(old.configuration, configuration, {
    configuration: old.configuration,
    facts: {
      leftovers: new Map(),
      ...binary !== undefined && hasTrait(binary.version, "dynamicBackends")
        ? { bodies: new Set(bodiesIn(old.configuration).keys()), delaysPorts: options.portReloadDelay > 0 }
        : {},
      dynamicCookies: binary !== undefined && hasTrait(binary.version, "dynamicCookies"),
      haproxyDir: dirname(options.haproxyConfig),
    },
  });
  return {
    files,
    ...options.against ? { against: marathonFile(options) ?? options.marathon.join(",") } : {},
    groups,
    findings: sortFindings(findings, files),
    apps: found,
    configuration: {
      sections: sectionChanges(old.configuration.text, configuration.text),
      ...options.against ? { reload: describeReload(plan) } : {},
      assignedPorts: servicesIn(configuration).map(({ port }) => port).filter((port) => assigned.has(port)),
    },
    haproxy: opinion,
  };
}

/** The definitions of the files, and what is wrong with files that have none. */
async function readFiles(files: readonly string[], pods: boolean) {
  const definitions: FiledDefinition[] = [];
  const groups: FiledGroup[] = [];
  const findings: Finding[] = [];
  for (const file of files) {
    const reading = readFiledDefinitions(file, await readInput("validate", file), pods);
    if ("finding" in reading) findings.push(reading.finding);
    else {
      definitions.push(...reading.definitions);
      groups.push(...reading.groups);
    }
  }
  return { definitions, groups, findings };
}

async function readCluster(options: ValidateOptions, context: CommandContext): Promise<Cluster> {
  const listing = await openListing(options, context);
  try {
    return await listing.apps(context.stopping);
  } finally {
    listing.close();
  }
}

async function makeGenerator(
  options: ValidateOptions,
  { environment, clock, logger }: CommandContext,
  haproxy: HaproxyBinary | undefined,
): Promise<Generator> {
  const sslCerts = certificatePaths(options, environment);
  return await createGenerator(options, {
    environment,
    sslCerts: () => sslCerts,
    clock,
    logger,
    haproxy,
    resolver: new InventedAddresses(),
  });
}

/**
 * Addresses for agents that are known by name. This machine may be unable to resolve the names, and the addresses do
 * not matter. They belong to a network for tests (RFC 2544).
 */
class InventedAddresses {
  readonly #known = new Map<string, string>();

  addresses(hosts: ReadonlySet<string>): Promise<Map<string, string>> {
    const address = (host: string) => {
      const known = this.#known.get(host);
      if (known) return known;
      const number = this.#known.size + 1;
      const made = `198.${18 + (number >> 16) % 2}.${(number >> 8) % 256}.${number % 256}`;
      this.#known.set(host, made);
      return made;
    };
    return Promise.resolve(new Map([...hosts].map((host) => [host, address(host)])));
  }
}

/** What a cluster comes to; what it serves is what the next one finds served. */
async function generate(
  generator: Generator,
  cluster: Cluster,
): Promise<{ configuration: Configuration; problems: readonly Problem[] }> {
  const generation = await generator.generate({ cluster, changes: [], from: emptyCluster, partial: false });
  const configuration = generator.render(generation.services);
  generator.served(servicesIn(configuration));
  return { configuration, problems: [...generation.problems, ...configuration.problems] };
}

async function checkWithHaproxy(
  services: readonly Service[],
  haproxy: HaproxyBinary | { readonly missing: string },
  options: ValidateOptions,
  context: CommandContext,
): Promise<{ opinion: HaproxyOpinion; refused: ScratchCheck["refused"] }> {
  if ("missing" in haproxy) return { opinion: { notes: [haproxy.missing] }, refused: new Map() };
  const { refused, unchecked, failure } = await checkInScratch(services, haproxy, options, context);
  const notes = [...unchecked].map(([{ appId, index }, said]) =>
    `${appId}: service ${index} needs a file that is not on this machine: ${said}`
  );
  const { text: version } = haproxy.version;
  if (failure === undefined) return { opinion: { version, accepts: refused.size === 0, notes }, refused };
  const shared = `HAProxy ${version} refuses the configuration even without an app: ${failure}`;
  return { opinion: { version, notes: [shared, ...notes] }, refused };
}
