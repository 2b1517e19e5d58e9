import { randomInt } from "node:crypto";
import process from "node:process";
import { readDefinition } from "../core/deploy/definition.ts";
import { situationLines, styledAction } from "../core/deploy/display.ts";
import { forecast } from "../core/deploy/forecast.ts";
import type { Action, DeployPlan } from "../core/deploy/next.ts";
import {
  actionText,
  type DeployReport,
  exitCodes,
  headline,
  outcomeOf,
  stampColumns,
  stamped,
} from "../core/deploy/text.ts";
import type { DeployOptions } from "../core/flags/commands.ts";
import { type Style, styleFor } from "../core/style.ts";
import { deploy, type Look, observe } from "../shell/deploy/deployer.ts";
import { LoadBalancers } from "../shell/deploy/loadBalancers.ts";
import { readNamedFile } from "../shell/system/files.ts";
import { writeOut } from "../shell/system/runtime.ts";
import { hasColours } from "../shell/system/terminal.ts";
import { type CommandContext, readInput } from "./context.ts";
import { createMarathonClient } from "./parts.ts";

/**
 * `deploy`: replaces what runs of an app by a new version of it. Resolves to the exit code: 0 done, 1 refused or failed, 3
 * rolled back.
 *
 * @throws {UsageError} when the file is not there, or holds no app that can be deployed so
 * @throws {Error} of one line when Marathon cannot be asked
 */
export async function runDeploy(options: DeployOptions, context: CommandContext): Promise<number> {
  const { clock, environment, stopping, print } = context;
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
  const stream = options.json ? "stderr" : "stdout";
  const use = styleFor(hasColours(environment, process[stream]));
  const progress = new Progress(plan, stream, use, context);
  try {
    if (options.dry) return await runDry(plan, { marathon, print, context, json: options.json });
    await progress.say(use.emphasis(headline(plan)));
    const end = await deploy(plan, {
      marathon,
      loadBalancers,
      clock,
      tell: (action, look) => progress.tell(action, look),
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
    context.screen.end();
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
  { marathon, print, context: { clock, environment, stopping }, json }: {
    marathon: Parameters<typeof observe>[1]["marathon"];
    print: CommandContext["print"];
    context: Pick<CommandContext, "clock" | "environment" | "stopping">;
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
    const use = styleFor(hasColours(environment));
    const lines = [use.emphasis(headline(plan)), ...actions.map((action) => styledAction(action, use))];
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

/** Tells how a deployment goes: on a terminal by a block that changes, else by plain lines, fewer of them while it waits. */
class Progress {
  /** The changes so far, with the seconds after which each was made. */
  readonly actions: { action: string; after: number }[] = [];
  readonly #plan: DeployPlan;
  readonly #stream: "stdout" | "stderr";
  readonly #context: Pick<CommandContext, "clock" | "screen">;
  readonly #since: number;
  readonly #style: Style;
  #lastWait = { kind: "", at: -Infinity };
  #look: Look | undefined;

  constructor(
    plan: DeployPlan,
    stream: "stdout" | "stderr",
    use: Style,
    { clock, screen }: Pick<CommandContext, "clock" | "screen">,
  ) {
    this.#plan = plan;
    this.#stream = stream;
    this.#context = { clock, screen };
    this.#since = clock.monotonic();
    this.#style = use;
  }

  get #elapsed(): number {
    return this.#context.clock.monotonic() - this.#since;
  }

  /** Writes a line that stays. */
  async say(text: string): Promise<void> {
    const line = stamped(this.#elapsed, text, this.#style);
    await this.#context.screen.aside(() => writeOut(this.#stream, `${line}\n`));
  }

  async tell(action: Action, look?: Look): Promise<void> {
    const { screen } = this.#context;
    this.#look = look ?? this.#look;
    const text = styledAction(action, this.#style);
    if (outcomeOf(action)) screen.end();
    else screen.show(() => this.#block(action.kind === "wait" ? [text] : []));
    if (action.kind !== "wait") {
      if (isChange(action)) {
        this.actions.push({ action: actionText(action), after: Math.round(this.#elapsed) / 1_000 });
      }
      this.#lastWait = { kind: "", at: -Infinity };
      return await this.say(text);
    }
    if (screen.isLive) return;
    // Numbers change all the time.
    const kind = text.replaceAll(/\d+/g, "#");
    if (kind === this.#lastWait.kind && this.#elapsed - this.#lastWait.at < quiet) return;
    this.#lastWait = { kind, at: this.#elapsed };
    await this.say(text);
  }

  /** Where it is and what it waits for, with the time. */
  #block(wait: readonly string[]): string[] {
    const situation = this.#look ? situationLines(this.#look, this.#plan, this.#style) : [];
    const [first = "", ...rest] = [...situation, ...wait];
    return [
      stamped(this.#elapsed, first, this.#style),
      ...rest.map((line) => " ".repeat(stampColumns) + line),
    ];
  }
}
