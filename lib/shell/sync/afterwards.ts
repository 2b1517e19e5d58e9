import { describePorts } from "../../core/plan/arrivals.ts";
import { leftoversIn, type Loaded, type LoadedEvent, owesReload, straysIn } from "../../core/plan/loaded.ts";
import type { RuntimeFacts, RuntimePlan } from "../../core/plan/plan.ts";
import type { HaproxyRuntime } from "../haproxy/runtime.ts";
import type { Logger } from "../log/logger.ts";
import type { Clock } from "../system/clock.ts";
import type { Turns } from "../system/turns.ts";

export interface AfterwardsOptions {
  readonly ledger: {
    readonly state: Loaded;
    note(event: LoadedEvent): void;
    again(reason: string): void;
  };
  /** Carries out runtime commands; undefined where every change is a reload. */
  readonly runtime?:
    & Pick<HaproxyRuntime, "abilities" | "update">
    & Partial<Pick<HaproxyRuntime, "delete" | "deleteBackends">>;
  /**
   * Milliseconds for which a reload is put off that only frontends for service ports need (`--port-reload-delay`). By
   * default such a reload comes at once.
   */
  readonly portReloadDelay?: number;
  /** In which nothing else changes HAProxy. */
  readonly turns: Turns;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Milliseconds between two attempts to delete removed servers that still had connections. */
const deletionPause = 2_000;
/** How many servers one attempt is about. */
const mostDeleted = 1_000;

/** What runtime commands leave to be done later: deletions, and the reload for frontends of service ports. */
export class Afterwards {
  readonly #options: AfterwardsOptions;
  /** Ends the pause that is under way. */
  #wake = new AbortController();

  constructor(options: AfterwardsOptions) {
    this.#options = options;
  }

  /** What a plan needs to know of it; nothing where HAProxy cannot add backends. */
  get facts(): Partial<RuntimeFacts> {
    const { runtime, ledger, portReloadDelay = 0 } = this.#options;
    const strays = runtime?.abilities.addsBackends ? straysIn(ledger.state) : undefined;
    if (!strays) return {};
    return {
      bodies: strays.bodies,
      gone: strays.gone,
      delaysPorts: portReloadDelay > 0,
      waiting: [...strays.ports].map(([backend, { kind }]) => ({ backend, kind })),
      portsDue: this.#untilPorts() <= 0,
    };
  }

  /** Something was done by commands. */
  note({ ports }: Pick<RuntimePlan, "ports">): void {
    const { logger, portReloadDelay = 0 } = this.#options;
    if (ports.length === 0) return;
    const seconds = portReloadDelay / 1_000;
    logger.info(
      `Reload put off for ${seconds} s at most (--port-reload-delay): it brings ${describePorts(ports)}`,
    );
    this.#wake.abort();
  }

  /** Milliseconds until HAProxy has to load frontends that wait for it; infinite where none do. */
  #untilPorts(): number {
    const ports = straysIn(this.#options.ledger.state)?.ports.values() ?? [];
    const first = Math.min(...[...ports].map(({ since }) => since));
    return first + (this.#options.portReloadDelay ?? 0) - this.#options.clock.monotonic();
  }

  /**
   * Does later what commands have left: deletes removed servers when they have ended their connections, and backends
   * without servers. It asks for a synchronisation when frontends for service ports have waited long enough for a reload.
   * Resolves when the signal is aborted.
   */
  async follow(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    let asked = false;
    while (!signal.aborted) {
      this.#wake = new AbortController();
      const wait = this.#untilPorts();
      if (wait > 0) asked = false;
      const pause = asked ? deletionPause : Math.max(0, Math.min(deletionPause, wait));
      const ends = AbortSignal.any([signal, this.#wake.signal]);
      await clock.sleep(pause, ends).catch(
        () => {/* the loop's condition ends it, or there is a new pause */},
      );
      if (!signal.aborted && !asked && this.#untilPorts() <= 0) {
        // A synchronisation that fails is tried again by its own loop.
        asked = true;
        this.#options.ledger.again("service ports that wait for a reload");
      }
      if (this.#deletable.length > 0 || this.#deletableBackends.length > 0) {
        await this.#options.turns.take(() => this.deleteRemoved(signal));
      }
    }
  }

  get #deletable(): string[] {
    const { state } = this.#options.ledger;
    // A reload forgets all of them.
    if (owesReload(state)) return [];
    return [...leftoversIn(state)].flatMap(([key, { deletable }]) => deletable ? key : []).slice(
      0,
      mostDeleted,
    );
  }

  /** Backends all of whose servers are deleted. */
  get #deletableBackends(): string[] {
    const { state } = this.#options.ledger;
    if (owesReload(state)) return [];
    const gone = [...straysIn(state)?.gone.values() ?? []].filter(({ deletable }) => deletable);
    if (gone.length === 0) return [];
    const used = new Set([...leftoversIn(state).keys()].map((key) => key.split("/", 1)[0]));
    return gone.flatMap(({ backend }) => used.has(backend) ? [] : backend).slice(0, mostDeleted);
  }

  /** Those that have connections stay. Never rejects. */
  async deleteRemoved(signal: AbortSignal): Promise<void> {
    const { runtime, logger } = this.#options;
    const servers = this.#deletable;
    if (servers.length > 0 && !signal.aborted && runtime?.delete) {
      const deleted = await runtime.delete(servers, signal);
      if (deleted.length > 0) {
        this.#options.ledger.note({ kind: "deleted", servers: deleted });
        logger.debug(`Deleted removed servers of HAProxy: ${deleted.join(", ")}`);
      }
    }
    const backends = this.#deletableBackends;
    if (backends.length === 0 || signal.aborted || !runtime?.deleteBackends) return;
    const gone = await runtime.deleteBackends(backends, signal);
    if (gone.length === 0) return;
    this.#options.ledger.note({ kind: "deleted", servers: [], backends: gone });
    logger.debug(`Deleted removed backends of HAProxy: ${gone.join(", ")}`);
  }
}
