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
  /** Where it was made of another one by changing some pieces: the pieces of that one, and the places of those. */
  readonly changed?: { readonly from: readonly Chunk[]; readonly places: readonly number[] };
  /** Where the pieces of services stand, once that was looked up: it stays so while only pieces change. */
  readonly places?: ChunkPlaces;
}

/** The places in `chunks` of the pieces of each app's services, by the app's id. */
export type ChunkPlaces = ReadonlyMap<string, readonly number[]>;

/** The map files beside the configuration: file name to text; empty without `--haproxy-map`. */
export interface ConfigurationMaps {
  readonly "domain2backend.map": string;
  readonly "app2backend.map": string;
}
