import { parseServersState } from "../../core/haproxy/parseServersState.ts";
import type { HaproxyVersion } from "../../core/haproxy/parseHaproxyVersion.ts";
import { findDisagreement } from "../../core/plan/findDisagreement.ts";
import { nextLeftovers } from "../../core/plan/nextLeftovers.ts";
import type { RuntimePlan } from "../../core/plan/Plan.ts";
import type { RuntimeFacts } from "../../core/plan/RuntimeFacts.ts";
import { runtimeCommands } from "../../core/plan/runtimeCommands.ts";
import type { ServerLine } from "../../core/plan/ServerLine.ts";
import type { Clock } from "../clock/Clock.ts";
import { askWorker } from "./askWorker.ts";

export interface HaproxyRuntimeOptions {
  readonly masterSocket: string;
  readonly version: HaproxyVersion;
  /** Directory of the maps, as the configuration names it. */
  readonly haproxyDir: string;
  /** Whether HAProxy runs already. */
  readonly started: () => boolean;
  readonly clock: Clock;
}

/** How many commands were given; with a reason when HAProxy is not as the plan says afterwards. */
export type RuntimeOutcome =
  | { readonly ok: true; readonly commands: number }
  | { readonly ok: false; readonly commands: number; readonly reason: string };

const timeout = 10_000;

/** Carries out runtime plans in the serving worker, and knows what they leave behind there. */
export class HaproxyRuntime {
  readonly #options: HaproxyRuntimeOptions;
  #leftovers: ReadonlyMap<string, ServerLine> = new Map();

  constructor(options: HaproxyRuntimeOptions) {
    this.#options = options;
  }

  /** Undefined while HAProxy does not run. */
  get facts(): RuntimeFacts | undefined {
    const { version, haproxyDir, started } = this.#options;
    if (!started()) return undefined;
    return { leftovers: this.#leftovers, dynamicCookies: version.major >= 3, haproxyDir };
  }

  /** HAProxy has loaded its files anew: what was in none of them is gone. */
  forget(): void {
    this.#leftovers = new Map();
  }

  /** Brings the worker to what the plan says, and looks whether it is there. Rejects only when the signal is aborted. */
  async update(plan: RuntimePlan, signal: AbortSignal): Promise<RuntimeOutcome> {
    const { masterSocket: path, haproxyDir, clock } = this.#options;
    const commands = runtimeCommands(plan, haproxyDir);
    const backends = [...plan.backends];
    const questions = backends.map(([backend]) => `show servers state ${backend}`);
    let answers: string[];
    try {
      answers = await askWorker([...commands.map(({ text }) => text), ...questions], {
        path,
        clock,
        timeout,
        signal,
      });
    } catch (error) {
      signal.throwIfAborted();
      return { ok: false, commands: commands.length, reason: (error as Error).message };
    }
    const refused = commands.findIndex(({ expect }, index) => answers[index] !== expect);
    const reason = refused >= 0
      ? `HAProxy answered "${oneLine(answers[refused]!)}" to "${commands[refused]!.text}"`
      : this.#disagreement(plan, answers.slice(commands.length));
    if (reason !== undefined) return { ok: false, commands: commands.length, reason };
    this.#leftovers = nextLeftovers(this.#leftovers, plan.changes);
    return { ok: true, commands: commands.length };
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
