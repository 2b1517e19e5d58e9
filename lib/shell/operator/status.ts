import {
  type AlarmKind,
  type AlarmReport,
  type CertificateState,
  type ControllerState,
  type Durations,
  type EventSource,
  type FetchKind,
  initialState,
  type Moment,
  observeStages,
  type Outcomes,
  type Presence,
  remembered,
  replaceAlarms,
  type Stage,
  type StageDurations,
} from "../../core/status/state.ts";
import type { AppVerdict } from "../../core/explain/verdict.ts";
import { type Health, type HealthLimits, healthOf, statusLine } from "../../core/status/health.ts";
import { metricsText } from "../../core/status/metrics.ts";
import { observe } from "../../core/status/histogram.ts";
import { addChange, type NewChange } from "../../core/status/timeline.ts";
import { statusJson } from "../../core/status/statusJson.ts";
import type { Clock } from "../system/clock.ts";
import type { HaproxyObserver } from "../haproxy/supervisor.ts";
import type {
  ReloadReport,
  RuntimeUpdateReport,
  SyncFailure,
  SyncObserver,
  SyncReport,
} from "../../core/status/observer.ts";

export interface StatusRecorderOptions {
  readonly clock: Clock;
  readonly limits: HealthLimits;
  /** By what Marathon's events are to come; undefined: by nothing. */
  readonly eventSource: EventSource | undefined;
  /** Called when a synchronisation has failed. */
  readonly onFailure?: () => void;
}

/** Keeps what happens, and reports it as metrics, health and status. */
export class StatusRecorder implements SyncObserver, HaproxyObserver {
  readonly #clock: Clock;
  readonly #limits: HealthLimits;
  readonly #onFailure: () => void;
  #state: ControllerState;
  /** Whether events have come before. */
  #knowsStream = false;
  /** Whether HAProxy has run before. */
  #knowsHaproxy = false;
  /** What the synchronisation that is under way has done so far. */
  #under: { commands?: number; why: string[] } = { why: [] };

  constructor(options: StatusRecorderOptions) {
    const { clock, limits, eventSource, onFailure = () => {} } = options;
    this.#onFailure = onFailure;
    this.#clock = clock;
    this.#limits = limits;
    this.#state = initialState(this.#now(), eventSource);
  }

  entered(stage: Stage | undefined): void {
    if (stage === undefined) this.#under = { why: [] };
    this.#set({ stage: stage && { name: stage, since: this.#now() } });
  }

  synchronised(report: SyncReport): void {
    const { apps, services, problems, reasons, outcome, changes, durations, how, touched = [], failure } =
      report;
    const lastSuccess = { at: this.#now(), reasons, outcome, changes, durations };
    const synchronisations = count(this.#state.synchronisations, "ok", lastSuccess);
    this.#synchronisationTook(durations, "ok");
    this.#set({ lastSuccess, synchronisations });
    if (!failure) this.#set({ failingSince: undefined });
    // What is held back is not served.
    if (outcome !== "held") this.#set({ apps, services, problems });
    // Most synchronisations find nothing new in Marathon, and change nothing.
    if (outcome === "nothing" && touched.length === 0) return;
    this.#change({
      how: how ?? (outcome === "held" ? "held" : "nothing"),
      what: changes,
      asked: reasons,
      apps: touched,
      commands: how === "commands" ? this.#under.commands : undefined,
      why: this.#under.why,
      milliseconds: total(durations),
    });
  }

  failed({ reasons, durations, stage, message }: SyncFailure): void {
    const [at, outcome] = [this.#now(), "failed" as const];
    const record = { at, reasons, outcome, changes: [], durations, failure: { stage, message } };
    const { failingSince = at, marathonErrors, synchronisations } = this.#state;
    this.#set({ failingSince, synchronisations: count(synchronisations, outcome, record) });
    this.#synchronisationTook(durations, outcome);
    if (stage === "fetch") {
      this.#set({ marathonErrors: marathonErrors + 1, lastMarathonError: { at, message } });
    }
    const why = [...this.#under.why, message];
    this.#change({ how: outcome, what: [], asked: reasons, why, milliseconds: total(durations) });
    this.#onFailure();
  }

  /** Whether the last synchronisation failed. */
  get failing(): boolean {
    return this.#state.failingSince !== undefined;
  }

  reloaded(report: ReloadReport): void {
    const { beside, ...record } = report;
    const { reloads, reloadDurations } = this.#state;
    const outcome = outcomeOf(report);
    this.#set({
      reloads: count(reloads, outcome, { at: this.#now(), ...record }),
      reloadDurations: took(reloadDurations, outcome, report.milliseconds),
    });
    if (beside) this.#changeBeside("reload", report);
  }

  runtimeUpdated({ kind, ...report }: RuntimeUpdateReport): void {
    if (kind === "servers") this.#under.commands = report.commands;
    else this.#changeBeside("commands", report, report.commands);
    const { runtimeUpdates, runtimeUpdateDurations, runtimeCommands } = this.#state;
    const outcome = outcomeOf(report);
    const counted = count(runtimeUpdates[kind], outcome, { at: this.#now(), ...report });
    this.#set({
      runtimeUpdates: { ...runtimeUpdates, [kind]: counted },
      runtimeUpdateDurations: {
        ...runtimeUpdateDurations,
        [kind]: took(runtimeUpdateDurations[kind], outcome, report.milliseconds),
      },
      runtimeCommands: runtimeCommands + (outcome === "ok" ? report.commands : 0),
    });
  }

  fellBack(message: string): void {
    const runtimeFallbacks = this.#state.runtimeFallbacks + 1;
    this.#set({ runtimeFallbacks, lastRuntimeFallback: { at: this.#now(), message } });
    this.#under.why.push(message);
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

  clusterStream(name: string, reason?: string): void {
    const { clusterStreams } = this.#state;
    const stream = reason === undefined
      ? { up: true, since: this.#now() }
      : this.#absent(clusterStreams[name], reason);
    this.#set({ clusterStreams: { ...clusterStreams, [name]: stream } });
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

  /** Takes all alarms of a kind, as they are now. */
  alarm(kind: AlarmKind, reports: readonly AlarmReport[]): void {
    this.#set({ alarms: replaceAlarms(this.#state.alarms, kind, reports, this.#now()) });
  }

  /** All that is known, for explanations. */
  get state(): ControllerState {
    return this.#state;
  }

  /** The text of `/_mlb_metrics`. */
  metrics(certificates: readonly CertificateState[]): string {
    return metricsText(this.#state, this.#now(), this.#limits, certificates);
  }

  health(): Health {
    return healthOf(this.#state, this.#now(), this.#limits);
  }

  /** The text of `/_mlb_status`. @param verdicts on all apps */
  status(certificates: readonly CertificateState[], verdicts: readonly AppVerdict[] = []): string {
    return statusJson(this.#state, this.#now(), this.#limits, certificates, verdicts);
  }

  /** One line for `systemctl status`. */
  statusLine(): string {
    return statusLine(this.#state, this.#now(), this.#limits);
  }

  #synchronisationTook(durations: StageDurations, outcome: keyof Durations): void {
    const { synchronisationDurations, stageDurations } = this.#state;
    this.#set({
      synchronisationDurations: took(synchronisationDurations, outcome, total(durations)),
      stageDurations: observeStages(stageDurations, durations),
    });
  }

  /** A change that no synchronisation makes: what it is for is what asks for it. */
  #changeBeside(how: "reload" | "commands", report: ReloadReport, commands?: number): void {
    const { reasons, milliseconds, failure } = report;
    const why = failure === undefined ? [] : [failure];
    const outcome = failure === undefined ? how : "failed";
    this.#change({ how: outcome, what: [], asked: reasons, commands, why, milliseconds });
  }

  #change(change: Omit<NewChange, "at">): void {
    this.#set({ changes: addChange(this.#state.changes, { at: this.#clock.now(), ...change }) });
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

function total(durations: StageDurations): number {
  return Object.values(durations).reduce((sum, milliseconds) => sum + milliseconds, 0);
}

function outcomeOf({ failure }: ReloadReport): "ok" | "failed" {
  return failure === undefined ? "ok" : "failed";
}

function took(durations: Durations, outcome: keyof Durations, milliseconds: number): Durations {
  return { ...durations, [outcome]: observe(durations[outcome], milliseconds) };
}

function count<Record>(
  outcomes: Outcomes<Record>,
  outcome: "ok" | "failed",
  record: Record,
): Outcomes<Record> {
  const last = [record, ...outcomes.last].slice(0, remembered);
  return { ...outcomes, [outcome]: outcomes[outcome] + 1, last };
}
