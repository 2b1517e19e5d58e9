import type { Options } from "../../core/flags/Options.ts";
import { ConfigurationStore } from "../configuration/ConfigurationStore.ts";
import { validateConfiguration } from "../haproxy/validateConfiguration.ts";
import type { MarathonClient } from "../marathon/MarathonClient.ts";
import type { Generator } from "../sync/Generator.ts";
import { type Reload, Synchroniser, type Validate } from "../sync/Synchroniser.ts";
import type { SyncObserver } from "../sync/SyncObserver.ts";
import type { RunContext } from "./RunContext.ts";

export interface SynchroniserParts {
  readonly client: MarathonClient;
  readonly generator: Generator;
  readonly reload: Reload;
  /** Path of HAProxy; undefined with `--skip-validation`, when nothing else needs it. */
  readonly haproxy: string | undefined;
  readonly haproxyEnvironment: RunContext["environment"];
  readonly observer?: SyncObserver;
  /** The processes of HAProxy; undefined where it is not ours. */
  readonly haproxyPids?: () => readonly number[];
}

/** Puts the parts of a synchronisation together, for the files that the command line names. */
export function createSynchroniser(
  options: Options,
  { clock, logger }: RunContext,
  { client, generator, reload, haproxy, haproxyEnvironment: env, observer, haproxyPids }: SynchroniserParts,
): { synchroniser: Synchroniser; store: ConfigurationStore; validate: Validate | undefined } {
  const store = new ConfigurationStore({
    configFile: options.haproxyConfig,
    archiveVersions: options.archiveVersions,
    haproxyMap: options.haproxyMap,
  });
  const validate: Validate | undefined = options.skipValidation || haproxy === undefined
    ? undefined
    : (file, signal) => validateConfiguration(haproxy, file, { env, signal });
  const synchroniser = new Synchroniser({
    fetchApps: (signal) => client.apps(signal),
    generator,
    store,
    validate,
    cleanUp: !options.skipConfigCleanup,
    reload,
    haproxyPids,
    massRemovalDelay: options.massRemovalDelay * 1000,
    clock,
    logger,
    observer,
  });
  return { synchroniser, store, validate };
}
