import { access, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Options } from "../core/flags/options.ts";
import type { AlarmReport } from "../core/status/state.ts";
import { CertificateSelection, describeCertificates } from "../shell/certificates/files.ts";
import { CertificateWatcher } from "../shell/certificates/watcher.ts";
import { environmentCertificates, prepareCertificates } from "../shell/certificates/prepare.ts";
import { Alarm, settlesWithin } from "../shell/system/clock.ts";
import { type ConfigurationStore, fileReaders } from "../shell/sync/store.ts";
import { DirectoryLocks } from "../shell/system/locks.ts";
import { makeDirectory } from "../shell/system/files.ts";
import { controlRoutes, ControlServer, controlSocketPath } from "../shell/operator/control.ts";
import { findHaproxy } from "../shell/haproxy/binary.ts";
import { HaproxyRuntime } from "../shell/haproxy/runtime.ts";
import { HaproxySupervisor, type HaproxySupervisorOptions } from "../shell/haproxy/supervisor.ts";
import { watchExecutable, watchPorts } from "../shell/haproxy/watch.ts";
import { watchStopped } from "../shell/haproxy/processes.ts";
import type { Logger } from "../shell/log/logger.ts";
import { Overviews } from "../shell/operator/overviews.ts";
import { StatusRecorder } from "../shell/operator/status.ts";
import type { Ledger } from "../shell/sync/applier.ts";
import type { Synchroniser } from "../shell/sync/synchroniser.ts";
import { openServiceNotifier, type ServiceNotifier } from "./systemd.ts";
import { applySysctls, fileDescriptorLimit, haproxyEnvironment, ownAddresses } from "./machine.ts";
import { countersFile } from "./optIns.ts";
import { closeTickSource, createFollower, Mailbox, openTickSource } from "./follower.ts";
import {
  createClusterClients,
  createFiles,
  createGenerator,
  createMarathonClient,
  createSynchroniser,
  healthLimits,
  incumbentsOnDisk,
  openStaticApps,
} from "./parts.ts";
import { keepNewSpaceSmall } from "../shell/system/runtime.ts";
import {
  type FirstConfigurationOptions,
  makeDirectories,
  prepareDirectories,
  startHaproxy,
} from "./firstStart.ts";
import { createApi } from "./api.ts";
import type { RunContext } from "./context.ts";

/**
 * The supervised modes: prepares what HAProxy needs, starts it, and keeps it in step with Marathon until TERM or INT.
 * Resolves to the exit code.
 *
 * @throws {Error} when HAProxy cannot be started at all: one line that says what to do
 */
export async function runSupervised(
  options: Options,
  context: RunContext,
  opening: Opening = ours,
): Promise<number> {
  keepNewSpaceSmall();
  // Whatever is opened is closed in the reverse order. Not by `await using`: what fails at the end would hide why it ends.
  const closing = new AsyncDisposableStack();
  try {
    await serve(await compose(options, context, opening, closing), context);
    return 0;
  } finally {
    await closing.disposeAsync().catch((error) => {
      throw firstOf(error);
    });
  }
}

/** Of several errors at the end the one that came first: what follows may come of it. */
function firstOf(error: unknown): unknown {
  return error instanceof SuppressedError ? firstOf(error.suppressed) : error;
}

/** How a supervised run opens what it has to close again; tests open what records it. */
export interface Opening {
  readonly client: typeof createMarathonClient;
  readonly locks: typeof takeDirectories;
  readonly source: typeof openTickSource;
  readonly control: typeof ControlServer.listen;
  readonly files: typeof createFiles;
  readonly supervisor: (options: HaproxySupervisorOptions) => HaproxySupervisor;
}

const ours: Opening = {
  client: createMarathonClient,
  locks: takeDirectories,
  source: openTickSource,
  control: ControlServer.listen,
  files: createFiles,
  supervisor: (options) => new HaproxySupervisor(options),
};

/** Milliseconds that a predecessor which has just been ended gets to be gone. */
const patience = 1_000;

/**
 * Makes sure, before anything is written, that no other marathon-lb uses what this one is to write.
 *
 * @throws {Error} of one line that names the directory and the process
 */
export async function takeDirectories(
  options: Options,
  { environment, clock, stopping: signal }: RunContext,
): Promise<DirectoryLocks> {
  const directories = new Map(await makeDirectories(options));
  const { certDir, runDir } = options;
  // Certificates of several instances may stand in one directory, but not where we write them.
  if (environmentCertificates(environment, certDir).length > 0 && !directories.has(certDir)) {
    await makeDirectory(certDir, "the certificate directory (--cert-dir)");
    directories.set(certDir, "--cert-dir");
  }
  const locks = await DirectoryLocks.take(directories, { clock, patience, signal });
  try {
    await ControlServer.refuseAnother(controlSocketPath(runDir));
    return locks;
  } catch (error) {
    locks.release();
    throw error;
  }
}

/** What serves, once all of it is there. */
interface Parts {
  readonly mailbox: Mailbox;
  readonly supervisor: HaproxySupervisor;
  readonly synchroniser: Synchroniser;
  readonly store: ConfigurationStore;
  readonly first: FirstConfigurationOptions;
  readonly follower: ReturnType<typeof createFollower>;
  readonly notifier: ServiceNotifier;
  /** Each watches something beside the configuration until the signal is aborted. */
  readonly watches: readonly ((signal: AbortSignal) => Promise<void>)[];
  /** For the log. */
  readonly serving: string;
}

/**
 * Connects the parts of a run. Each part needs the ones before it: first the mailbox of ticks, then what posts ticks
 * there. The files and HAProxy, which the ticks keep up to date, come last.
 *
 * @param closing receives what has to be closed, as soon as it is open
 */
async function compose(
  options: Options,
  context: RunContext,
  opening: Opening,
  closing: AsyncDisposableStack,
): Promise<Parts> {
  const { environment, clock, logger, stopping } = context;
  const mailbox = new Mailbox(options, context);
  const haproxy = await findHaproxy(options.haproxyBinary, {
    env: haproxyEnvironment(environment),
    signal: stopping,
  });
  let arrived = 0;
  const client = await opening.client(options, { ...context, received: ({ bytes }) => arrived = bytes });
  const locks = closing.adopt(await opening.locks(options, context), (locks) => locks.release());
  closing.adopt(client, (client) => client.close());
  await prepareDirectories(options);
  await applySysctls(context);
  const sslCerts = await prepareCertificates({ ...options, environment, clock, logger });
  const selection = await CertificateSelection.of(sslCerts, clock);
  const generator = await createGenerator(options, {
    environment,
    sslCerts: () => selection.named,
    clock,
    logger,
    haproxy,
    systemLog: await hasSystemLog(context),
    fileDescriptorLimit: await fileDescriptorLimit(),
    ownAddresses: ownAddresses(logger),
    incumbents: () => incumbentsOnDisk(options.haproxyConfig),
  });

  const source = closing.adopt(await opening.source(options, logger), closeTickSource);
  const suspicion = new Alarm();
  const recorder = new StatusRecorder({
    clock,
    limits: healthLimits(options),
    eventSource: source.kind === "polling" ? undefined : source.kind,
    // A file that HAProxy stumbles over may have come without an event.
    onFailure: () => suspicion.ring(),
  });
  const certificateStates = () => describeCertificates(sslCerts);
  const readers = fileReaders(options.haproxyConfig);
  const world = () => synchroniser.world();
  const state = () => recorder.state;
  const isBusy = () => state().stage !== undefined;
  const overviews = new Overviews({ world, changes: () => state().changes, clock, isBusy });
  const api = createApi(options, context, { state, world, overviews, certificates: certificateStates });
  const verdicts = () => overviews.verdicts();
  const routes = {
    ...controlRoutes(mailbox.tick, recorder, certificateStates, readers, verdicts),
    ...api.routes,
  };
  const control = closing.adopt(
    await opening.control(controlSocketPath(options.runDir), routes),
    async (control) => {
      await control.close();
      // The `stats socket` of the HEAD template, which HAProxy does not remove.
      if (!keepsServing(context)) await rm(join(options.runDir, "socket"), { force: true });
    },
  );

  const { store, ledger } = opening.files(options, context, {
    mailbox,
    // Before the start the files on disk are all that counts.
    startsLater: true,
    // The directories may have been removed since the start.
    prepare: async () => {
      await prepareDirectories(options);
      await locks.renew();
      await control.remake();
    },
  });
  closing.adopt(ledger, (ledger) => settleFiles(ledger, context));
  const env = haproxyEnvironment(environment, controlSocketPath(options.runDir));
  const masterSocket = join(options.runDir, "master.sock");
  const supervisor = closing.adopt(
    opening.supervisor({
      haproxy: haproxy.path,
      configFile: options.haproxyConfig,
      masterSocket,
      ownOutput: options.accessLog !== "off" && options.accessLogTarget === "stdout",
      env,
      clock,
      logger,
      shutdownTimeout: options.shutdownTimeout * 1000,
      serverStateFile: join(options.stateDir, "global"),
      countersFile: countersFile(options, haproxy),
      resting: () => ledger.resting,
      // What was changed by commands alone is not lost with the HAProxy that has died.
      settled: () => ledger.settle(),
      observer: {
        haproxyStarted() {
          recorder.haproxyStarted();
          // What was changed in its predecessor by commands only is not in it.
          ledger.started();
        },
        haproxyEnded: (reason) => recorder.haproxyEnded(reason),
      },
    }),
    (supervisor) => endSupervision(supervisor, context),
  );
  const runtime = options.noRuntimeUpdates ? undefined : new HaproxyRuntime({
    masterSocket,
    version: haproxy.version,
    haproxyDir: dirname(options.haproxyConfig),
    clock,
  });
  const alarm = (reports: readonly AlarmReport[]) => recorder.alarm("static_apps_unusable", reports);
  const statics = openStaticApps(options, context, { mailbox, alarm });
  const clusterClients = await createClusterClients(options, context);
  closing.defer(() => clusterClients.forEach(({ client }) => client.close()));
  const { synchroniser, apps, clusters, validate, withoutMarathon } = createSynchroniser(options, context, {
    client,
    clusterClients,
    clusterAlarm: (reports) => recorder.alarm("cluster_away", reports),
    mailbox,
    statics,
    generator,
    store,
    ledger,
    reload: () => supervisor.reload(),
    runtime,
    haproxy: haproxy.path,
    haproxyEnvironment: env,
    observer: recorder,
    haproxyPids: () => supervisor.pids(),
  });
  const notifier = await openServiceNotifier(context, () => recorder.statusLine());
  const { progress } = notifier;
  const follower = createFollower(options, context, {
    ...{ mailbox, client, synchroniser, ledger, apps, source, clusters, observer: recorder, progress },
  });
  const certificates = new CertificateWatcher({
    paths: sslCerts,
    socket: supervisor.socket,
    reload: (reasons, signal) => synchroniser.reloadBeside(reasons, signal),
    between: (work) => synchroniser.between(work),
    clock,
    logger,
    observer: recorder,
    selection,
    selected: () => {
      synchroniser.recheck({ hold: true });
      mailbox.tick("the certificates");
    },
    failing: () => recorder.failing,
    suspicion,
    alarm: (kind, reports) => recorder.alarm(kind, reports),
  });
  const pids = () => supervisor.pids();
  const watches = [
    ...statics ? [(signal: AbortSignal) => statics.follow(signal)] : [],
    (signal: AbortSignal) =>
      certificates.follow(signal).catch((error: Error) => {
        // Certificates that are not watched are no reason to stop serving.
        logger.error(
          `The watch of certificates ended, restart marathon-lb to watch them again: ${error.message}`,
        );
      }),
    (signal: AbortSignal) => synchroniser.followRemoved(signal),
    (signal: AbortSignal) => watchStopped(pids, { clock, logger }, signal),
    (signal: AbortSignal) =>
      watchPorts({ pids, clock, logger, alarm: (shared) => recorder.alarm("port_shared", shared) }, signal),
    (signal: AbortSignal) =>
      watchExecutable({
        ...haproxy,
        ask: async (signal) => (await findHaproxy(haproxy.path, { env, signal })).version,
        clock,
        logger,
        alarm: (reports) => recorder.alarm("haproxy_replaced", reports),
      }, signal),
  ];
  const synchronise = (signal: AbortSignal, answered: () => void) =>
    synchroniser.synchronise({ reasons: ["the start"], answered }, signal);
  const first = {
    synchronise,
    arrived: () => arrived,
    withoutMarathon,
    store,
    generator,
    validate,
    clock,
    logger,
  };
  const serving = `HAProxy ${haproxy.version.text} at ${haproxy.path} reads ${options.haproxyConfig}`;
  return { mailbox, supervisor, synchroniser, store, first, follower, notifier, watches, serving };
}

/** Whether HAProxy is to outlive this run. */
function keepsServing({ leaving, killing }: RunContext): boolean {
  return leaving.aborted && !killing.aborted;
}

function endSupervision(supervisor: HaproxySupervisor, context: RunContext): Promise<void> {
  return keepsServing(context) ? supervisor.leave() : supervisor.stop();
}

/** Starts or adopts HAProxy and follows Marathon until it is to stop. */
async function serve(parts: Parts, context: RunContext): Promise<void> {
  const { logger, stopping, leaving, killing } = context;
  const { mailbox, supervisor, synchroniser, store, first, follower, notifier, watches, serving } = parts;
  killing.addEventListener("abort", () => void supervisor.kill(), { once: true });
  logger.info(serving);
  // Now that no other instance uses the directories.
  await recover(store, logger);
  // At once: what else ends then may be waiting for HAProxy.
  const stop = () => void endSupervision(supervisor, context).catch(() => {/* its caller gets the error */});
  if (await supervisor.adopt(stopping)) {
    stopping.addEventListener("abort", stop, { once: true });
    // What it has loaded may be older than the files, and the certificates are.
    await synchroniser.reloadFiles(stopping).catch((error: Error) => {
      stopping.throwIfAborted();
      logger.error(error.message);
    });
  } else {
    await startHaproxy({ supervisor, synchroniser, first, logger }, stopping);
    stopping.addEventListener("abort", stop, { once: true });
  }
  logger.info("HAProxy serves");
  mailbox.tick("the start of HAProxy");
  const watching = watches.map((watch) => watch(stopping));
  const farewell = () =>
    leaving.aborted ? "Ending: HAProxy keeps serving for the next start" : "Stopping: the last requests end";
  const notifying = notifier.follow(stopping, killing, farewell);
  await Promise.all([follower.follow(stopping), ...watching, notifying]);
}

async function recover(store: ConfigurationStore, logger: Logger): Promise<void> {
  try {
    if (await store.recover()) {
      logger.warning("An earlier start was killed during a change: completing the change");
    }
  } catch (error) {
    // The next change makes up for it.
    logger.error((error as Error).message);
  }
}

/** A start after this one is to begin with what ran. */
async function settleFiles(
  ledger: Pick<Ledger, "settle">,
  { clock, logger, killing: signal }: RunContext,
): Promise<void> {
  const settled = ledger.settle().catch((error: Error) => logger.error(error.message));
  if (await settlesWithin(settled, 10_000, { clock, signal }) || signal.aborted) return;
  logger.error("The last configuration is not written: the disk did not accept it within 10 s");
}

async function hasSystemLog({ environment, logger }: RunContext): Promise<boolean> {
  if (environment.HAPROXY_SYSLOGD || await access("/dev/log").then(() => true, () => false)) return true;
  logger.info("There is no /dev/log for HAProxy's own log; HAPROXY_SYSLOGD=true would send it here");
  return false;
}
