import { parseServersState } from "../../core/haproxy/answers.ts";
import { type HaproxyVersion, hasTrait } from "../../core/haproxy/versions.ts";
import { type SocketCommand, socketCommand } from "../../core/haproxy/socketCommand.ts";
import { findMapDisagreement, isMapAsChanged } from "../../core/plan/maps.ts";
import {
  experimentalMode,
  findDisagreement,
  type RuntimeAbilities,
  type RuntimePlan,
} from "../../core/plan/plan.ts";
import type { Clock } from "../system/clock.ts";
import { askWorker } from "./socket.ts";

export interface HaproxyRuntimeOptions {
  readonly masterSocket: string;
  readonly version: HaproxyVersion;
  /** Directory of the maps, as the configuration names it. */
  readonly haproxyDir: string;
  readonly clock: Clock;
}

/** How many commands were given; with a reason when HAProxy is not as the plan says afterwards. */
export type RuntimeOutcome =
  | { readonly ok: true; readonly commands: number }
  | { readonly ok: false; readonly commands: number; readonly reason: string };

const timeout = 10_000;

/** Carries out runtime plans in the serving worker. */
export class HaproxyRuntime {
  readonly #options: HaproxyRuntimeOptions;

  constructor(options: HaproxyRuntimeOptions) {
    this.#options = options;
  }

  get abilities(): RuntimeAbilities {
    const { version, haproxyDir } = this.#options;
    return {
      dynamicCookies: hasTrait(version, "dynamicCookies"),
      deletesServers: hasTrait(version, "deletesServers"),
      addsBackends: hasTrait(version, "dynamicBackends"),
      haproxyDir,
    };
  }

  /** Brings the worker to what the plan says, and looks whether it is there. Rejects only when the signal is aborted. */
  async update(plan: RuntimePlan, signal: AbortSignal): Promise<RuntimeOutcome> {
    const { commands, questions } = plan;
    let reason: string | undefined;
    try {
      const answers = await this.#ask([...commands.map(({ text }) => text), ...questions], signal);
      const refused = commands.findIndex(({ expect }, index) => answers[index] !== expect);
      const told = answers.slice(commands.length);
      reason = refused >= 0
        ? `HAProxy answered "${oneLine(answers[refused]!)}" to "${commands[refused]!.text}"`
        : this.#disagreement(plan, told) ??
          await this.#mapDisagreement(plan, told.slice(plan.backends.size), signal);
    } catch (error) {
      signal.throwIfAborted();
      reason = (error as Error).message;
    }
    if (reason !== undefined) return { ok: false, commands: commands.length, reason };
    return { ok: true, commands: commands.length };
  }

  /**
   * Deletes servers that are in maintenance and have no connection. HAProxy refuses the others.
   *
   * @param servers `backend/server`
   * @returns those that are not in HAProxy any more
   */
  async delete(servers: readonly string[], signal: AbortSignal): Promise<string[]> {
    const commands = servers.map((server) => {
      const [backend = "", name = ""] = server.split("/");
      return socketCommand`del server ${backend}/${name}`;
    });
    try {
      const answers = await this.#ask(commands, signal);
      return servers.filter((_, index) => /^(?:Server deleted|No such server)\.$/.test(answers[index]!));
    } catch {
      // HAProxy may have deleted some: the next attempt says which, or a reload that is under way forgets all.
      return [];
    }
  }

  /**
   * Deletes backends that are unpublished and have no server and no request. HAProxy refuses the others.
   *
   * @returns those that are not in HAProxy any more
   */
  async deleteBackends(backends: readonly string[], signal: AbortSignal): Promise<string[]> {
    const commands = backends.map((backend) => socketCommand`del backend ${backend}`);
    try {
      const [, ...answers] = await this.#ask([experimentalMode, ...commands], signal);
      // Before it, HAProxy may repeat what it said of the servers.
      return backends.filter((_, index) =>
        /(?:^|\n)(?:Backend deleted|No such backend)\.$/.test(answers[index]!)
      );
    } catch {
      // As above.
      return [];
    }
  }

  #ask(commands: readonly SocketCommand[], signal: AbortSignal): Promise<string[]> {
    const { masterSocket: path, clock } = this.#options;
    return askWorker(commands, { path, clock, timeout, signal });
  }

  /** Whole maps are requested only where the answers about single keys do not suffice: they may be megabytes. */
  async #mapDisagreement(
    { maps }: RuntimePlan,
    answers: readonly string[],
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const open = maps.filter((change, index) => !isMapAsChanged(answers[index]!, change));
    const files = [...Map.groupBy(open, ({ file }) => file)];
    if (files.length === 0) return undefined;
    const { haproxyDir } = this.#options;
    const whole = await this.#ask(
      files.map(([file]) => socketCommand`show map ${`${haproxyDir}/${file}`}`),
      signal,
    );
    return files.map(([, changes], index) => findMapDisagreement(whole[index]!, changes))
      .find((found) => found !== undefined);
  }

  #disagreement({ backends, changes }: RuntimePlan, answers: readonly string[]): string | undefined {
    const byBackend = Map.groupBy(changes, ({ backend }) => backend);
    for (const [index, [backend, servers]] of [...backends].entries()) {
      const answer = answers[index]!;
      const state = parseServersState(answer);
      const found = state
        ? findDisagreement(state, servers, byBackend.get(backend) ?? [])
        : `HAProxy answered "${oneLine(answer)}"`;
      if (found !== undefined) return `backend ${backend} is not as it should be: ${found}`;
    }
    return undefined;
  }
}

function oneLine(answer: string): string {
  return answer.replace(/\s+/g, " ").slice(0, 200) || "nothing";
}
