import { bodiesIn, type Configuration } from "../render/configuration.ts";
import { nextPorts, type WaitingPort } from "./arrivals.ts";
import type {
  BackendDeparture,
  ConfigurationFiles,
  RemovedServer,
  RuntimePlan,
  ServerChange,
} from "./plan.ts";
import { nextLeftovers, restingServers } from "./servers.ts";

/** Servers that no file contains any more, and that are in maintenance in HAProxy, by `serverKey`. */
type Leftovers = ReadonlyMap<string, RemovedServer>;

/** How a HAProxy whose backends come and go at run time differs from one that has loaded its files. */
export interface Strays {
  /** The bodies that it has loaded. Files may have others. */
  readonly bodies: ReadonlySet<string>;
  /** Backends that no file contains any more, by name. */
  readonly gone: ReadonlyMap<string, BackendDeparture>;
  /** Frontends that a reload has yet to bring or to remove, by the names of their backends. */
  readonly ports: ReadonlyMap<string, WaitingPort>;
}

/**
 * What is on disk and what HAProxy has loaded. `files` is the last written configuration, if it is known. `leftovers`
 * and `strays` are what runtime commands left in HAProxy since it loaded files.
 *
 * - `starting`: HAProxy has not started yet. It will load the files, so no reload is needed.
 * - `unknown`: it is unknown what HAProxy has loaded, as at the start, or after a reload of edited files.
 * - `same`: HAProxy has loaded the files.
 * - `ahead`: runtime commands have brought HAProxy to `live`; `pending` is being written to disk.
 * - `owing`: HAProxy has to load the files, even if they do not change. `from` is the state to return to when the files
 *   are restored. `before` are the files that were replaced.
 * - `astray`: `servers` (by `serverKey`) may differ from `from`, as HAProxy may have executed only some of their
 *   commands.
 */
export type Loaded =
  | { readonly kind: "starting"; readonly files?: Configuration }
  | { readonly kind: "unknown"; readonly files?: Configuration }
  | {
    readonly kind: "same";
    readonly files: Configuration;
    readonly leftovers: Leftovers;
    /** Undefined where the files have no bodies that backends begin from. */
    readonly strays?: Strays;
  }
  | {
    readonly kind: "ahead";
    readonly files?: Configuration;
    readonly pending: Configuration;
    readonly live: Configuration;
    readonly leftovers: Leftovers;
    readonly strays?: Strays;
  }
  | {
    readonly kind: "owing";
    readonly files?: Configuration;
    readonly before?: ConfigurationFiles;
    readonly from: Loaded;
  }
  | { readonly kind: "astray"; readonly servers: readonly string[]; readonly from: Loaded };

/** What changes the files, HAProxy, or what is known of them. */
export type LoadedEvent =
  /** HAProxy and the files both equal this configuration, by a comparison. */
  | { readonly kind: "confirmed"; readonly configuration: Configuration }
  /** HAProxy executed all commands for this configuration, which is now being written to disk. */
  | {
    readonly kind: "commanded";
    readonly configuration: Configuration;
    readonly changes: readonly ServerChange[];
    /** Backends that came and went, and their frontends, which did not. */
    readonly arrivals?: Pick<RuntimePlan, "departures" | "ports"> & {
      /** Milliseconds of a clock that never goes back. */
      readonly at: number;
    };
  }
  /** HAProxy deleted these removed servers, by `serverKey`, and these backends. */
  | { readonly kind: "deleted"; readonly servers: readonly string[]; readonly backends?: readonly string[] }
  /** Commands for these servers failed. */
  | { readonly kind: "strayed"; readonly servers: readonly string[] }
  /** This configuration is on disk. */
  | { readonly kind: "written"; readonly configuration: Configuration }
  /** The files were replaced by this configuration, for HAProxy to load. */
  | { readonly kind: "replaced"; readonly configuration: Configuration; readonly before?: ConfigurationFiles }
  /** HAProxy refused them, and the earlier files are restored. */
  | { readonly kind: "restored" }
  /** A request asks HAProxy to load the files as they are. */
  | { readonly kind: "asked" }
  /** HAProxy has loaded this configuration from disk. */
  | { readonly kind: "loaded"; readonly configuration: Configuration }
  /** HAProxy has loaded the files as they were; `edited` if they differ from what was last written. */
  | { readonly kind: "reread"; readonly edited: boolean }
  /** HAProxy does not run, and loads the files at its next start. */
  | { readonly kind: "down" }
  /** HAProxy started with the files on disk, for the first time or again. */
  | { readonly kind: "started" };

/** The first state with a running HAProxy. */
export const nothingLoaded: Loaded = { kind: "unknown" };

/** The first state before the first start of HAProxy. */
export const notStarted: Loaded = { kind: "starting" };

const noLeftovers: Leftovers = new Map();

/** The state after an event. */
export function next(state: Loaded, event: LoadedEvent): Loaded {
  switch (event.kind) {
    case "confirmed":
      // A comparison of files does not replace the reload.
      if (owesReload(state)) return state;
      // The write continues.
      if (state.kind === "ahead") return { ...state, live: event.configuration };
      if (state.kind === "starting") return { ...state, files: event.configuration };
      return {
        kind: "same",
        files: event.configuration,
        leftovers: leftoversIn(state),
        ...carried(straysIn(state) ?? freshStrays(event.configuration)),
      };
    case "commanded":
      if (state.kind === "starting") return state;
      if (state.kind === "owing" || state.kind === "astray") return within(state, event);
      return {
        kind: "ahead",
        files: state.files,
        pending: event.configuration,
        live: event.configuration,
        leftovers: nextLeftovers(leftoversIn(state), event.changes),
        ...carried(nextStrays(straysIn(state), event)),
      };
    case "deleted":
      if (state.kind === "same" || state.kind === "ahead") {
        return {
          ...state,
          leftovers: without(state.leftovers, event.servers),
          ...carried(
            state.strays && { ...state.strays, gone: without(state.strays.gone, event.backends ?? []) },
          ),
        };
      }
      return state.kind === "owing" || state.kind === "astray" ? within(state, event) : state;
    case "strayed":
      if (state.kind === "starting") return state;
      if (state.kind === "owing") return within(state, event);
      return { kind: "astray", servers: event.servers, from: state.kind === "astray" ? state.from : state };
    case "written":
      return written(state, event.configuration);
    case "replaced":
      return { kind: "owing", files: event.configuration, before: event.before, from: state };
    case "restored":
      return state.kind === "owing" ? state.from : state;
    case "asked":
      return state.kind === "owing" ? state : { kind: "owing", files: filesOf(state), from: state };
    case "loaded":
      return isStarting(state)
        ? { kind: "starting", files: event.configuration }
        : loadedWith(event.configuration);
    case "reread": {
      const files = filesOf(state);
      if (isStarting(state)) return { kind: "starting", files: event.edited ? undefined : files };
      return files && !event.edited ? loadedWith(files) : { kind: "unknown", files };
    }
    case "down":
      if (state.kind === "starting") return state;
      return {
        kind: "owing",
        files: filesOf(state),
        before: state.kind === "owing" ? state.before : undefined,
        from: nothingLoaded,
      };
    case "started":
      return started(state);
  }
}

function without<Left>(leftovers: ReadonlyMap<string, Left>, names: readonly string[]): Map<string, Left> {
  const gone = new Set(names);
  return new Map([...leftovers].filter(([key]) => !gone.has(key)));
}

/** HAProxy has just loaded these files. */
function loadedWith(files: Configuration): Loaded {
  return { kind: "same", files, leftovers: noLeftovers, ...carried(freshStrays(files)) };
}

function freshStrays(files: Configuration): Strays | undefined {
  const bodies = new Set(bodiesIn(files).keys());
  return bodies.size === 0 ? undefined : { bodies, gone: new Map(), ports: new Map() };
}

function carried(strays: Strays | undefined): { strays?: Strays } {
  return strays ? { strays } : {};
}

function nextStrays(
  strays: Strays | undefined,
  { arrivals }: Extract<LoadedEvent, { kind: "commanded" }>,
): Strays | undefined {
  if (!strays || !arrivals) return strays;
  const gone = new Map(strays.gone);
  for (const departure of arrivals.departures) gone.set(departure.backend, departure);
  return { ...strays, gone, ports: nextPorts(strays.ports, arrivals.ports, arrivals.at) };
}

function started(state: Loaded): Loaded {
  switch (state.kind) {
    case "starting":
    case "same":
      return state.files ? loadedWith(state.files) : nothingLoaded;
    case "unknown":
      return state;
    case "ahead":
      // The files were older than what ran.
      return { kind: "owing", files: state.files, from: nothingLoaded };
    case "owing":
      return { ...state, from: started(state.from) };
    case "astray":
      return started(state.from);
  }
}

/** The event concerns the state below an owed reload, or below servers that are astray. */
function within<State extends Loaded & { readonly from: Loaded }>(state: State, event: LoadedEvent): State {
  return { ...state, from: next(state.from, event) };
}

function written(state: Loaded, files: Configuration): Loaded {
  switch (state.kind) {
    case "starting":
    case "unknown":
    case "owing":
      return { ...state, files };
    case "same":
      return state;
    case "ahead":
      return files === state.pending
        ? { kind: "same", files: state.live, leftovers: state.leftovers, ...carried(state.strays) }
        : { ...state, files };
    case "astray":
      return { ...state, from: written(state.from, files) };
  }
}

/** The configuration that was last written; undefined if it is unknown. */
export function filesOf(state: Loaded): Configuration | undefined {
  return state.kind === "astray" ? filesOf(state.from) : state.files;
}

/** The configuration that HAProxy was last brought to, or starts with; undefined if it is unknown. */
export function liveOf(state: Loaded): Configuration | undefined {
  switch (state.kind) {
    case "unknown":
      return undefined;
    case "starting":
    case "same":
      return state.files;
    case "ahead":
      return state.live;
    case "owing":
    case "astray":
      return liveOf(state.from);
  }
}

/** Whether HAProxy has to load the files, even if they do not change. */
export function owesReload({ kind }: Loaded): boolean {
  return kind === "owing" || kind === "astray";
}

/** Whether HAProxy has yet to start for the first time. */
export function isStarting(state: Loaded): boolean {
  if (state.kind === "owing" || state.kind === "astray") return isStarting(state.from);
  return state.kind === "starting";
}

/** The servers that no file contains any more, and that are in maintenance in HAProxy, by `serverKey`. */
export function leftoversIn(state: Loaded): Leftovers {
  switch (state.kind) {
    case "starting":
    case "unknown":
      return noLeftovers;
    case "same":
    case "ahead":
      return state.leftovers;
    case "owing":
    case "astray":
      return leftoversIn(state.from);
  }
}

/** How HAProxy differs from its files by backends that came and went; undefined where none can. */
export function straysIn(state: Loaded): Strays | undefined {
  switch (state.kind) {
    case "starting":
    case "unknown":
      return undefined;
    case "same":
    case "ahead":
      return state.strays;
    case "owing":
    case "astray":
      return straysIn(state.from);
  }
}

/**
 * The servers, by `serverKey`, that a reload has to bring back to what the files say. HAProxy has them in maintenance
 * because its configuration starts them so, or because they are gone or astray.
 */
export function restingIn(state: Loaded): string[] {
  const loaded = liveOf(state) ?? replacedBy(state);
  return [...loaded ? restingServers(loaded) : [], ...strayIn(state), ...leftoversIn(state).keys()];
}

function replacedBy(state: Loaded): ConfigurationFiles | undefined {
  switch (state.kind) {
    case "owing":
      return state.before ?? replacedBy(state.from);
    case "astray":
      return replacedBy(state.from);
    case "unknown":
      return state.files;
    default:
      return undefined;
  }
}

function strayIn(state: Loaded): readonly string[] {
  if (state.kind === "astray") return state.servers;
  return state.kind === "owing" ? strayIn(state.from) : [];
}
