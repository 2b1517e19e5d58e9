import type { Options } from "../../core/flags/Options.ts";
import { withDeadline } from "../clock/withDeadline.ts";
import { ConfigurationStore } from "../configuration/ConfigurationStore.ts";
import type { HaproxyRuntime } from "../haproxy/HaproxyRuntime.ts";
import type { Turns } from "../haproxy/Turns.ts";
import { validateConfiguration } from "../haproxy/validateConfiguration.ts";
import type { MarathonClient } from "../marathon/MarathonClient.ts";
import { AppSource } from "../sync/AppSource.ts";
import type { Generator } from "../sync/Generator.ts";
import { type Reload, Synchroniser, type Validate } from "../sync/Synchroniser.ts";
import type { SyncObserver } from "../sync/SyncObserver.ts";
import type { RunContext } from "./RunContext.ts";

export interface SynchroniserParts {
  readonly client: MarathonClient;
  readonly generator: Generator;
  readonly reload: Reload;
  /** Carries out runtime commands; undefined where every change is a reload. */
  readonly runtime?: HaproxyRuntime;
  /** Shared with whoever else has HAProxy reloaded. */
  readonly turns?: Turns;
  /** Path of HAProxy; undefined with `--skip-validation`, when nothing else needs it. */
  readonly haproxy: string | undefined;
  readonly haproxyEnvironment: RunContext["environment"];
  readonly observer?: SyncObserver;
  /** Asks for another synchronisation. */
  readonly again?: (reason: string) => void;
  /** The processes of HAProxy; undefined where it is not ours. */
  readonly haproxyPids?: () => readonly number[];
  /** Makes what configurations need beside their own files, where it is missing. */
  readonly prepare?: () => Promise<void>;
}

/** Milliseconds, far more than a configuration of thousands of services takes. */
const checkTimeout = 300_000;
const endless =
  `did not end within ${checkTimeout / 1000} s, nothing was changed: maybe a label or template names a ` +
  "file that has no end, such as a device or a pipe";

/** Puts the parts of a synchronisation together, for the files that the command line names. */
export function createSynchroniser(
  options: Options,
  { clock, logger }: RunContext,
  parts: SynchroniserParts,
): {
  synchroniser: Synchroniser;
  apps: AppSource;
  store: ConfigurationStore;
  validate: Validate | undefined;
} {
  const { client, haproxy, haproxyEnvironment: env, observer, prepare } = parts;
  const { generator, reload, runtime, turns, haproxyPids, again } = parts;
  const store = new ConfigurationStore({
    configFile: options.haproxyConfig,
    archiveVersions: options.archiveVersions,
    haproxyMap: options.haproxyMap,
    prepare,
  });
  const validate: Validate | undefined = options.skipValidation || haproxy === undefined
    ? undefined
    : (file, signal) =>
      withDeadline(
        { clock, milliseconds: checkTimeout, signal, message: `${haproxy} -c -f ${file} ${endless}` },
        (signal) => validateConfiguration(haproxy, file, { env, signal }),
      );
  const apps = new AppSource({ client, incremental: !options.fullFetch, clock, logger, observer });
  const synchroniser = new Synchroniser({
    fetchApps: (signal, named) => apps.fetch(named, signal),
    generator,
    store,
    validate,
    cleanUp: !options.skipConfigCleanup,
    reload,
    runtime,
    turns,
    haproxyPids,
    again,
    massRemovalDelay: options.massRemovalDelay * 1000,
    clock,
    logger,
    observer,
  });
  return { synchroniser, apps, store, validate };
}
