import type { IncomingMessage, ServerResponse } from "node:http";
import type { Clock } from "../../../lib/shell/system/clock.ts";
import { pause } from "../pause.ts";

/** What a task tells about itself in its answers. */
export interface TaskIdentity {
  readonly appId: string;
  readonly id: string;
  readonly version: string;
}

/** What an answer depends on at the time of the request. */
export interface TaskCondition {
  /** How many requests the task has had, this one included. */
  readonly requestCount: number;
  readonly portIndex: number;
  readonly healthy: boolean;
  readonly healthPaths: ReadonlySet<string>;
  /** On the way out: connections are not kept. */
  readonly ending: boolean;
  /** Of all answers but those on health paths. */
  readonly status: number;
}

/**
 * Answers who it is: one line of text, or JSON with what was received where the client accepts `application/json`.
 * The health paths answer 503 while unhealthy. `?delayMs=` and `?status=` make slow answers and errors.
 */
export async function answerAsTask(
  request: IncomingMessage,
  response: ServerResponse,
  task: TaskIdentity,
  condition: TaskCondition,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://task");
  if (!await readToEnd(request)) return;
  const delayMs = Number(searchParams.get("delayMs"));
  if (delayMs > 0 && !await pause(clock, delayMs, signal)) return;

  const checked = condition.healthPaths.has(pathname);
  response.statusCode = checked && !condition.healthy
    ? 503
    : Number(searchParams.get("status")) || (checked ? 200 : condition.status);
  response.setHeader("X-App-Id", task.appId);
  response.setHeader("X-Task-Id", task.id);
  response.setHeader("X-Task-Version", task.version);
  response.setHeader("X-Task-Port-Index", condition.portIndex);
  response.setHeader("X-Request-Count", condition.requestCount);
  if (condition.ending) response.setHeader("Connection", "close");

  const { healthy, portIndex, requestCount } = condition;
  if (request.headers.accept?.includes("application/json")) {
    const { method, url, headers } = request;
    const identity = {
      appId: task.appId,
      taskId: task.id,
      version: task.version,
      portIndex,
      requestCount,
      healthy,
    };
    response.setHeader("Content-Type", "application/json");
    response.end(JSON.stringify({ ...identity, request: { method, url, headers } }) + "\n");
  } else {
    response.setHeader("Content-Type", "text/plain");
    response.end(`${task.appId} task ${task.id} version ${task.version} request ${requestCount}\n`);
  }
}

/** False when the client went away before its request was complete. */
function readToEnd(request: IncomingMessage): Promise<boolean> {
  return new Promise((resolve) => {
    request.once("end", () => resolve(true));
    request.once("close", () => resolve(request.complete));
    request.once("error", () => resolve(false));
    request.resume();
  });
}
