import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { readIncumbents } from "../core/admission/readIncumbents.ts";
import type { Flag } from "../core/flags/flag.ts";
import { flagTable } from "../core/flags/flagTable.ts";
import { marathonFile, type Options } from "../core/flags/options.ts";
import { unknownVariables } from "../core/flags/environment.ts";
import { type HaproxyTrait, hasTrait } from "../core/haproxy/versions.ts";
import { emptyCluster } from "../core/marathon/cluster.ts";
import { ownBinds } from "../core/model/context.ts";
import { type Incumbents, noIncumbents } from "../core/model/incumbents.ts";
import { defaultOptions } from "../core/render/context.ts";
import type { HealthLimits } from "../core/status/health.ts";
import type { SyncObserver } from "../core/status/observer.ts";
import { count } from "../core/text.ts";
import { findTemplateOverrides, TemplateSet } from "../core/templates/templateSet.ts";
import { createCheck, findHaproxy, type HaproxyBinary, type Validate } from "../shell/haproxy/binary.ts";
import type { HaproxyRuntime } from "../shell/haproxy/runtime.ts";
import type { Logger } from "../shell/log/logger.ts";
import { addStaticApps, type AppListing, openAppsFile } from "../shell/marathon/appsFile.ts";
import { addPods, AppSource, withReadiness } from "../shell/marathon/appSource.ts";
import { MarathonClient, type MarathonClientOptions } from "../shell/marathon/client.ts";
import { createAuthorization } from "../shell/marathon/logins.ts";
import {
  fileTick,
  JoinedSource,
  StaticAppFiles,
  type StaticAppFilesOptions,
} from "../shell/marathon/staticApps.ts";
import { Ledger, type LedgerOptions, type Reload } from "../shell/sync/applier.ts";
import { Generator, HostResolver } from "../shell/sync/generator.ts";
import { ConfigurationStore } from "../shell/sync/store.ts";
import { Synchroniser, type SyncResult } from "../shell/sync/synchroniser.ts";
import type { Clock } from "../shell/system/clock.ts";
import { fileError, hasCode, readFileIfExists, readNamedFile } from "../shell/system/files.ts";
import type { Screen } from "../shell/system/terminal.ts";
import {
  type ClusterClient,
  clusterSettings,
  type ClustersParts,
  createClusters,
  joinListings,
} from "./clusters.ts";
import type { RunContext } from "./context.ts";
import { type FollowedClusters, fullFetchInterval, type Mailbox, syncInterval } from "./follower.ts";
import { haproxyEnvironment } from "./machine.ts";
import { countersFile, ignoredOptIns, quicAddress } from "./optIns.ts";

/** How many times in a row the periodic synchronisation may not come. */
const missed = 3;

/** Milliseconds that a stage may always take. A check that hangs is ended within them. */
const longStage = 30_000;

/** What `/_mlb_health` tolerates under these options. */
export function healthLimits(options: Options): HealthLimits {
  const failing = options.healthAfter * 1000;
  return {
    failing,
    stage: Math.max(failing, longStage),
    stale: Math.max(failing, missed * syncInterval(options)),
  };
}

/** The files that the command line names, and the owner of what is in them. */
export interface Files {
  readonly store: ConfigurationStore;
  readonly ledger: Ledger;
}

export interface FilesParts extends Pick<LedgerOptions, "startsLater"> {
  readonly mailbox: Pick<Mailbox, "tick" | "asked">;
  /** Makes what configurations need beside their own files, where it is missing. */
  readonly prepare?: () => Promise<void>;
}

export function createFiles(
  options: Options,
  { clock }: Pick<RunContext, "clock">,
  { mailbox, startsLater, prepare }: FilesParts,
): Files {
  const store = new ConfigurationStore({
    configFile: options.haproxyConfig,
    archiveVersions: options.archiveVersions,
    haproxyMap: options.haproxyMap,
    prepare,
  });
  const [again, asked] = [mailbox.tick, () => mailbox.asked];
  return { store, ledger: new Ledger({ store, clock, startsLater, again, asked }) };
}

/** The files of `--static-apps`; undefined where none are named. */
export function openStaticApps(
  { staticApps: paths, haproxyConfig }: Options,
  { clock, logger }: Pick<RunContext, "clock" | "logger">,
  { mailbox, alarm }: { mailbox: Pick<Mailbox, "changes"> } & Pick<StaticAppFilesOptions, "alarm">,
): StaticAppFiles | undefined {
  if (paths.length === 0) return undefined;
  const changed = (path: string) => mailbox.changes.tick(`the file ${path}`, fileTick);
  return new StaticAppFiles({ paths, keepIn: dirname(haproxyConfig), clock, logger, changed, alarm });
}

export interface SynchroniserParts extends Files {
  readonly client: MarathonClient;
  readonly generator: Generator;
  readonly reload: Reload;
  /** Carries out runtime commands; undefined where every change is a reload. */
  readonly runtime?: HaproxyRuntime;
  /** Path of HAProxy; undefined with `--skip-validation`, when nothing else needs it. */
  readonly haproxy: string | undefined;
  readonly haproxyEnvironment: RunContext["environment"];
  readonly observer?: SyncObserver;
  /** The processes of HAProxy; undefined where it is not ours. */
  readonly haproxyPids?: () => readonly number[];
  /** Apps that are not Marathon's. */
  readonly statics?: StaticAppFiles;
  /** The Marathons of `--cluster`. */
  readonly clusterClients?: readonly ClusterClient[];
  readonly mailbox: Pick<Mailbox, "changes">;
  /** Takes the alarms of clusters, as they are now. */
  readonly clusterAlarm?: ClustersParts["alarm"];
}

/** Puts the parts of a synchronisation together. */
export function createSynchroniser(
  options: Options,
  { clock, logger, random }: RunContext,
  parts: SynchroniserParts,
): {
  synchroniser: Synchroniser;
  apps: AppSource;
  /** Set if there are several clusters. */
  clusters: FollowedClusters | undefined;
  validate: Validate | undefined;
  /** Serves what is not Marathon's before Marathon has answered; resolves to undefined where there is nothing. */
  withoutMarathon: (signal: AbortSignal) => Promise<SyncResult | undefined>;
} {
  const { store, ledger, client, haproxy, haproxyEnvironment: env, observer } = parts;
  const { generator, reload, runtime, haproxyPids, statics } = parts;
  const validate: Validate | undefined = options.skipValidation || haproxy === undefined
    ? undefined
    : createCheck({ haproxy, env, clock });
  const apps = new AppSource({
    client,
    incremental: !options.fullFetch,
    interval: fullFetchInterval(random),
    readiness: !options.ignoreReadinessChecks,
    pods: options.pods,
    clock,
    logger,
    observer,
  });
  const incumbents = () => incumbentsOnDisk(options.haproxyConfig);
  const { clusterClients: clients = [], mailbox, clusterAlarm: alarm } = parts;
  const several = clients.length === 0 ? undefined : createClusters(options, { clock, logger, random }, {
    main: apps,
    clients,
    mailbox,
    incumbents,
    alarm,
    observer,
  });
  const marathon = several?.clusters ?? apps;
  const joined = statics && new JoinedSource({ marathon, files: statics, incumbents, logger });
  const synchroniser = new Synchroniser({
    fetchApps: (signal, named) => (joined ?? marathon).fetch(named, signal),
    generator,
    ledger,
    store,
    validate,
    cleanUp: !options.skipConfigCleanup,
    reload,
    runtime,
    haproxyPids,
    massRemovalDelay: options.massRemovalDelay * 1000,
    portReloadDelay: options.portReloadDelay * 1000,
    clock,
    logger,
    observer,
  });
  const withoutMarathon = async (signal: AbortSignal) => {
    if (!await joined?.standAlone()) return undefined;
    const request = { reasons: ["the start without Marathon"], named: new Set([fileTick]) };
    return await synchroniser.synchronise(request, signal);
  };
  return { synchroniser, apps, clusters: several?.followed, validate, withoutMarathon };
}

/** Milliseconds for `haproxy -vv`: something else under that name may never end. */
export const versionPatience = 5_000;

/** The HAProxy of `--haproxy-binary` or of the PATH, or why there is none to use. */
export async function lookForHaproxy(
  { haproxyBinary }: Pick<Options, "haproxyBinary">,
  { environment, stopping }: Pick<RunContext, "environment" | "stopping">,
): Promise<HaproxyBinary | { readonly missing: string }> {
  const signal = AbortSignal.any([stopping, AbortSignal.timeout(versionPatience)]);
  try {
    return await findHaproxy(haproxyBinary, { env: haproxyEnvironment(environment), signal });
  } catch (error) {
    stopping.throwIfAborted();
    return { missing: (error as Error).message };
  }
}

/**
 * The HAProxy that would read the configuration: its version decides the names of frontends. Where there is none, as on
 * a machine that only generates, the log says which names are assumed.
 */
export async function askHaproxy(options: Options, context: RunContext): Promise<HaproxyBinary | undefined> {
  const found = await lookForHaproxy(options, context);
  if (!("missing" in found)) return found;
  context.logger.warning(
    `No HAProxy to generate for: ${found.missing}; frontends get the names that HAProxy before 3.2 has, those of ` +
      "their backends",
  );
  return undefined;
}

export interface GeneratorSettings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Certificates of the HTTPS frontend, as they are to be named at present. */
  readonly sslCerts: () => readonly string[];
  readonly clock: Clock;
  readonly logger: Logger;
  /** The HAProxy that reads the configuration; without it any supported one may. */
  readonly haproxy?: Omit<HaproxyBinary, "path">;
  /** Whether this machine has a system log; a configuration for another machine takes it that it has. */
  readonly systemLog?: boolean;
  /** Where limits of this machine are to be kept; a configuration for another machine knows none. */
  readonly fileDescriptorLimit?: number;
  /** IP addresses of the machine that HAProxy runs on; undefined for another machine. */
  readonly ownAddresses?: ReadonlySet<string>;
  /** What is served before the first generation; nothing by default. */
  readonly incumbents?: () => Promise<Incumbents>;
  /** Where addresses of agents come from; the resolver of this machine by default. */
  readonly resolver?: Pick<HostResolver, "addresses">;
}

/**
 * The generator for the command line, with the templates of environment and files.
 *
 * @throws {RangeError} when a template of the operator cannot be compiled
 */
export async function createGenerator(options: Options, settings: GeneratorSettings): Promise<Generator> {
  const { environment, sslCerts, clock, systemLog = true, fileDescriptorLimit } = settings;
  const supervised = options.mode !== "direct";
  const directories = [templatesDirOf(options)];
  if (supervised && environment.MESOS_SANDBOX) directories.push(`${environment.MESOS_SANDBOX}/templates`);
  const overrides = findTemplateOverrides(environment, await readTemplateFiles(directories));
  const templates = new TemplateSet(overrides, { trustLabels: options.trustTemplateLabels });
  const missing = missingTemplatesDir(options);
  if (missing !== undefined) {
    settings.logger.warning(
      `--templates-dir: the directory ${missing} does not exist; using the default templates until a restart finds it`,
    );
  }
  const texts = [...overrides.values()].map(({ text }) => text);
  const ignored = ignoredOptIns(options, settings.haproxy);
  for (const warning of [...unknownVariables(environment, texts), ...templates.warnings, ...ignored]) {
    settings.logger.warning(warning);
  }

  const has = (trait: HaproxyTrait) =>
    settings.haproxy !== undefined && hasTrait(settings.haproxy.version, trait);
  const { minServicePort: minimum, maxServicePort: maximum, hardStopAfter } = options;
  return new Generator({
    model: {
      // DC/OS writes an app's id with the / or without.
      frameworkName: environment.FRAMEWORK_NAME?.replace(/^\//, ""),
      healthCheck: options.healthCheck,
      strictMode: options.strictMode,
      quietNotes: options.logLevel === "debug",
      groups: options.groups,
      servicePorts: options.servicePorts,
      ignoreReadiness: options.ignoreReadinessChecks,
      unreachableTasks: options.unreachableTasks,
      taskNetworks: options.taskNetworks,
      templateLabels: options.allowTemplateLabels,
      labelTemplates: templates.labels,
      hashSchemes: settings.haproxy?.hashSchemes,
      ownBinds: ownBinds(options, overrides),
      ownAddresses: settings.ownAddresses,
      servicePortRange: minimum && maximum ? { minimum, maximum } : undefined,
    },
    render: {
      templates,
      haproxyDir: dirname(options.haproxyConfig),
      backendCaDir: options.backendCaDir ?? options.certDir,
      ...options.accessLog === "off"
        ? {}
        : { accessLog: { format: options.accessLog, target: options.accessLogTarget } },
      bindHttpHttps: options.bindHttpHttps,
      groupHttpsByVhost: options.groupHttpsByVhost,
      haproxyMap: options.haproxyMap,
      dynamicBackends: has("dynamicBackends"),
      get sslCerts() {
        return sslCerts();
      },
      frontendSuffix: has("distinctNames") ? "_in" : "",
      automaticSni: has("automaticSni"),
      head: {
        supervised,
        workDir: options.workDir,
        runDir: options.runDir,
        stateDir: options.stateDir,
        countersFile: countersFile(options, settings.haproxy) ?? "",
        adminBind: options.adminBind,
        adminAllow: options.adminAllow.join(" "),
        httpBind: options.httpBind,
        httpsBind: options.httpsBind,
        ...quicAddress(options, settings.haproxy),
        appidBind: options.appidBind,
        defaultOptions: defaultOptions(environment.HAPROXY_GLOBAL_DEFAULT_OPTIONS),
        logToStdout: Boolean(environment.HAPROXY_SYSLOGD),
        logToSyslog: systemLog,
        hardStopAfter: Number.isInteger(hardStopAfter) ? `${hardStopAfter}s` : `${hardStopAfter * 1000}ms`,
        mworkerMaxReloads: options.mworkerMaxReloads,
      },
    },
    lruCacheCapacity: options.lruCacheCapacity,
    resolver: settings.resolver ?? new HostResolver(clock),
    incumbents: settings.incumbents,
    fileDescriptorLimit,
    warn: (message) => settings.logger.warning(message),
  });
}

function templatesDirOf({ mode, workDir, templatesDir }: Options): string {
  return resolve(mode === "direct" ? "." : workDir, templatesDir);
}

const flags: readonly Flag[] = flagTable;
const defaultTemplatesDir = flags.find(({ name }) => name === "templates-dir")!.default;

/** The directory that `--templates-dir` names, if it does not exist. The default one need not exist. */
export function missingTemplatesDir(options: Options): string | undefined {
  const path = templatesDirOf(options);
  return options.templatesDir === defaultTemplatesDir || existsSync(path) ? undefined : path;
}

/**
 * What is held by what an earlier process left on disk.
 *
 * @throws {Error} of one line when there are files that cannot be read
 */
export async function incumbentsOnDisk(configFile: string): Promise<Incumbents> {
  // Maps that are gone tell nothing, and the rest is read all the same.
  const files = await new ConfigurationStore({ configFile, archiveVersions: 0, haproxyMap: false }).read();
  return files ? readIncumbents(files) : noIncumbents;
}

/**
 * Where a run that asks once gets the apps: the Marathon of the command line, or the file in its place. It adds those
 * of `--static-apps`.
 *
 * @throws {Error} as `createMarathonClient`
 */
export async function openListing(
  options: Options,
  context: ListingContext,
): Promise<AppListing> {
  const { clock, logger, screen } = context;
  const main = await openMarathonListing(options, context);
  const others = await Promise.all(
    clusterSettings(options, { clock, logger }).map(async ({ name, options, context }) => ({
      name,
      listing: await openMarathonListing(options, { ...context, screen }, ` of the cluster ${name}`),
    })),
  );
  const listing = others.length === 0 ? main : joinListings(main, others);
  return {
    apps: async (...asked) => await addStaticApps(await listing.apps(...asked), options.staticApps),
    close: () => listing.close(),
  };
}

/** What a listing touches. */
interface ListingContext {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly screen: Pick<Screen, "during">;
}

/** @param whose the end of the line that says what is read */
async function openMarathonListing(
  options: Options,
  { clock, logger, screen }: ListingContext,
  whose = "",
): Promise<AppListing> {
  const file = marathonFile(options);
  if (file === undefined) {
    let soFar = "";
    const received = ({ bytes, count: apps }: { bytes: number; count: number }) => {
      soFar = `: ${count(apps, "app")}, ${(bytes / 1e6).toFixed(1)} MB`;
    };
    const client = await createMarathonClient(options, { clock, logger, received });
    return {
      async apps(signal, known) {
        const alone = await screen.during(
          () => `Reading Marathon's answer${whose}${soFar}`,
          () => client.apps(signal, known),
        );
        const listed = options.pods
          ? await addPods(alone, client, { before: emptyCluster, logger }, signal)
          : alone;
        return options.ignoreReadinessChecks ? listed : await withReadiness(listed, client, known, signal);
      },
      close: () => client.close(),
    };
  }
  const origin = options.snapshot === undefined ? "--marathon" : "--snapshot";
  return openAppsFile(file, origin, logger);
}

/** The clients for the Marathons of `--cluster`. @throws {Error} as `createMarathonClient` */
export async function createClusterClients(
  options: Options,
  context: { clock: Clock; logger: Logger },
): Promise<ClusterClient[]> {
  return await Promise.all(
    clusterSettings(options, context).map(async ({ name, options, context }) => ({
      name,
      client: await createMarathonClient(options, context),
    })),
  );
}

/**
 * The client for the Marathon of the command line.
 *
 * @throws {Error} when the file of the credentials or of the certificate authority cannot be used
 */
export async function createMarathonClient(
  options: Options,
  { clock, logger, received }: {
    clock: Clock;
    logger: Logger;
    received?: MarathonClientOptions["received"];
  },
): Promise<MarathonClient> {
  const { access, marathonCaCert, insecureMarathon: insecure } = options;
  if (insecure) {
    logger.warning(
      "--insecure-marathon: Marathon's certificate is not verified; another host can impersonate Marathon",
    );
  }
  const ca = marathonCaCert === undefined
    ? undefined
    : await readNamedFile(marathonCaCert, "--marathon-ca-cert");
  return new MarathonClient({
    urls: options.marathon,
    mostBytes: options.answerLimit * 2 ** 20,
    received,
    authorization: access && await createAuthorization(access, { trust: { ca, insecure }, clock }),
    ca,
    insecure,
    clock,
    logger,
  });
}

/** The template files in these directories, path to text, in the order of the directories; missing ones hold none. */
export async function readTemplateFiles(directories: readonly string[]): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const directory of directories) {
    for (const name of (await namesIn(directory)).filter((name) => name.startsWith("HAPROXY_")).sort()) {
      const path = join(directory, name);
      const text = await readFileIfExists(path);
      if (text !== undefined) files.set(path, text);
    }
  }
  return files;
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (hasCode(error, "ENOENT")) return [];
    throw fileError("read the template directory", directory, error);
  }
}
