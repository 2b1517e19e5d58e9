import type { Problem } from "../problem/Problem.ts";
import type { Service } from "../model/Service.ts";

/** A piece of the configuration and the service it belongs to; none for the parts that all share. */
export interface Chunk {
  readonly text: string;
  readonly service?: Service;
  /** Whether it is the whole backend of its service, the only piece that tells of tasks. */
  readonly backend?: true;
}

/** What HAProxy is started with. */
export interface Configuration {
  readonly text: string;
  /** The pieces of `text`, in their order: tells whose line a line is. */
  readonly chunks: readonly Chunk[];
  readonly maps: ConfigurationMaps;
  /** Services that could not be rendered, and what owners of others should know. */
  readonly problems: readonly Problem[];
}

/** The map files beside the configuration: file name to text; empty without `--haproxy-map`. */
export interface ConfigurationMaps {
  readonly "domain2backend.map": string;
  readonly "app2backend.map": string;
}
