import { access, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Options } from "../../core/flags/Options.ts";
import { prepareCertificates } from "../certificates/prepareCertificates.ts";
import { ControlServer } from "../haproxy/ControlServer.ts";
import { findHaproxy } from "../haproxy/findHaproxy.ts";
import { HaproxySupervisor } from "../haproxy/HaproxySupervisor.ts";
import { controlRoutes } from "./controlRoutes.ts";
import { createFollower } from "./createFollower.ts";
import { createGenerator } from "./createGenerator.ts";
import { createMarathonClient } from "./createMarathonClient.ts";
import { createSynchroniser } from "./createSynchroniser.ts";
import { fileDescriptorLimit } from "./fileDescriptorLimit.ts";
import { firstConfiguration } from "./firstConfiguration.ts";
import { haproxyEnvironment } from "./haproxyEnvironment.ts";
import { prepareDirectories } from "./prepareDirectories.ts";
import type { RunContext } from "./RunContext.ts";

/**
 * The supervised modes: prepares what HAProxy needs, starts it, and keeps it in step with Marathon until TERM or INT.
 * Resolves to the exit code.
 *
 * @throws {Error} when HAProxy cannot be started at all: one line that says what to do
 */
export async function runSupervised(options: Options, context: RunContext): Promise<number> {
  const { environment, clock, logger, stopping, killing } = context;
  // Until there is something to bring up to date; unhandled they would end the process.
  for (const name of ["SIGHUP", "SIGUSR1"] as const) context.signals.on(name, () => {});
  const haproxy = await findHaproxy(options.haproxyBinary, {
    env: haproxyEnvironment(environment),
    signal: stopping,
  });
  const client = await createMarathonClient(options, context);
  await prepareDirectories(options);
  const sslCerts = await prepareCertificates({ ...options, environment, clock, logger });
  const generator = await createGenerator(options, {
    environment,
    sslCerts,
    clock,
    logger,
    systemLog: await hasSystemLog(context),
    fileDescriptorLimit: await fileDescriptorLimit(),
  });

  const controlSocket = join(options.runDir, "marathon-lb.sock");
  const env = haproxyEnvironment(environment, controlSocket);
  const supervisor = new HaproxySupervisor({
    haproxy: haproxy.path,
    configFile: options.haproxyConfig,
    masterSocket: join(options.runDir, "master.sock"),
    env,
    clock,
    logger,
    shutdownTimeout: options.shutdownTimeout * 1000,
    serverStateFile: join(options.stateDir, "global"),
  });
  let started = false;
  const { synchroniser, store, validate } = createSynchroniser(options, context, {
    client,
    generator,
    // Before the start the files on disk are all that counts.
    reload: () => started ? supervisor.reload() : Promise.resolve({ ok: true }),
    haproxy: haproxy.path,
    haproxyEnvironment: env,
  });
  const byEvents = options.mode === "sse";
  const follower = createFollower(options, context, { client, synchroniser, byEvents });
  const control = await ControlServer.listen(controlSocket, controlRoutes(follower.tick));

  killing.addEventListener("abort", () => void supervisor.kill(), { once: true });
  try {
    logger.info(`HAProxy ${haproxy.version.text} at ${haproxy.path} reads ${options.haproxyConfig}`);
    const synchronise = (signal: AbortSignal, answered: () => void) =>
      synchroniser.synchronise(["the start"], signal, answered);
    await firstConfiguration({ synchronise, store, generator, validate, clock, logger }, stopping);
    await supervisor.start(stopping);
    started = true;
    logger.info("HAProxy serves");
    follower.tick("the start of HAProxy");
    await follower.follow(stopping);
    return 0;
  } finally {
    await supervisor.stop();
    await control.close();
    client.close();
    // The `stats socket` of the HEAD template: HAProxy leaves it there for a successor.
    await rm(join(options.runDir, "socket"), { force: true });
  }
}

async function hasSystemLog({ environment, logger }: RunContext): Promise<boolean> {
  if (environment.HAPROXY_SYSLOGD || await access("/dev/log").then(() => true, () => false)) return true;
  logger.info("There is no /dev/log for HAProxy's own log; HAPROXY_SYSLOGD=true would send it here");
  return false;
}
