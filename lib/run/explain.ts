import { Buffer } from "node:buffer";
import { request } from "node:http";
import type { AppExplanation } from "../core/explain/app.ts";
import { explanationText, unknownAppText, urlText } from "../core/explain/text.ts";
import { styleFor } from "../core/style.ts";
import type { UrlExplanation } from "../core/explain/url.ts";
import type { ExplainingInstance, ExplainInvocation, ExplainQuestion } from "../core/flags/commands.ts";
import { isObject, textOf } from "../core/json.ts";
import { shortened } from "../core/text.ts";
import { describeRequestError } from "../shell/marathon/failures.ts";
import { AdminPort } from "../shell/operator/adminPort.ts";
import { controlSocketPath } from "../shell/operator/control.ts";
import type { Clock } from "../shell/system/clock.ts";
import { hasCode, readNamedFile } from "../shell/system/files.ts";
import { hasColours } from "../shell/system/terminal.ts";
import type { CommandContext } from "./context.ts";

/** The exit code when the app is not served, or only in part. It differs from that of a failed question. */
const notServed = 3;

/** What is known about the question. */
export type Answer =
  | { readonly app: AppExplanation; readonly statisticsError?: string }
  | { readonly url: UrlExplanation }
  | { readonly unknown: string; readonly nearest: readonly string[] };

type Surroundings = Pick<CommandContext, "environment" | "clock" | "print" | "screen" | "stopping">;

/**
 * `explain` of a running instance: asks it by its admin port or its control socket. Resolves to the exit code: 0 served, 3 not
 * or in part.
 *
 * @throws {Error} of one line when that cannot be found out
 */
export async function explainByInstance(
  { question, json, instance }: Extract<ExplainInvocation, { kind: "explain" }>,
  context: Surroundings,
): Promise<number> {
  const path = "app" in question
    ? `/_mlb/api/app?id=${encodeURIComponent(question.app)}`
    : `/_mlb/api/url?url=${encodeURIComponent(question.url)}`;
  const { name, status, body } = await context.screen.during(
    () => "Waiting for the instance, which answers between two synchronisations",
    () =>
      instance.kind === "address"
        ? askAdminPort(instance, path, context)
        : askControlSocket(instance.runDir, path, context.clock),
  );
  return await tellAnswer(readAnswer(question, { name, status, body }), json, context);
}

/** Prints an answer. Resolves to the exit code. @throws {Error} for an app that there is not */
export async function tellAnswer(
  answer: Answer,
  json: boolean,
  { print, environment }: Surroundings,
): Promise<number> {
  const write = (value: object, text: () => string) =>
    print(json ? `${JSON.stringify(value, undefined, 2)}\n` : text());
  if ("unknown" in answer) {
    const { unknown, nearest } = answer;
    const message = unknownAppText(unknown, nearest);
    if (json) await write({ error: message, nearest }, () => "");
    throw new Error(`explain: ${message}`);
  }
  const use = styleFor(hasColours(environment));
  if ("app" in answer) {
    const { app, statisticsError } = answer;
    const note = statisticsError === undefined
      ? ""
      : `\nWhat HAProxy says of the servers is not known: ${shortened(statisticsError, 500)}\n`;
    await write(app, () => explanationText(app, use) + note);
    return answer.app.standing === "served" ? 0 : notServed;
  }
  const { url } = answer;
  await write(url, () => urlText(url, use));
  return url.matched && url.matched.servers.length > 0 ? 0 : notServed;
}

/** What an instance answered, by its name. */
interface InstanceAnswer {
  readonly name: string;
  readonly status: number;
  readonly body: string;
}

/** @throws {Error} when the answer is none */
function readAnswer(question: ExplainQuestion, { name, status, body }: InstanceAnswer): Answer {
  const value = parse(body);
  if (isObject(value)) {
    const { error, nearest } = value;
    if (status === 404 && "app" in question && Array.isArray(nearest)) {
      return { unknown: question.app, nearest: nearest.map(String) };
    }
    if (status !== 200 && textOf(error)) {
      throw new Error(`explain: ${name}: ${shortened(String(error), 500)}`);
    }
    // An instance of this version or a later one makes the answer, so it is not checked member by member.
    if (status === 200 && "app" in question && Array.isArray(value.services)) {
      const statisticsError = textOf(value.statisticsError);
      return { app: value as unknown as AppExplanation, ...statisticsError ? { statisticsError } : {} };
    }
    if (status === 200 && "url" in question && Array.isArray(value.also)) {
      return { url: value as unknown as UrlExplanation };
    }
  }
  throw new Error(
    `explain: ${name} answered HTTP ${status} and no explanation: it is no marathon-lb, one of 1.0 that cannot explain, or ` +
      "its HAPROXY_HEAD does not serve /_mlb/; ask Marathon with --marathon URL --group NAME",
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

async function askAdminPort(
  { from, trust: { marathonCaCert, insecureMarathon: insecure } }: Extract<
    ExplainingInstance,
    { kind: "address" }
  >,
  path: string,
  { clock, stopping }: Surroundings,
): Promise<InstanceAnswer> {
  const ca = marathonCaCert && await readNamedFile(marathonCaCert, "--marathon-ca-cert");
  const port = new AdminPort(from, { clock, trust: { ca, insecure } });
  const { name } = port;
  try {
    const { status, body, target } = await port.get(path, stopping);
    if (!target) return { name, status, body };
    throw new Error(`it redirects to ${target.origin}; give that to --from`);
  } catch (error) {
    stopping.throwIfAborted();
    const { reason } = describeRequestError(error);
    throw new Error(`explain: --from: ${name} cannot be asked: ${reason}`, { cause: error });
  } finally {
    port.close();
  }
}

/** Milliseconds: an instance that is busy with a large synchronisation answers after it. */
const patience = 10_000;

async function askControlSocket(runDir: string, path: string, clock: Clock): Promise<InstanceAnswer> {
  const socketPath = controlSocketPath(runDir);
  const limit = new AbortController();
  const ended = new AbortController();
  const timer = clock.sleep(patience, ended.signal).then(() => limit.abort(), () => {/* it answered */});
  try {
    return await new Promise((resolve, reject) => {
      const asked = request({ socketPath, path, signal: limit.signal }, (response) => {
        const pieces: Buffer[] = [];
        response.on("data", (piece: Buffer) => pieces.push(piece));
        response.on("end", () =>
          resolve({
            name: socketPath,
            status: response.statusCode ?? 0,
            body: Buffer.concat(pieces).toString(),
          }));
        response.on("error", reject);
      });
      asked.on("error", reject);
      asked.end();
    });
  } catch (error) {
    throw new Error(`explain: ${whyNoAnswer(error, socketPath, limit.signal.aborted)}`, { cause: error });
  } finally {
    ended.abort();
    await timer;
  }
}

const otherWays = "ask an instance elsewhere with --from http://HOST:9090, or Marathon with --marathon URL " +
  "--group NAME";

function whyNoAnswer(error: unknown, path: string, tooLate: boolean): string {
  if (tooLate) return `the marathon-lb of ${path} has not answered within ${patience / 1000} s; ${otherWays}`;
  if (hasCode(error, "ENOENT") || hasCode(error, "ECONNREFUSED")) {
    return `no marathon-lb listens on ${path} (--run-dir); ${otherWays}`;
  }
  if (hasCode(error, "EACCES")) {
    return `${path} may not be used by this user; run explain as the user of marathon-lb, or ${otherWays}`;
  }
  return `${path} cannot be asked: ${(error as Error).message}`;
}
