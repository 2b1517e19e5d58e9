import { access, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Options } from "../../core/flags/Options.ts";
import { CertificateWatcher } from "../certificates/CertificateWatcher.ts";
import { describeCertificates } from "../certificates/describeCertificates.ts";
import { prepareCertificates } from "../certificates/prepareCertificates.ts";
import type { ConfigurationStore } from "../configuration/ConfigurationStore.ts";
import { ControlServer } from "../haproxy/ControlServer.ts";
import { controlSocketPath } from "../haproxy/controlSocketPath.ts";
import { findHaproxy } from "../haproxy/findHaproxy.ts";
import { HaproxyRuntime } from "../haproxy/HaproxyRuntime.ts";
import { HaproxySupervisor } from "../haproxy/HaproxySupervisor.ts";
import { settlesWithin } from "../haproxy/settlesWithin.ts";
import { Turns } from "../haproxy/Turns.ts";
import { watchStopped } from "../haproxy/watchStopped.ts";
import type { Logger } from "../log/Logger.ts";
import { StatusRecorder } from "../status/StatusRecorder.ts";
import type { Synchroniser } from "../sync/Synchroniser.ts";
import { openServiceNotifier } from "../systemd/openServiceNotifier.ts";
import { applySysctls } from "./applySysctls.ts";
import { controlRoutes } from "./controlRoutes.ts";
import { createFollower } from "./createFollower.ts";
import { createGenerator } from "./createGenerator.ts";
import { createMarathonClient } from "./createMarathonClient.ts";
import { createSynchroniser } from "./createSynchroniser.ts";
import { fileDescriptorLimit } from "./fileDescriptorLimit.ts";
import { haproxyEnvironment } from "./haproxyEnvironment.ts";
import { healthLimits } from "./healthLimits.ts";
import { keepNewSpaceSmall } from "./keepHeapSmall.ts";
import { openTickSource } from "./openTickSource.ts";
import { prepareDirectories } from "./prepareDirectories.ts";
import type { RunContext } from "./RunContext.ts";
import { startHaproxy } from "./startHaproxy.ts";

/**
 * The supervised modes: prepares what HAProxy needs, starts it, and keeps it in step with Marathon until TERM or INT.
 * Resolves to the exit code.
 *
 * @throws {Error} when HAProxy cannot be started at all: one line that says what to do
 */
export async function runSupervised(options: Options, context: RunContext): Promise<number> {
  const { environment, clock, logger, stopping, killing } = context;
  keepNewSpaceSmall();
  // Until there is something to bring up to date; unhandled they would end the process.
  for (const name of ["SIGHUP", "SIGUSR1"] as const) context.signals.on(name, () => {});
  const haproxy = await findHaproxy(options.haproxyBinary, {
    env: haproxyEnvironment(environment),
    signal: stopping,
  });
  const client = await createMarathonClient(options, context);
  await prepareDirectories(options);
  await applySysctls(context);
  const sslCerts = await prepareCertificates({ ...options, environment, clock, logger });
  const generator = await createGenerator(options, {
    environment,
    sslCerts,
    clock,
    logger,
    haproxyVersion: haproxy.version,
    systemLog: await hasSystemLog(context),
    fileDescriptorLimit: await fileDescriptorLimit(),
  });

  const controlSocket = controlSocketPath(options.runDir);
  const env = haproxyEnvironment(environment, controlSocket);
  const source = await openTickSource(options, logger);
  const recorder = new StatusRecorder({
    clock,
    limits: healthLimits(options),
    eventSource: source.kind === "polling" ? undefined : source.kind,
  });
  const supervisor = new HaproxySupervisor({
    haproxy: haproxy.path,
    configFile: options.haproxyConfig,
    masterSocket: join(options.runDir, "master.sock"),
    env,
    clock,
    logger,
    shutdownTimeout: options.shutdownTimeout * 1000,
    serverStateFile: join(options.stateDir, "global"),
    resting: () => synchroniser.resting,
    // What was changed by commands alone is not lost with the HAProxy that has died.
    settled: () => synchroniser.settle(),
    observer: {
      haproxyStarted() {
        recorder.haproxyStarted();
        // What was changed in its predecessor by commands only is not in it.
        if (started) synchroniser.restarted();
      },
      haproxyEnded: (reason) => recorder.haproxyEnded(reason),
    },
  });
  let started = false;
  const turns = new Turns();
  const runtime = options.noRuntimeUpdates ? undefined : new HaproxyRuntime({
    masterSocket: join(options.runDir, "master.sock"),
    version: haproxy.version,
    haproxyDir: dirname(options.haproxyConfig),
    started: () => started,
    clock,
  });
  const { synchroniser, apps, store, validate } = createSynchroniser(options, context, {
    client,
    generator,
    // Before the start the files on disk are all that counts.
    reload: () => started ? supervisor.reload() : Promise.resolve({ ok: true, later: true }),
    runtime,
    turns,
    haproxy: haproxy.path,
    haproxyEnvironment: env,
    observer: recorder,
    again: (reason) => follower.tick(reason),
    haproxyPids: () => supervisor.pids(),
    // Somebody may have removed the directories since the start.
    prepare: async () => {
      await prepareDirectories(options);
      await control.remake();
    },
  });
  const notifier = await openServiceNotifier(context, () => recorder.statusLine());
  const { progress } = notifier;
  const parts = { client, synchroniser, apps, source, observer: recorder, progress };
  const follower = createFollower(options, context, parts);
  const control = await ControlServer.listen(
    controlSocket,
    controlRoutes(follower.tick, recorder, () => describeCertificates(sslCerts)),
  );

  killing.addEventListener("abort", () => void supervisor.kill(), { once: true });
  try {
    logger.info(`HAProxy ${haproxy.version.text} at ${haproxy.path} reads ${options.haproxyConfig}`);
    const synchronise = (signal: AbortSignal, answered: () => void) =>
      synchroniser.synchronise({ reasons: ["the start"], answered }, signal);
    // Now that nobody else uses the directories.
    await recover(store, logger);
    // At once: what else ends then may be waiting for HAProxy.
    const stop = () => void supervisor.stop().catch(() => {/* whoever awaits it below is told */});
    if (await supervisor.adopt(stopping)) {
      started = true;
      stopping.addEventListener("abort", stop, { once: true });
      // What it has loaded may be older than the files, and the certificates are.
      await synchroniser.reloadFiles(stopping).catch((error: Error) => {
        stopping.throwIfAborted();
        logger.error(error.message);
      });
    } else {
      const first = { synchronise, store, generator, validate, clock, logger };
      await startHaproxy({ supervisor, synchroniser, first, logger }, stopping);
      started = true;
      stopping.addEventListener("abort", stop, { once: true });
    }
    logger.info("HAProxy serves");
    follower.tick("the start of HAProxy");
    const { socket } = supervisor;
    // Not while a change is being made: HAProxy would load files that lack it, and the change would be made to its predecessor.
    const reload = () =>
      turns.take(async () => {
        try {
          await synchroniser.settle();
        } catch (error) {
          return { ok: false as const, reason: (error as Error).message, milliseconds: 0 };
        }
        const result = await supervisor.reload();
        if (result.ok) synchroniser.restarted();
        return result;
      });
    const certificates = new CertificateWatcher({
      paths: sslCerts,
      socket,
      reload,
      clock,
      logger,
      observer: recorder,
    });
    const watching = certificates.follow(stopping).catch((error: Error) => {
      // Certificates that are not watched are no reason to stop serving.
      logger.error(`Certificates are not watched any more: ${error.message}`);
    });
    const watchingHaproxy = watchStopped(() => supervisor.pids(), { clock, logger }, stopping);
    const notifying = notifier.follow(stopping, killing);
    await Promise.all([follower.follow(stopping), watching, watchingHaproxy, notifying]);
    return 0;
  } finally {
    await supervisor.stop();
    await settleFiles(synchroniser, context);
    await control.close();
    client.close();
    // The `stats socket` of the HEAD template: HAProxy leaves it there for a successor.
    await rm(join(options.runDir, "socket"), { force: true });
  }
}

async function recover(store: ConfigurationStore, logger: Logger): Promise<void> {
  try {
    if (await store.recover()) {
      logger.warning("An earlier start was killed in the middle of a change; it is made now");
    }
  } catch (error) {
    // The next change makes up for it.
    logger.error((error as Error).message);
  }
}

/** A start after this one is to begin with what ran. */
async function settleFiles(
  synchroniser: Pick<Synchroniser, "settle">,
  { clock, logger, killing: signal }: RunContext,
): Promise<void> {
  const settled = synchroniser.settle().catch((error: Error) => logger.error(error.message));
  if (await settlesWithin(settled, 10_000, { clock, signal }) || signal.aborted) return;
  logger.error("The last configuration is not written: the disk has not taken it within 10 s");
}

async function hasSystemLog({ environment, logger }: RunContext): Promise<boolean> {
  if (environment.HAPROXY_SYSLOGD || await access("/dev/log").then(() => true, () => false)) return true;
  logger.info("There is no /dev/log for HAProxy's own log; HAPROXY_SYSLOGD=true would send it here");
  return false;
}
