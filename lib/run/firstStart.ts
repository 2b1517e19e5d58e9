import { dirname, join } from "node:path";
import { type BindAddress, newBinds } from "../core/admission/binds.ts";
import type { Options } from "../core/flags/options.ts";
import { luaScripts } from "../core/haproxy/luaScripts.ts";
import type { Validate } from "../shell/haproxy/binary.ts";
import { findTakenPorts, nameTakers } from "../shell/haproxy/ports.ts";
import type { HaproxySupervisor } from "../shell/haproxy/supervisor.ts";
import type { Logger } from "../shell/log/logger.ts";
import { validateStaged } from "../shell/sync/admission.ts";
import type { Generator } from "../shell/sync/generator.ts";
import { SharedPortTaken } from "../shell/sync/portTest.ts";
import type { ConfigurationStore } from "../shell/sync/store.ts";
import type { Synchroniser, SyncResult } from "../shell/sync/synchroniser.ts";
import type { Clock } from "../shell/system/clock.ts";
import { makeDirectory, readFileIfExists, writeFileAtomically } from "../shell/system/files.ts";

export interface StartOptions {
  readonly supervisor: Pick<HaproxySupervisor, "start" | "pids">;
  readonly synchroniser: Pick<Synchroniser, "refuseUnbound" | "recheck">;
  readonly first: FirstConfigurationOptions;
  readonly logger: Logger;
}

/**
 * Starts HAProxy with the first configuration. It leaves out services whose addresses cannot be bound, which no
 * validation shows. Otherwise they would keep all others from being served.
 *
 * It first looks for ports with another listener. HAProxy and another process can both have a port (SO_REUSEPORT), and
 * each would get a part of the connections.
 *
 * @throws {Error} when HAProxy does not start for any other reason, or a port that it needs is taken
 */
export async function startHaproxy(
  { supervisor, synchroniser, first, logger }: StartOptions,
  signal: AbortSignal,
): Promise<void> {
  let isRechecked = false;
  while (true) {
    await firstConfiguration(first, signal);
    const taken = await findTaken(first, supervisor.pids());
    if (taken && (taken.shared || isRechecked)) {
      throw new Error(
        `HAProxy is not started: ${taken.reasons}; stop that process, or choose another port ` +
          "(--admin-bind, --http-bind, --https-bind, --appid-bind)",
      );
    }
    if (taken) {
      // The files are those of an earlier start, and nothing differs from them. So only a full check finds the service
      // that needs the port.
      isRechecked = true;
      synchroniser.recheck({ hold: false });
      continue;
    }
    try {
      return await supervisor.start(signal);
    } catch (error) {
      signal.throwIfAborted();
      const { message } = error as Error;
      // Each time there is one service less that could be at fault.
      if (!synchroniser.refuseUnbound(message)) throw error;
      logger.error(`${message}. Starting without the services at fault`);
    }
  }
}

/**
 * Why ports of the files on disk are taken by another process, and whether one of them is needed without any service.
 */
async function findTaken(
  { store, generator }: Pick<FirstConfigurationOptions, "store" | "generator">,
  haproxy: readonly number[],
): Promise<{ reasons: string; shared: boolean } | undefined> {
  const text = (await store.read())?.text ?? "";
  const taken = await findTakenPorts(newBinds([], { chunks: [{ text }] }), haproxy);
  if (taken.length === 0) return undefined;
  const shared = newBinds([], generator.render([])).map(({ address }) => keyOf(address));
  const reasons = (await nameTakers(taken)).map(({ reason }) => reason).join("; ");
  return { reasons, shared: taken.some(({ address }) => shared.includes(keyOf(address))) };
}

function keyOf({ host, port }: BindAddress): string {
  return `${host} ${port}`;
}

/** Milliseconds that the start waits for Marathon, so that it does not open the ports without apps needlessly. */
const patience = 2_000;
/** The same while an answer arrives, and there is nothing on disk to start with: that of 50,000 apps is 180 MB. */
const longPatience = 30_000;

export interface FirstConfigurationOptions {
  /** Calls `answered` as soon as Marathon has. */
  readonly synchronise: (signal: AbortSignal, answered: () => void) => Promise<SyncResult>;
  /** Bytes of Marathon's answers that have arrived so far. */
  readonly arrived?: () => number;
  /** Serves the apps that are not Marathon's (`--static-apps`); resolves to undefined where there are none. */
  readonly withoutMarathon?: (signal: AbortSignal) => Promise<SyncResult | undefined>;
  readonly store: ConfigurationStore;
  readonly generator: Pick<Generator, "render">;
  readonly validate: Validate | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Writes files with which HAProxy can start. The first of these that can be had:
 *
 * - those that Marathon's answer makes
 * - the last good ones on disk
 * - those that the apps outside Marathon make
 * - a configuration without apps, for health checks and statistics
 *
 * @throws {Error} when HAProxy refuses even the configuration without apps, or a port that all services need is taken
 */
export async function firstConfiguration(
  options: FirstConfigurationOptions,
  signal: AbortSignal,
): Promise<void> {
  const { synchronise, withoutMarathon, store, generator, validate, logger } = options;
  const giveUp = new AbortController();
  const answered = new AbortController();
  const waited = untilHopeless(options, AbortSignal.any([signal, answered.signal])).then(
    (milliseconds) => giveUp.abort(new Error(`Marathon has not answered within ${milliseconds / 1000} s`)),
    () => {/* it answered, or we are stopped */},
  );
  try {
    const { outcome, failure } = await synchronise(
      AbortSignal.any([signal, giveUp.signal]),
      () => answered.abort(),
    );
    if (failure) logger.error(failure.message);
    if (outcome !== "held") {
      if (failure) logger.warning(withStaticApps);
      return;
    }
  } catch (error) {
    signal.throwIfAborted();
    // No other configuration could do without.
    if (error instanceof SharedPortTaken) throw error;
    logger.error((error as Error).message);
  } finally {
    answered.abort();
    await waited;
  }

  if (await store.read() && (!validate || (await validate(store.configFile, signal)).valid)) {
    logger.warning(`HAProxy starts with the last good configuration, ${store.configFile}`);
    return;
  }
  try {
    const result = await withoutMarathon?.(signal);
    if (result && result.outcome !== "held") {
      logger.warning(withStaticApps);
      return;
    }
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof SharedPortTaken) throw error;
    logger.error((error as Error).message);
  }
  const configuration = generator.render([]);
  const validation = validate && await validateStaged(configuration, { store, validate }, signal);
  if (validation && !validation.valid) {
    const said = validation.messages.map(({ message }) => message).join("; ");
    throw new Error(`HAProxy refuses even a configuration without apps, check the templates: ${said}`);
  }
  await store.commit(configuration);
  logger.warning("HAProxy starts without apps until Marathon answers");
}

/**
 * Resolves to the milliseconds that passed when the start has waited for Marathon long enough. Rejects when the signal is
 * aborted.
 */
async function untilHopeless(
  { arrived = () => 0, store, clock }: FirstConfigurationOptions,
  signal: AbortSignal,
): Promise<number> {
  let [waited, seen] = [0, 0];
  while (true) {
    await clock.sleep(patience, signal);
    waited += patience;
    const now = arrived();
    if (now === seen || waited >= longPatience || await store.read()) return waited;
    seen = now;
  }
}

const withStaticApps = "HAProxy starts with the apps of --static-apps alone until Marathon answers";

/** A server-state file, version 1, that says nothing of any server (HAProxy management guide, `show servers state`). */
const emptyServerState = "1\n";

/**
 * Makes the directories of the supervised modes where they are missing.
 *
 * @returns the flags by the paths that they give
 */
export async function makeDirectories(options: Options): Promise<ReadonlyMap<string, string>> {
  const wanted = {
    "--work-dir": options.workDir,
    "--run-dir": options.runDir,
    "--state-dir": options.stateDir,
    "--haproxy-config": dirname(options.haproxyConfig),
  };
  const flags = new Map<string, string>();
  for (const [flag, directory] of Object.entries(wanted)) {
    // HAProxy's workers, which may run as another user, reach the control socket in the run directory.
    await makeDirectory(directory, `the directory of ${flag}`, flag === "--run-dir" ? 0o755 : undefined);
    if (!flags.has(directory)) flags.set(directory, flag);
  }
  return flags;
}

/** Makes the directories of the supervised modes and writes the Lua scripts that configurations load from there. */
export async function prepareDirectories(options: Options): Promise<void> {
  await makeDirectories(options);
  // HAProxy warns at every start until there is one.
  const state = join(options.stateDir, "global");
  if (await readFileIfExists(state) === undefined) await writeFileAtomically(state, emptyServerState);
  for (const [name, text] of Object.entries(luaScripts)) {
    const path = join(options.workDir, name);
    if (await readFileIfExists(path) !== text) await writeFileAtomically(path, text);
  }
}
