import type { Service } from "../model/service.ts";
import type { Problem } from "../problem.ts";

/** A piece of the configuration and its service; none for the parts that all services share. */
export interface Chunk {
  readonly text: string;
  readonly service?: Service;
  /** Whether it is the whole backend of its service, the only piece that contains tasks. */
  readonly backend?: true;
  /** Whether it is the whole frontend for the port of its service. */
  readonly frontend?: true;
  /** Of a backend, the body that it begins from. Of a piece without a service, the body that it is. */
  readonly body?: string;
  /** Whether it repeats the `defaults` of `HEAD`, for the frontends that follow. */
  readonly repeats?: true;
}

/** The configuration of HAProxy. */
export interface Configuration {
  readonly text: string;
  /** The pieces of `text`, in their order. They show which service a line belongs to. */
  readonly chunks: readonly Chunk[];
  readonly maps: ConfigurationMaps;
  /** Services that could not be rendered, and notes for owners of others. */
  readonly problems: readonly Problem[];
  /**
   * Set if it was made from another one by a change of some pieces: the pieces of that one, and the places of those.
   */
  readonly changed?: { readonly from: readonly Chunk[]; readonly places: readonly number[] };
  /** The places of the pieces of services, once they were computed. They stay valid while only pieces change. */
  readonly places?: ChunkPlaces;
}

/** The places in `chunks` of the pieces of each app's services, by the app's id. */
export type ChunkPlaces = ReadonlyMap<string, readonly number[]>;

/** The map files beside the configuration: file name to text; the first two are empty without `--haproxy-map`. */
export interface ConfigurationMaps {
  readonly "domain2backend.map": string;
  readonly "app2backend.map": string;
  /** Weights of shares; there where the configuration looks anything up in it. */
  readonly "share.map"?: string;
}

/** The names of the map files, in their order. */
export const mapFiles = ["domain2backend.map", "app2backend.map", "share.map"] as const satisfies readonly (
  keyof ConfigurationMaps
)[];

/**
 * A configuration that joins its text at each access, as that costs time for a large one, and most changes do not need
 * it.
 */
export function assembled(parts: Omit<Configuration, "text">): Configuration {
  return {
    ...parts,
    get text() {
      return parts.chunks.map((chunk) => chunk.text).join("");
    },
  };
}

/** The texts of the sections from which backends begin, by their names. */
export function bodiesIn({ chunks }: Pick<Configuration, "chunks">): Map<string, string> {
  const bodies = new Map<string, string>();
  for (const { text, body, service } of chunks) if (body !== undefined && !service) bodies.set(body, text);
  return bodies;
}

/** The services that a configuration serves, in its order. */
export function servicesIn({ chunks }: Pick<Configuration, "chunks">): Service[] {
  const found = new Set<Service>();
  for (const { service } of chunks) if (service) found.add(service);
  return [...found];
}
