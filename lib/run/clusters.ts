import { dirname } from "node:path";
import type { Options } from "../core/flags/options.ts";
import { type Cluster, emptyCluster } from "../core/marathon/cluster.ts";
import { ClusterView, joinClusters } from "../core/marathon/clusters.ts";
import type { SyncObserver } from "../core/status/observer.ts";
import type { AlarmReport } from "../core/status/state.ts";
import type { AppListing } from "../shell/marathon/appsFile.ts";
import { AppSource } from "../shell/marathon/appSource.ts";
import type { MarathonClient } from "../shell/marathon/client.ts";
import { Clusters, type ClustersOptions, clusterTick, prefixed } from "../shell/marathon/clusters.ts";
import type { RunContext } from "./context.ts";
import {
  type FollowedClusters,
  followStream,
  fullFetchInterval,
  idleTime,
  type Mailbox,
  type StreamedMarathon,
} from "./follower.ts";

type Context = Pick<RunContext, "clock" | "logger" | "random">;

/** The flags and the logger for each cluster of `--cluster`; the credentials for `--marathon` are not for others. */
export function clusterSettings(options: Options, { clock, logger }: Context) {
  return options.clusters.map(({ name, urls: marathon, credentials }) => {
    const origin = `the URL of --cluster ${name}`;
    const access = credentials && { origin, kind: "basic" as const, credentials };
    const context = { clock, logger: prefixed(logger, `--cluster ${name}`) };
    return { name, options: { ...options, marathon, snapshot: undefined, access }, context };
  });
}

/** A Marathon of `--cluster`. */
export interface ClusterClient {
  readonly name: string;
  readonly client: MarathonClient;
}

export interface ClustersParts {
  /** The apps of `--marathon`. */
  readonly main: AppSource;
  readonly clients: readonly ClusterClient[];
  readonly mailbox: Pick<Mailbox, "changes">;
  readonly incumbents: ClustersOptions["incumbents"];
  readonly alarm?: (reports: readonly AlarmReport[]) => void;
  readonly observer?: Pick<SyncObserver, "clusterStream">;
}

/** All clusters of the command line as one, and what follows each of them. */
export function createClusters(
  options: Options,
  { clock, logger, random }: Context,
  { main, clients, mailbox, incumbents, alarm, observer }: ClustersParts,
): { readonly clusters: Clusters; readonly followed: FollowedClusters } {
  const sources = clients.map(({ name, client }) => {
    const ours = prefixed(logger, `--cluster ${name}`);
    const source = new AppSource({
      client,
      incremental: !options.fullFetch,
      interval: fullFetchInterval(random),
      readiness: !options.ignoreReadinessChecks,
      pods: options.pods,
      clock,
      logger: ours,
    });
    return { name, client, source, logger: ours };
  });
  const clusters = new Clusters([{ source: main }, ...sources], {
    keepIn: dirname(options.haproxyConfig),
    idle: idleTime(options, random),
    massRemovalDelay: options.massRemovalDelay * 1000,
    alarmAfter: options.healthAfter * 1000,
    clock,
    logger,
    incumbents,
    changed: (reason) => mailbox.changes.tick(reason, clusterTick),
    alarm,
  });
  const [first, ...others] = clusters.members;
  const followed: FollowedClusters = {
    main: first!.loop,
    recovered: first!.recovered,
    ask: (reason) => clusters.ask(reason),
    async follow(signal) {
      const streams = others.map(({ loop, recovered }, index) => {
        loop.tick("the start");
        // With `poll`, the loop asks by itself in these intervals.
        if (options.mode === "poll") return undefined;
        const { name, client, source: apps, logger } = sources[index]!;
        const reported: StreamedMarathon["observer"] = {
          streamConnected: () => observer?.clusterStream?.(name),
          streamDisconnected: (reason) => observer?.clusterStream?.(name, reason),
          event: () => {/* counted for --marathon alone */},
        };
        const followed = { client, apps, loop, recovered, observer: reported };
        return followStream(options, { clock, logger }, followed, signal);
      });
      await Promise.all([...clusters.members.map((member) => member.follow(signal)), ...streams]);
    },
  };
  return { clusters, followed };
}

/** Several listings as one, for a run that asks once: all have to answer. */
export function joinListings(
  main: AppListing,
  others: readonly { readonly name: string; readonly listing: AppListing }[],
): AppListing {
  const views = others.map(({ name }, index) => new ClusterView(name, index + 1));
  return {
    async apps(signal): Promise<Cluster> {
      const [first = emptyCluster, ...rest] = await Promise.all([
        main.apps(signal),
        ...others.map(({ name, listing }) =>
          listing.apps(signal).catch((error: Error) => {
            throw new Error(`--cluster ${name}: ${error.message}`, { cause: error });
          })
        ),
      ]);
      return joinClusters([first, ...rest.map((cluster, index) => views[index]!.of(cluster))]);
    },
    close() {
      for (const listing of [main, ...others.map((other) => other.listing)]) listing.close();
    },
  };
}
