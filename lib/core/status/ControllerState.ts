import type { Service } from "../model/Service.ts";
import type { Problem } from "../problem/Problem.ts";
import type { FetchKind } from "./FetchKind.ts";
import type { EventSource } from "./EventSource.ts";
import type { Moment } from "./Moment.ts";
import type { RuntimeUpdateKind } from "./RuntimeUpdateKind.ts";
import type { Stage, StageDurations } from "./Stage.ts";

/** How many of the last synchronisations, reloads and runtime updates of each kind are remembered. */
export const remembered = 20;

/** How often something went well and how often not, and its last times, the newest first. */
export interface Outcomes<Record> {
  readonly ok: number;
  readonly failed: number;
  readonly last: readonly Record[];
}

/** How a synchronisation ended that did not fail; `held`: its answer has to be confirmed (`--mass-removal-delay`). */
export type SyncOutcome = "nothing" | "applied" | "held";

/** One synchronisation that has ended. */
export interface SynchronisationRecord {
  /** When it ended. */
  readonly at: Moment;
  /** What asked for it. */
  readonly reasons: readonly string[];
  readonly durations: StageDurations;
  readonly outcome: SyncOutcome | "failed";
  /** What it changed; empty unless it was applied. */
  readonly changes: readonly string[];
  /** Where and why it failed; undefined when it did not. */
  readonly failure?: { readonly stage: Stage; readonly message: string };
}

/** One reload of HAProxy that has ended. */
export interface ReloadRecord {
  readonly at: Moment;
  readonly reasons: readonly string[];
  readonly milliseconds: number;
  /** Undefined when it did not fail. */
  readonly failure?: string;
}

/** One change of the running HAProxy by its runtime commands that has ended. */
export interface RuntimeUpdateRecord extends ReloadRecord {
  /** How many runtime commands it was to take; 0 when it was refused before there were any. */
  readonly commands: number;
}

/** Whether something is there, since when, and why not. */
export interface Presence {
  readonly up: boolean;
  readonly since: Moment;
  readonly reason?: string;
}

/** All that the controller tells about itself. */
export interface ControllerState {
  readonly startedAt: Moment;
  /** The last one that went well. */
  readonly lastSuccess?: SynchronisationRecord;
  /** The end of the first of the synchronisations that have failed since then. */
  readonly failingSince?: Moment;
  readonly synchronisations: Outcomes<SynchronisationRecord>;
  readonly reloads: Outcomes<ReloadRecord>;
  readonly runtimeUpdates: Readonly<Record<RuntimeUpdateKind, Outcomes<RuntimeUpdateRecord>>>;
  /** How many runtime commands the updates that went well took. */
  readonly runtimeCommands: number;
  /** Changes that could not be made, or did not succeed, by runtime commands. */
  readonly runtimeFallbacks: number;
  readonly lastRuntimeFallback?: { readonly at: Moment; readonly message: string };
  readonly fetches: Readonly<Record<FetchKind, number>>;
  /** Apps that changed without an event. */
  readonly disagreements: number;
  readonly haproxy: Presence;
  readonly haproxyRestarts: number;
  readonly marathonErrors: number;
  readonly lastMarathonError?: { readonly at: Moment; readonly message: string };
  /** Whether Marathon's events come. Undefined in the modes that hear none. */
  readonly eventStream?: Presence;
  /** By what they come; undefined as before. */
  readonly eventSource?: EventSource;
  /** Connections to the stream, or subscriptions, after the first one. */
  readonly eventStreamReconnects: number;
  /** How many events of each type came. */
  readonly events: Readonly<Record<string, number>>;
  /** Of the last successful synchronisation: how many apps Marathon has, served or not. */
  readonly apps: number;
  readonly services: readonly Service[];
  readonly problems: readonly Problem[];
}
