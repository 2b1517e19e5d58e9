import type { Style } from "../style.ts";
import { count } from "../text.ts";
import type { Action, DeployPlan } from "./next.ts";

/** A line about what is done, in the imperative; what `--dry` prints and what a deployment logs. */
export function actionText(action: Action): string {
  switch (action.kind) {
    case "create": {
      const { id, instances } = action.app;
      return `create ${id} with ${instances} of ${count(action.of, "instance")}`;
    }
    case "scale":
      return `scale ${action.app} from ${action.from} to ${action.to} of ${count(action.of, "instance")}`;
    case "prefer":
      return `scale ${action.app} from ${action.instances} to ${
        action.instances + 1
      } and back, so that it gets the traffic`;
    case "kill": {
      const busy = action.busy ? ", which still have requests after --max-wait" : "";
      return `end ${count(action.tasks.length, "drained task")} of ${action.app}${busy}`;
    }
    case "remove":
      return `delete ${action.app}`;
    case "wait":
      return `wait: ${action.reason}`;
    case "done":
      return `done: ${action.said}`;
    case "rolledBack":
      return `rolled back: ${action.reason}`;
    case "refuse":
      return `refused: ${action.reason}`;
    case "fail":
      return `failed: ${action.reason}`;
  }
}

/** How a deployment ended. */
export type Outcome = "done" | "rolledBack" | "refused" | "failed";

/** The exit code of each end. */
export const exitCodes: Readonly<Record<Outcome, number>> = { done: 0, rolledBack: 3, refused: 1, failed: 1 };

/** What `--json` prints at the end. */
export interface DeployReport {
  readonly group: string;
  readonly outcome: Outcome;
  /** Why, or what serves. */
  readonly said: string;
  /** What was changed, in order; with `--dry`, what would be. */
  readonly actions: readonly { readonly action: string; readonly after: number }[];
  readonly dry: boolean;
  /** With `--dry`: the app that would be created. */
  readonly app?: unknown;
}

/** How an action ends the deployment; undefined for those after which it continues. */
export function outcomeOf(action: Action): { outcome: Outcome; said: string } | undefined {
  switch (action.kind) {
    case "done":
      return { outcome: "done", said: action.said };
    case "rolledBack":
      return { outcome: "rolledBack", said: action.reason };
    case "refuse":
      return { outcome: "refused", said: action.reason };
    case "fail":
      return { outcome: "failed", said: action.reason };
    default:
      return undefined;
  }
}

/** Columns in front of each text of the progress. */
export const stampColumns = 10;

/** Seconds since the start, in front of each line of the progress. */
export function stamped(milliseconds: number, text: string, use: Style): string {
  return `${use.quiet(`${(milliseconds / 1_000).toFixed(1).padStart(6)} s`)}  ${text}`;
}

/** What the deployment is about, in the first line. */
export function headline({ definition: { id, group }, intent, steps, watch }: DeployPlan): string {
  const what = {
    deploy: `deploy ${id}`,
    resume: `resume the deployment of ${id}`,
    complete: `complete the deployment of ${id}`,
    rollback: `roll back the deployment of ${id}`,
  }[intent];
  const how = intent === "complete" || intent === "rollback"
    ? ""
    : `: ${steps.join(", ")} %${watch > 0 ? `, watched for ${watch / 1_000} s at each step` : ""}`;
  return `${what} in the group ${group}${how}`;
}
