import type { Service } from "../../core/model/Service.ts";
import type { Problem } from "../../core/problem/Problem.ts";
import type { SyncOutcome } from "../../core/status/ControllerState.ts";
import type { FetchKind } from "../../core/status/FetchKind.ts";
import type { RuntimeUpdateKind } from "../../core/status/RuntimeUpdateKind.ts";
import type { Stage, StageDurations } from "../../core/status/Stage.ts";

/** A synchronisation that went well. */
export interface SyncReport {
  /** What asked for it. */
  readonly reasons: readonly string[];
  readonly durations: StageDurations;
  readonly outcome: SyncOutcome;
  /** What was changed; empty unless it was applied. */
  readonly changes: readonly string[];
  /** How many apps Marathon has, served or not. */
  readonly apps: number;
  /** The services in the configuration that was generated. */
  readonly services: readonly Service[];
  readonly problems: readonly Problem[];
}

/** A synchronisation that did not. */
export interface SyncFailure {
  readonly reasons: readonly string[];
  readonly durations: StageDurations;
  /** Where it failed. */
  readonly stage: Stage;
  readonly message: string;
}

/** A reload of HAProxy. */
export interface ReloadReport {
  readonly reasons: readonly string[];
  readonly milliseconds: number;
  /** Why it failed; undefined when it did not. */
  readonly failure?: string;
}

/** A change that was made in the running HAProxy by its runtime commands, without a reload, or was to be. */
export interface RuntimeUpdateReport extends ReloadReport {
  /** What was to be changed. */
  readonly kind: RuntimeUpdateKind;
  /** How many runtime commands it was to take; 0 when it was refused before there were any. */
  readonly commands: number;
}

/** Is told how keeping HAProxy in step with Marathon goes. Its methods must not throw. */
export interface SyncObserver {
  synchronised(report: SyncReport): void;
  failed(failure: SyncFailure): void;
  reloaded(report: ReloadReport): void;
  runtimeUpdated(report: RuntimeUpdateReport): void;
  /** A change needed a reload although it looks like one for runtime commands, or HAProxy did not follow them. */
  fellBack(why: string): void;
  /** Apps were fetched: all, or only those that events were about. */
  fetched(kind: FetchKind): void;
  /** So many apps had changed without an event that told of it. */
  disagreed(apps: number): void;
  /** From here on events come: by the event stream, or by callbacks. */
  streamConnected(): void;
  /** The event stream ended, or could not be opened; or Marathon does not call back. */
  streamDisconnected(reason: string): void;
  /** An event that matters has come. */
  event(type: string): void;
}
