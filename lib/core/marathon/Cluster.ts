import type { Problem } from "../problem/Problem.ts";
import type { App } from "./App.ts";
import type { AppChange } from "./AppChange.ts";

/** All apps of a Marathon, as they were last told. */
export interface Cluster {
  /** In the order in which Marathon lists them; new ones that it told of one by one stand at the end. */
  readonly apps: ReadonlyMap<string, App>;
  /** Apps that do not fit, by id, or by how they are known where they have none. */
  readonly problems: ReadonlyMap<string, Problem>;
}

/** A cluster, and what differs in it from the one before. */
export interface ClusterReading {
  readonly cluster: Cluster;
  readonly changes: readonly AppChange[];
  /** The one before. */
  readonly from: Cluster;
  /** Whether only some apps were asked for. */
  readonly partial: boolean;
}

export const emptyCluster: Cluster = { apps: new Map(), problems: new Map() };
