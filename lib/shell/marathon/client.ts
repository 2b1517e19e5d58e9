import { type App, appBytes, isAppId } from "../../core/marathon/app.ts";
import { AppsReader } from "../../core/marathon/appsReader.ts";
import type { AppText } from "../../core/marathon/appTexts.ts";
import type { Cluster, Speaker } from "../../core/marathon/cluster.ts";
import { readPods } from "../../core/marathon/pods.ts";
import { shortened } from "../../core/text.ts";
import type { Logger } from "../log/logger.ts";
import { describeRequestError, describeStatus, failuresOf, type RequestFailure } from "./failures.ts";
import {
  type Answer,
  type ConnectionOptions,
  MarathonConnection,
  type MarathonUrl,
  parseMarathonUrl,
  type Question,
} from "./connection.ts";
import { answerTimeout, connectTimeout, errorLimit, factLimit, TooLarge } from "./http.ts";

type Defaults = "connectTimeout" | "answerTimeout";

export interface MarathonClientOptions
  extends Omit<ConnectionOptions, Defaults>, Partial<Pick<ConnectionOptions, Defaults>> {
  /** The `--marathon` URLs: members of one cluster. They may hold a path prefix and credentials. */
  urls: readonly string[];
  /** Bytes that an answer with all apps may have, decompressed (`--answer-limit`). */
  mostBytes?: number;
  /** Gets what was read so far of an answer with all apps. */
  received?: (so: Pick<AppsReader, "bytes" | "count">) => void;
}

/** An event stream that is open; it ends when the signal it was opened with is aborted. */
export interface EventStream {
  /** The URL that gave it, as messages show it. */
  url: string;
  pieces: AsyncIterable<Uint8Array>;
}

/** Around the app in the answer that is about one. */
const envelope = 64 * 2 ** 10;
const defaultMostBytes = 512 * 2 ** 20;
/** Marathon names its leader by this in every answer (Marathon, `LeaderProxyFilter`). */
const leaderHeader = "x-marathon-leader";

const acceptJson = { accept: "application/json", "accept-encoding": "gzip" };

type Reading<T> = { value: T } | { failure: RequestFailure };

/**
 * The HTTP API of a Marathon cluster. It first asks the URL that answered last, and the next one on failure. When its
 * signal is aborted, a method rejects with the signal's reason. Otherwise it rejects with one `Error`, whose line names
 * the failure of each URL and what to do. Messages never hold credentials.
 */
export class MarathonClient {
  readonly #servers: readonly MarathonUrl[];
  readonly #connection: MarathonConnection;
  readonly #logger: Logger;
  readonly #mostBytes: number;
  readonly #received: MarathonClientOptions["received"];
  #speaker: Speaker | undefined;
  /** Of the last answer with all apps. */
  #texts: readonly AppText[] = [];
  /** Where in the list the server stands that is asked first. */
  #first = 0;

  /** Throws an `Error` of one line when a URL or the certificate authority is unfit. */
  constructor(
    { urls, mostBytes = defaultMostBytes, received, ...options }: MarathonClientOptions,
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
    this.#mostBytes = mostBytes;
    this.#received = received;
  }

  /**
   * All apps with their tasks, read as they arrive.
   *
   * @param known apps as they were before, by id. An app that has not changed is returned as the same object.
   */
  apps(signal: AbortSignal, known?: ReadonlyMap<string, App>): Promise<Cluster> {
    const question = { method: "GET", path: "/v2/apps?embed=apps.tasks", headers: acceptJson, signal };
    return this.#askCluster(question, async ({ response }, { base }) => {
      const reader = new AppsReader(known, this.#texts);
      try {
        await this.#connection.eachPiece(response, this.#mostBytes, (piece) => {
          reader.feed(piece);
          this.#received?.(reader);
        });
        const cluster = reader.end();
        this.#texts = reader.texts;
        this.#speaker = { url: base, leader: response.headers[leaderHeader]?.toString() };
        return { value: cluster };
      } catch (error) {
        if (error instanceof TooLarge) {
          const advice = "Check that --marathon is Marathon's URL, or raise --answer-limit";
          return { failure: { reason: error.message, advice } };
        }
        if (error instanceof TypeError) return unfit(error.message);
        if (!(error instanceof SyntaxError)) throw error;
        const type = response.headers["content-type"] ?? "no content type";
        return unfit(`the answer is not JSON (${type}, ${reader.bytes} bytes)`);
      }
    });
  }

  /**
   * One app with its tasks: unknown JSON, `{"app": {…}}`. Undefined when there is no such app, and {@link TooLarge}
   * when it has more bytes than an app may have.
   *
   * @param readiness whether to ask for the results of readiness checks, which Marathon has while the app deploys
   * @throws {RangeError} when `id` is no id: its path would lead elsewhere
   */
  async app(id: string, signal: AbortSignal, { readiness = false } = {}): Promise<unknown> {
    if (!isAppId(id)) {
      throw new RangeError(`${shortened(id)} is no app id; expected one such as "/group/app"`);
    }
    const path = id.split("/").map(encodeURIComponent).join("/");
    const more = readiness ? "&embed=app.readiness" : "";
    const question = `/v2/apps/${path}?embed=app.tasks${more}`.replace("apps//", "apps/");
    try {
      return await this.#json("GET", question, signal, appBytes + envelope);
    } catch (error) {
      const failures = failuresOf(error);
      if (failures.length > 0 && failures.every(({ status }) => status === 404)) return undefined;
      const { tooLarge } = failures.find(({ tooLarge }) => tooLarge) ?? {};
      if (tooLarge) return tooLarge;
      throw error;
    }
  }

  /**
   * All pods with their instances.
   *
   * @param known as of {@link apps}
   * @returns undefined where Marathon has no pods at all: before 1.4
   */
  async pods(signal: AbortSignal, known: ReadonlyMap<string, App> = new Map()): Promise<Cluster | undefined> {
    const answer = await this.#found("/v2/pods/::status", signal, this.#mostBytes);
    return answer === undefined ? undefined : readPods(answer, known);
  }

  /** One pod with its instances, as {@link app}. */
  async pod(id: string, signal: AbortSignal): Promise<unknown> {
    if (!isAppId(id)) {
      throw new RangeError(`${shortened(id)} is no pod id; expected one such as "/group/pod"`);
    }
    const path = id.slice(1).split("/").map(encodeURIComponent).join("/");
    return await this.#found(`/v2/pods/${path}::status`, signal, appBytes);
  }

  /** The JSON at a path; undefined where each Marathon says that nothing is there. */
  async #found(path: string, signal: AbortSignal, limit: number): Promise<unknown> {
    try {
      return await this.#json("GET", path, signal, limit);
    } catch (error) {
      const failures = failuresOf(error);
      if (failures.length > 0 && failures.every(({ status }) => status === 404)) return undefined;
      throw error;
    }
  }

  /** The JSON at a path (with its query), for example `/v2/info`. @param limit bytes it may have */
  get(path: string, signal: AbortSignal, limit?: number): Promise<unknown> {
    return this.#json("GET", path, signal, limit);
  }

  /** The answer to JSON that is sent; `undefined` when it has no body. Sent again to the next URL where one fails. */
  send(method: "POST" | "PUT", path: string, value: unknown, signal: AbortSignal): Promise<unknown> {
    return this.#json(method, path, signal, appBytes + envelope, JSON.stringify(value));
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
      const { "content-type": type = "nothing in particular", "content-encoding": encoding } =
        response.headers;
      const isPlain = encoding === undefined || encoding === "identity";
      if (type.startsWith("text/event-stream") && isPlain) return { value: { url: base, pieces: response } };
      response.destroy();
      // None was asked for: it would be read as text.
      const answered = isPlain ? type : `${type} in the encoding ${shortened(encoding)}`;
      return unfit(`answered ${answered} instead of an event stream`);
    });
  }

  /** Which Marathon gave the last answer with all apps. */
  get speaker(): Speaker | undefined {
    return this.#speaker;
  }

  /** Asks the next server first from now on, if `url` (as in {@link EventStream}) is the one that would be. */
  failOver(url: string): void {
    if (this.#servers[this.#first]?.base === url) this.#first = (this.#first + 1) % this.#servers.length;
  }

  /** Closes the connections that are kept open between requests, and ends a renewal of the credentials. */
  close(): void {
    this.#connection.close();
  }

  #json(
    method: string,
    path: string,
    signal: AbortSignal,
    limit = factLimit,
    body?: string,
  ): Promise<unknown> {
    const headers = body === undefined ? acceptJson : { ...acceptJson, "content-type": "application/json" };
    return this.#askCluster({ method, path, headers, body, signal }, async ({ response }) => {
      const text = await this.#connection.readBody(response, limit);
      if (text === "" && method !== "GET") return { value: undefined };
      try {
        return { value: JSON.parse(text) };
      } catch {
        // The parser's message quotes the text, which may hold secrets of apps.
        const type = response.headers["content-type"] ?? "no content type";
        return unfit(`the answer is not JSON (${type}, ${text.length} characters)`);
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
      const body = await this.#connection.readBody(answer.response, errorLimit).catch((error) => {
        if (error instanceof TooLarge) return ""; // The status says enough.
        throw error;
      });
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
      const failure = describeRequestError(error);
      return { failure: error instanceof TooLarge ? { ...failure, tooLarge: error } : failure };
    }
  }
}

function unfit(reason: string): { failure: RequestFailure } {
  return { failure: { reason, advice: "Check that --marathon is Marathon's URL" } };
}
