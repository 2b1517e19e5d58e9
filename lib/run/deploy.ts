import { randomInt } from "node:crypto";
import process from "node:process";
import { readDefinition } from "../core/deploy/definition.ts";
import { forecast } from "../core/deploy/forecast.ts";
import type { Action, DeployPlan } from "../core/deploy/next.ts";
import {
  actionText,
  type DeployReport,
  exitCodes,
  headline,
  outcomeOf,
  stamped,
} from "../core/deploy/text.ts";
import type { DeployOptions } from "../core/flags/commands.ts";
import { deploy, observe } from "../shell/deploy/deployer.ts";
import { LoadBalancers } from "../shell/deploy/loadBalancers.ts";
import type { Clock } from "../shell/system/clock.ts";
import { readNamedFile } from "../shell/system/files.ts";
import { writeOut } from "../shell/system/runtime.ts";
import { readInput, type RunContext } from "./context.ts";
import { createMarathonClient } from "./parts.ts";

/**
 * `deploy`: replaces what runs of an app by a new version of it. Resolves to the exit code: 0 done, 1 refused or failed, 3
 * rolled back.
 *
 * @throws {UsageError} when the file is not there, or holds no app that can be deployed so
 * @throws {Error} of one line when Marathon cannot be asked
 */
export async function runDeploy(options: DeployOptions, context: RunContext): Promise<number> {
  const { clock, stopping, print } = context;
  const definition = readDefinition(await readInput("deploy", options.file), options.file);
  const plan: DeployPlan = {
    definition,
    steps: options.percents,
    watch: options.watch * 1_000,
    mostErrors: options.maxErrors,
    patience: options.maxWait * 1_000,
    intent: options.intent,
    nonce: randomInt(1_000),
  };
  const marathon = await createMarathonClient(options, context);
  const { marathonCaCert, insecureMarathon: insecure } = options;
  const ca = marathonCaCert === undefined
    ? undefined
    : await readNamedFile(marathonCaCert, "--marathon-ca-cert");
  const loadBalancers = new LoadBalancers(options.loadBalancers, { clock, trust: { ca, insecure } });
  const progress = new Progress(options.json ? "stderr" : "stdout", clock);
  try {
    if (options.dry) return await runDry(plan, { marathon, print, context, json: options.json });
    await progress.say(headline(plan));
    const end = await deploy(plan, {
      marathon,
      loadBalancers,
      clock,
      tell: (action) => progress.tell(action),
    }, stopping);
    await progress.tell(end);
    const { outcome, said } = outcomeOf(end)!;
    const { actions } = progress;
    if (options.json) {
      await print(reportText({ group: definition.group, outcome, said, actions, dry: false }));
    }
    if (outcome === "refused" || outcome === "failed") throw new Error(`deploy: ${actionText(end)}`);
    return exitCodes[outcome];
  } catch (error) {
    if (!stopping.aborted || progress.actions.length === 0) throw error;
    throw new Error(`deploy: ${(stopping.reason as Error).message}; continue with --resume`, {
      cause: error,
    });
  } finally {
    await progress.end();
    loadBalancers.close();
    marathon.close();
  }
}

function reportText(report: DeployReport): string {
  return `${JSON.stringify(report, undefined, 2)}\n`;
}

/** Prints what would be done where all goes well. Nothing is changed, and no load balancer asked. */
async function runDry(
  plan: DeployPlan,
  { marathon, print, context: { clock, stopping }, json }: {
    marathon: Parameters<typeof observe>[1]["marathon"];
    print: RunContext["print"];
    context: Pick<RunContext, "clock" | "stopping">;
    json: boolean;
  },
): Promise<number> {
  const parts = { marathon, loadBalancers: { look: () => Promise.resolve([]) }, clock };
  const seen = await observe(plan.definition, parts, stopping);
  const actions = forecast(seen, plan, clock.now());
  const { outcome, said } = outcomeOf(actions.at(-1)!)!;
  const app = actions.flatMap((action) => action.kind === "create" ? [action.app] : []).at(0);
  if (json) {
    const list = actions.filter(isChange).map((action) => ({ action: actionText(action), after: 0 }));
    await print(reportText({ group: plan.definition.group, outcome, said, actions: list, dry: true, app }));
  } else {
    const lines = [headline(plan), ...actions.map(actionText)];
    const created = app === undefined ? "" : `\nThe app to create:\n${JSON.stringify(app, undefined, 2)}\n`;
    await print(`${lines.join("\n")}\n${created}`);
  }
  if (outcome === "refused" || outcome === "failed") throw new Error(`deploy: ${said}`);
  return exitCodes[outcome];
}

function isChange({ kind }: Action): boolean {
  return ["create", "scale", "prefer", "kill", "remove"].includes(kind);
}

/** Milliseconds after which a wait is printed once more where there is no terminal. */
const quiet = 15_000;

/** Tells how a deployment goes: on a terminal a line that changes, else plain lines, fewer of them while it waits. */
class Progress {
  /** The changes so far, with the seconds after which each was made. */
  readonly actions: { action: string; after: number }[] = [];
  readonly #stream: "stdout" | "stderr";
  readonly #clock: Clock;
  readonly #since: number;
  readonly #live: boolean;
  #shown = "";
  #lastWait = { kind: "", at: -Infinity };

  constructor(stream: "stdout" | "stderr", clock: Clock) {
    this.#stream = stream;
    this.#clock = clock;
    this.#since = clock.monotonic();
    this.#live = process[stream].isTTY === true && process.env.TERM !== "dumb";
  }

  get #elapsed(): number {
    return this.#clock.monotonic() - this.#since;
  }

  async say(text: string): Promise<void> {
    await this.#clear();
    await writeOut(this.#stream, `${stamped(this.#elapsed, text)}\n`);
  }

  async tell(action: Action): Promise<void> {
    const text = actionText(action);
    if (action.kind !== "wait") {
      if (isChange(action)) {
        this.actions.push({ action: text, after: Math.round(this.#elapsed) / 1_000 });
      }
      this.#lastWait = { kind: "", at: -Infinity };
      return await this.say(text);
    }
    if (this.#live) {
      const columns = process[this.#stream].columns ?? 80;
      const line = stamped(this.#elapsed, text).slice(0, columns - 1);
      await this.#clear();
      this.#shown = line;
      return await writeOut(this.#stream, line);
    }
    // Numbers change all the time.
    const kind = text.replaceAll(/\d+/g, "#");
    if (kind === this.#lastWait.kind && this.#elapsed - this.#lastWait.at < quiet) return;
    this.#lastWait = { kind, at: this.#elapsed };
    await this.say(text);
  }

  async end(): Promise<void> {
    await this.#clear();
  }

  async #clear(): Promise<void> {
    if (this.#shown === "") return;
    this.#shown = "";
    await writeOut(this.#stream, "\r\x1b[2K");
  }
}
