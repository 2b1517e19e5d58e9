import type { Service } from "../model/service.ts";
import type { Problem } from "../problem.ts";
import type { FetchKind, RuntimeUpdateKind, Stage, StageDurations, SyncOutcome } from "./state.ts";

/** A successful synchronisation. */
export interface SyncReport {
  /** What asked for it. */
  readonly reasons: readonly string[];
  readonly durations: StageDurations;
  readonly outcome: SyncOutcome;
  /** What was changed; empty unless it was applied. */
  readonly changes: readonly string[];
  /** How it was applied; undefined if it was not. */
  readonly how?: "commands" | "reload";
  /** Ids of apps that changed in Marathon since the last synchronisation; none for the first one. */
  readonly touched?: readonly string[];
  /** How many apps Marathon has, served or not. */
  readonly apps: number;
  /** The services in the configuration that was generated. */
  readonly services: readonly Service[];
  readonly problems: readonly Problem[];
  /** Why it had no answer of Marathon, which is also reported as a failure. Undefined if it had one. */
  readonly failure?: Error;
}

/** A failed synchronisation. */
export interface SyncFailure {
  readonly reasons: readonly string[];
  readonly durations: StageDurations;
  /** The stage that failed. */
  readonly stage: Stage;
  readonly message: string;
}

/** A reload of HAProxy. */
export interface ReloadReport {
  readonly reasons: readonly string[];
  readonly milliseconds: number;
  /** Why it failed; undefined if it did not. */
  readonly failure?: string;
  /** Whether something else than a synchronisation requested it. */
  readonly beside?: true;
}

/** A change of the running HAProxy by runtime commands, without a reload: made or attempted. */
export interface RuntimeUpdateReport extends ReloadReport {
  /** The intended change. */
  readonly kind: RuntimeUpdateKind;
  /** The number of runtime commands for it; 0 if it was refused before there were any. */
  readonly commands: number;
}

/** Observes synchronisations and everything that they need. Its methods must not throw. */
export interface SyncObserver {
  /** A synchronisation enters a stage; undefined when it has ended. */
  entered?(stage: Stage | undefined): void;
  synchronised(report: SyncReport): void;
  failed(failure: SyncFailure): void;
  reloaded(report: ReloadReport): void;
  runtimeUpdated(report: RuntimeUpdateReport): void;
  /** A change needed a reload although runtime commands seemed enough, or because they failed. */
  fellBack(why: string): void;
  /** Apps were fetched: all, or only those that events were about. */
  fetched(kind: FetchKind): void;
  /** This many apps had changed without an event. */
  disagreed(apps: number): void;
  /** From now on events arrive, by the event stream or by callbacks. */
  streamConnected(): void;
  /** The event stream ended or could not be opened, or Marathon sends no callbacks. */
  streamDisconnected(reason: string): void;
  /** The same for the event stream of a cluster of `--cluster`. @param reason why it is not there; undefined when it is */
  clusterStream?(name: string, reason?: string): void;
  /** A relevant event has arrived. */
  event(type: string): void;
}
