import type { CertificateState } from "../../core/status/CertificateState.ts";
import type { FetchKind } from "../../core/status/FetchKind.ts";
import type { EventSource } from "../../core/status/EventSource.ts";
import {
  type ControllerState,
  type Outcomes,
  type Presence,
  remembered,
} from "../../core/status/ControllerState.ts";
import { type Health, type HealthLimits, healthOf } from "../../core/status/healthOf.ts";
import { initialState } from "../../core/status/initialState.ts";
import { metricsText } from "../../core/status/metricsText.ts";
import type { Moment } from "../../core/status/Moment.ts";
import { statusJson } from "../../core/status/statusJson.ts";
import { statusLine } from "../../core/status/statusLine.ts";
import type { Clock } from "../clock/Clock.ts";
import type { HaproxyObserver } from "../haproxy/HaproxyObserver.ts";
import type {
  ReloadReport,
  RuntimeUpdateReport,
  SyncFailure,
  SyncObserver,
  SyncReport,
} from "../sync/SyncObserver.ts";

export interface StatusRecorderOptions {
  readonly clock: Clock;
  readonly limits: HealthLimits;
  /** By what Marathon's events are to come; undefined: by nothing. */
  readonly eventSource: EventSource | undefined;
}

/** Keeps what happens, and tells of it as metrics, health and status. */
export class StatusRecorder implements SyncObserver, HaproxyObserver {
  readonly #clock: Clock;
  readonly #limits: HealthLimits;
  #state: ControllerState;
  /** Whether events have come before. */
  #knowsStream = false;
  /** Whether HAProxy has run before. */
  #knowsHaproxy = false;

  constructor({ clock, limits, eventSource }: StatusRecorderOptions) {
    this.#clock = clock;
    this.#limits = limits;
    this.#state = initialState(this.#now(), eventSource);
  }

  synchronised({ apps, services, problems, reasons, outcome, changes, durations }: SyncReport): void {
    const lastSuccess = { at: this.#now(), reasons, outcome, changes, durations };
    const synchronisations = count(this.#state.synchronisations, "ok", lastSuccess);
    this.#set({ lastSuccess, failingSince: undefined, synchronisations });
    // What is held back is not served.
    if (outcome !== "held") this.#set({ apps, services, problems });
  }

  failed({ reasons, durations, stage, message }: SyncFailure): void {
    const [at, outcome] = [this.#now(), "failed" as const];
    const record = { at, reasons, outcome, changes: [], durations, failure: { stage, message } };
    const { failingSince = at, marathonErrors, synchronisations } = this.#state;
    this.#set({ failingSince, synchronisations: count(synchronisations, outcome, record) });
    if (stage === "fetch") {
      this.#set({ marathonErrors: marathonErrors + 1, lastMarathonError: { at, message } });
    }
  }

  reloaded(report: ReloadReport): void {
    this.#set({ reloads: count(this.#state.reloads, outcomeOf(report), { at: this.#now(), ...report }) });
  }

  runtimeUpdated({ kind, ...report }: RuntimeUpdateReport): void {
    const { runtimeUpdates, runtimeCommands } = this.#state;
    const outcome = outcomeOf(report);
    const counted = count(runtimeUpdates[kind], outcome, { at: this.#now(), ...report });
    this.#set({
      runtimeUpdates: { ...runtimeUpdates, [kind]: counted },
      runtimeCommands: runtimeCommands + (outcome === "ok" ? report.commands : 0),
    });
  }

  fellBack(message: string): void {
    const runtimeFallbacks = this.#state.runtimeFallbacks + 1;
    this.#set({ runtimeFallbacks, lastRuntimeFallback: { at: this.#now(), message } });
  }

  fetched(kind: FetchKind): void {
    const { fetches } = this.#state;
    this.#set({ fetches: { ...fetches, [kind]: fetches[kind] + 1 } });
  }

  disagreed(apps: number): void {
    this.#set({ disagreements: this.#state.disagreements + apps });
  }

  streamConnected(): void {
    const eventStreamReconnects = this.#state.eventStreamReconnects + (this.#knowsStream ? 1 : 0);
    this.#knowsStream = true;
    this.#set({ eventStream: { up: true, since: this.#now() }, eventStreamReconnects });
  }

  streamDisconnected(reason: string): void {
    this.#set({ eventStream: this.#absent(this.#state.eventStream, reason) });
  }

  event(type: string): void {
    const { events } = this.#state;
    this.#set({ events: { ...events, [type]: (events[type] ?? 0) + 1 } });
  }

  haproxyStarted(): void {
    const haproxyRestarts = this.#state.haproxyRestarts + (this.#knowsHaproxy ? 1 : 0);
    this.#knowsHaproxy = true;
    this.#set({ haproxy: { up: true, since: this.#now() }, haproxyRestarts });
  }

  haproxyEnded(reason: string): void {
    this.#set({ haproxy: this.#absent(this.#state.haproxy, reason) });
  }

  /** The text of `/_mlb_metrics`. */
  metrics(certificates: readonly CertificateState[]): string {
    return metricsText(this.#state, this.#now(), this.#limits, certificates);
  }

  health(): Health {
    return healthOf(this.#state, this.#now(), this.#limits);
  }

  /** The text of `/_mlb_status`. */
  status(certificates: readonly CertificateState[]): string {
    return statusJson(this.#state, this.#now(), this.#limits, certificates);
  }

  /** One line for `systemctl status`. */
  statusLine(): string {
    return statusLine(this.#state, this.#now(), this.#limits);
  }

  /** Not there, since it was there the last time, however many attempts have failed meanwhile. */
  #absent(before: Presence | undefined, reason: string): Presence {
    return { up: false, since: before && !before.up ? before.since : this.#now(), reason };
  }

  #now(): Moment {
    return { wall: this.#clock.now(), monotonic: this.#clock.monotonic() };
  }

  #set(changes: Partial<ControllerState>): void {
    this.#state = { ...this.#state, ...changes };
  }
}

function outcomeOf({ failure }: ReloadReport): "ok" | "failed" {
  return failure === undefined ? "ok" : "failed";
}

function count<Record>(
  outcomes: Outcomes<Record>,
  outcome: "ok" | "failed",
  record: Record,
): Outcomes<Record> {
  const last = [record, ...outcomes.last].slice(0, remembered);
  return { ...outcomes, [outcome]: outcomes[outcome] + 1, last };
}
