import type { IncomingMessage } from "node:http";
import type { Logger } from "../log/logger.ts";
import type { Clock } from "../system/clock.ts";
import { type Authorization, basicAuthorization } from "./auth.ts";
import type { CredentialUse, RequestFailure } from "./failures.ts";
import {
  type BodyOptions,
  bodyPieces,
  factLimit,
  HttpAgents,
  readBody,
  redirectTarget,
  sendRequest,
  type TlsTrust,
} from "./http.ts";

export interface ConnectionOptions extends TlsTrust {
  /** Sent where a URL holds no credentials of its own. It is closed with the connection. */
  authorization?: Authorization;
  clock: Clock;
  logger: Logger;
  /** Milliseconds for a connection to stand, TLS included. */
  connectTimeout: number;
  /** Milliseconds for an answer to begin, and then for its next byte. */
  answerTimeout: number;
}

/** The head of an answer and how it came about. */
export interface Answer {
  response: IncomingMessage;
  credentials: CredentialUse;
  /** Where the credentials that were sent came from, as an operator knows it. */
  origin?: string;
  /** The origin that answered, where it is not the URL's own. */
  redirectedTo?: string;
}

export interface Question {
  method: string;
  /** Path and query, added to the URL's path prefix. */
  path: string;
  headers: Record<string, string>;
  body?: string;
  signal: AbortSignal;
}

/** Sends requests to one URL of the cluster at a time, and decides which host may see the credentials. */
export class MarathonConnection {
  readonly #servers: readonly MarathonUrl[];
  readonly #options: ConnectionOptions;
  readonly #agents: HttpAgents;
  /** Of the servers whose URL holds credentials. */
  readonly #ownAuthorization: ReadonlyMap<MarathonUrl, Authorization>;
  /** Where redirects led that were not trusted with the credentials: logged once each. */
  readonly #distrusted = new Set<string>();

  constructor(servers: readonly MarathonUrl[], options: ConnectionOptions) {
    if (options.ca !== undefined && !options.ca.includes("-----BEGIN CERTIFICATE-----")) {
      throw new Error("--marathon-ca-cert holds no certificate; give a file with PEM certificates");
    }
    this.#servers = servers;
    this.#options = options;
    this.#agents = new HttpAgents(options);
    this.#ownAuthorization = new Map(
      servers.flatMap((server) =>
        server.credentials ? [[server, basicAuthorization(server.credentials, "--marathon")]] : []
      ),
    );
  }

  /** Asks one server; a redirect, as a Marathon that does not lead may answer, is followed once. */
  async ask(server: MarathonUrl, question: Question): Promise<Answer> {
    const url = new URL(server.base + question.path);
    const authorization = this.#authorizationOf(server);
    const response = await this.#send(url, question, authorization);
    const target = redirectTarget(response, url);
    if (!target) {
      return { response, credentials: authorization ? "sent" : "none", origin: authorization?.origin };
    }
    response.destroy();
    return await this.#follow(target, server, question);
  }

  async #follow(target: URL, server: MarathonUrl, question: Question): Promise<Answer> {
    const listed = this.#servers.some(({ origin }) => origin === target.origin);
    if (server.origin.startsWith("https:") && target.protocol !== "https:" && !listed) {
      // Anyone on the way there could say what apps there are.
      throw new Error(`redirected to ${target.origin}`, {
        cause: {
          reason: "not followed, from https to http",
          advice: "Have Marathon redirect to https, or give that URL with --marathon too",
        } satisfies RequestFailure,
      });
    }
    const authorization = await this.#authorizationFor(target, server, question.signal);
    const unsent = this.#authorizationOf(server) ? "withheld" : "none";
    const redirectedTo = target.origin;
    let response;
    try {
      response = await this.#send(target, question, authorization);
    } catch (error) {
      throw new Error(`redirected to ${redirectedTo}`, { cause: error });
    }
    if (!redirectTarget(response, target)) {
      const credentials = authorization ? "sent" : unsent;
      return { response, credentials, origin: authorization?.origin, redirectedTo };
    }
    response.destroy();
    throw new Error(`redirected to ${redirectedTo}, which redirects again`);
  }

  /** Passes the pieces of an answer's body on, as they arrive. @param limit bytes it may have, decompressed */
  async eachPiece(response: IncomingMessage, limit: number, use: (piece: Uint8Array) => void): Promise<void> {
    for await (const piece of bodyPieces(response, this.#bodyOptions(limit))) use(piece);
  }

  /** The text of an answer's body. @param limit bytes it may have, decompressed */
  readBody(response: IncomingMessage, limit: number): Promise<string> {
    return readBody(response, this.#bodyOptions(limit));
  }

  #bodyOptions(limit: number): BodyOptions {
    return { clock: this.#options.clock, idleTimeout: this.#options.answerTimeout, limit };
  }

  /** Closes the connections that are kept for the next request, and the authorization. */
  close(): void {
    this.#agents.close();
    this.#options.authorization?.close();
  }

  /** Sends a question, and once more when what Marathon refused can be renewed. */
  async #send(url: URL, question: Question, authorization?: Authorization): Promise<IncomingMessage> {
    if (!authorization) return await this.#sendOnce(url, question);
    const header = await authorization.header(question.signal);
    const response = await this.#sendOnce(url, question, header);
    if (response.statusCode !== 401) return response;
    authorization.refused(header);
    const renewed = await authorization.header(question.signal).catch((error) => {
      response.destroy();
      throw error;
    });
    if (renewed === header) return response;
    response.destroy();
    return await this.#sendOnce(url, question, renewed);
  }

  #sendOnce(
    url: URL,
    { method, headers, body, signal }: Question,
    authorization?: string,
  ): Promise<IncomingMessage> {
    return sendRequest(url, {
      ...this.#options,
      method,
      body,
      headers: { ...headers, "user-agent": "marathon-lb", ...authorization && { authorization } },
      agent: this.#agents.for(url),
      signal,
    });
  }

  #authorizationOf(server: MarathonUrl): Authorization | undefined {
    return this.#ownAuthorization.get(server) ?? this.#options.authorization;
  }

  /**
   * What may be sent to the target of a redirect: nothing, unless it is a listed host or the leader that `server` names.
   */
  async #authorizationFor(
    target: URL,
    server: MarathonUrl,
    signal: AbortSignal,
  ): Promise<Authorization | undefined> {
    const listed = this.#servers.find(({ origin }) => origin === target.origin);
    if (listed) return this.#authorizationOf(listed);
    const authorization = this.#authorizationOf(server);
    if (!authorization) return undefined;
    if (await this.#isLeader(target, server, signal)) return authorization;
    if (this.#distrusted.has(target.origin)) return undefined;
    this.#distrusted.add(target.origin);
    this.#options.logger.warning(
      `Marathon ${server.base} redirects to ${target.origin}, which is neither given with --marathon nor the leader ` +
        "it names: no credentials are sent there",
    );
  }

  async #isLeader(target: URL, server: MarathonUrl, signal: AbortSignal): Promise<boolean> {
    const question = { method: "GET", path: "/v2/leader", headers: { accept: "application/json" }, signal };
    try {
      const url = new URL(server.base + question.path);
      const response = await this.#send(url, question, this.#authorizationOf(server));
      const answer: unknown = JSON.parse(await this.readBody(response, factLimit));
      if (typeof answer !== "object" || answer === null || !("leader" in answer)) return false;
      return hostAndPort(target) === hostAndPort(new URL(`${target.protocol}//${answer.leader}`));
    } catch (error) {
      signal.throwIfAborted();
      this.#options.logger.debug(`Marathon ${server.base} does not name its leader: ${error}`);
      return false;
    }
  }
}

function hostAndPort(url: URL): string {
  return `${url.hostname}:${url.port || (url.protocol === "https:" ? 443 : 80)}`;
}

export interface Credentials {
  user: string;
  password: string;
}

/** One `--marathon` URL, taken apart. */
export interface MarathonUrl {
  /** Scheme, host, port and path prefix, without credentials and without a slash at the end: also what messages show. */
  base: string;
  origin: string;
  /** Those that stood in the URL. */
  credentials?: Credentials;
}

/**
 * Takes a Marathon URL apart. It may have a path prefix and hold credentials. Throws an `Error` of one line that names
 * `--marathon`, the URL without its credentials, and what is expected.
 */
export function parseMarathonUrl(text: string): MarathonUrl {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new Error(
      `--marathon: ${withoutCredentials(text)} is no URL like http://host:8080 or https://host/prefix`,
    );
  }
  const prefix = url.pathname.replace(/\/+$/, "");
  const credentials = url.username || url.password
    ? { user: decode(url.username), password: decode(url.password) }
    : undefined;
  return { base: url.origin + prefix, origin: url.origin, credentials };
}

/** The text without what stands before the last `@` of its first authority. It need not be a valid URL. */
function withoutCredentials(text: string): string {
  return text.replace(/^([a-z+.-]*:?\/\/)?.*@/i, "$1");
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    // A lone percent sign: the password was written unescaped.
    return part;
  }
}
