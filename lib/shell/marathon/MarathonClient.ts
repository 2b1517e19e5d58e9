import type { App } from "../../core/marathon/App.ts";
import { AppsReader } from "../../core/marathon/AppsReader.ts";
import type { Cluster } from "../../core/marathon/Cluster.ts";
import type { Logger } from "../log/Logger.ts";
import { describeRequestError } from "./describeRequestError.ts";
import { describeStatus } from "./describeStatus.ts";
import {
  type Answer,
  type ConnectionOptions,
  MarathonConnection,
  type Question,
} from "./MarathonConnection.ts";
import { type MarathonUrl, parseMarathonUrl } from "./MarathonUrl.ts";
import type { RequestFailure } from "./RequestFailure.ts";
import { answerTimeout, connectTimeout } from "./timeouts.ts";

type Defaults = "connectTimeout" | "answerTimeout";

export interface MarathonClientOptions
  extends Omit<ConnectionOptions, Defaults>, Partial<Pick<ConnectionOptions, Defaults>> {
  /** The `--marathon` URLs: members of one cluster. They may hold a path prefix and credentials. */
  urls: readonly string[];
}

/** An event stream that is open; it ends when the signal it was opened with is aborted. */
export interface EventStream {
  /** The URL that gave it, as messages show it. */
  url: string;
  pieces: AsyncIterable<Uint8Array>;
}

const acceptJson = { accept: "application/json", "accept-encoding": "gzip" };

type Reading<T> = { value: T } | { failure: RequestFailure };

/**
 * The HTTP API of a Marathon cluster. The URL that answered last is asked first, the next on failure. Every method rejects
 * with the reason of its signal when that is aborted, else with one `Error` whose line tells of each URL what went wrong,
 * and what to do; messages never hold credentials.
 */
export class MarathonClient {
  readonly #servers: readonly MarathonUrl[];
  readonly #connection: MarathonConnection;
  readonly #logger: Logger;
  /** Where in the list the server stands that is asked first. */
  #first = 0;

  /** Throws an `Error` of one line when a URL or the certificate authority is unfit. */
  constructor(
    { urls, ...options }: MarathonClientOptions,
  ) {
    if (urls.length === 0) {
      throw new Error("--marathon: no URL given; give at least one, like http://host:8080");
    }
    this.#servers = urls.map(parseMarathonUrl);
    this.#connection = new MarathonConnection(this.#servers, {
      connectTimeout,
      answerTimeout,
      ...options,
    });
    this.#logger = options.logger;
  }

  /**
   * All apps with their tasks, read as they arrive.
   *
   * @param known apps as they were before, by id: those that say the same are returned as the objects they were
   */
  apps(signal: AbortSignal, known?: ReadonlyMap<string, App>): Promise<Cluster> {
    const question = { method: "GET", path: "/v2/apps?embed=apps.tasks", headers: acceptJson, signal };
    return this.#askCluster(question, async ({ response }) => {
      const reader = new AppsReader(known);
      try {
        await this.#connection.eachPiece(response, (piece) => reader.feed(piece));
        return { value: reader.end() };
      } catch (error) {
        if (error instanceof TypeError) return unfit(error.message);
        if (!(error instanceof SyntaxError)) throw error;
        const type = response.headers["content-type"] ?? "no content type";
        return unfit(`the answer is not JSON (${type}, ${reader.bytes} bytes)`);
      }
    });
  }

  /** One app with its tasks: unknown JSON, `{"app": {…}}`; undefined when there is no such app. */
  async app(id: string, signal: AbortSignal): Promise<unknown> {
    const path = id.split("/").map(encodeURIComponent).join("/");
    try {
      return await this.get(`/v2/apps/${path}?embed=app.tasks`.replace("apps//", "apps/"), signal);
    } catch (error) {
      const failures = (error as Error).cause;
      if (Array.isArray(failures) && failures.every(({ status }) => status === 404)) return undefined;
      throw error;
    }
  }

  /** The JSON at a path (with its query), for example `/v2/info`. */
  get(path: string, signal: AbortSignal): Promise<unknown> {
    return this.#json("GET", path, signal);
  }

  /** POSTs without a body; `undefined` when the answer has none either. */
  post(path: string, signal: AbortSignal): Promise<unknown> {
    return this.#json("POST", path, signal);
  }

  /** DELETEs; `undefined` when the answer has no body. */
  delete(path: string, signal: AbortSignal): Promise<unknown> {
    return this.#json("DELETE", path, signal);
  }

  /** Opens a stream of server-sent events. */
  openEvents(path: string, signal: AbortSignal): Promise<EventStream> {
    const question = { method: "GET", path, headers: { accept: "text/event-stream" }, signal };
    return this.#askCluster(question, ({ response }, { base }) => {
      const type = response.headers["content-type"] ?? "nothing in particular";
      if (type.startsWith("text/event-stream")) return { value: { url: base, pieces: response } };
      response.destroy();
      return unfit(`answered ${type} and not an event stream`);
    });
  }

  /** Asks the next server first from now on, if `url` (as in {@link EventStream}) is the one that would be. */
  failOver(url: string): void {
    if (this.#servers[this.#first]?.base === url) this.#first = (this.#first + 1) % this.#servers.length;
  }

  /** Closes the connections that are kept open between requests, and ends a renewal of the credentials. */
  close(): void {
    this.#connection.close();
  }

  #json(method: string, path: string, signal: AbortSignal): Promise<unknown> {
    return this.#askCluster({ method, path, headers: acceptJson, signal }, async ({ response }) => {
      const body = await this.#connection.readBody(response);
      if (body === "" && method !== "GET") return { value: undefined };
      try {
        return { value: JSON.parse(body) };
      } catch {
        // The parser's message quotes the body, which may hold secrets of apps.
        const type = response.headers["content-type"] ?? "no content type";
        return unfit(`the answer is not JSON (${type}, ${body.length} characters)`);
      }
    });
  }

  /** Asks one server after the other until `read` makes something of an answer. */
  async #askCluster<T>(
    question: Question,
    read: (answer: Answer, server: MarathonUrl) => Reading<T> | Promise<Reading<T>>,
  ): Promise<T> {
    const failures: { url: string; failure: RequestFailure }[] = [];
    const first = this.#first;
    for (let turn = 0; turn < this.#servers.length; turn++) {
      const index = (first + turn) % this.#servers.length;
      const server = this.#servers[index]!;
      const reading = await this.#askServer(server, question, read);
      if ("value" in reading) {
        this.#first = index;
        for (const { url, failure } of failures) {
          this.#logger.warning(`Marathon ${url} failed (${failure.reason}); ${server.base} answered instead`);
        }
        return reading.value;
      }
      failures.push({ url: server.base, failure: reading.failure });
    }
    const reasons = failures.map(({ url, failure }) => `${url}: ${failure.reason}`).join("; ");
    const advice = [...new Set(failures.map(({ failure }) => failure.advice))].join(". ");
    const what = `${question.method} ${question.path.split("?")[0]}`;
    const cause = failures.map(({ failure }) => failure);
    throw new Error(`Marathon did not answer ${what}: ${reasons}. ${advice}.`, { cause });
  }

  async #askServer<T>(
    server: MarathonUrl,
    question: Question,
    read: (answer: Answer, server: MarathonUrl) => Reading<T> | Promise<Reading<T>>,
  ): Promise<Reading<T>> {
    try {
      const answer = await this.#connection.ask(server, question);
      const status = answer.response.statusCode ?? 0;
      if (status >= 200 && status < 300) return await read(answer, server);
      const body = await this.#connection.readBody(answer.response);
      const { reason, advice } = describeStatus(status, body, answer.credentials, answer.origin);
      return {
        failure: {
          reason: answer.redirectedTo ? `redirected to ${answer.redirectedTo}: ${reason}` : reason,
          advice,
          status,
        },
      };
    } catch (error) {
      question.signal.throwIfAborted();
      return { failure: describeRequestError(error) };
    }
  }
}

function unfit(reason: string): { failure: RequestFailure } {
  return { failure: { reason, advice: "Check that --marathon is Marathon's URL" } };
}
