import type { IncomingMessage } from "node:http";
import type { Clock } from "../clock/Clock.ts";
import type { Logger } from "../log/Logger.ts";
import type { Authorization } from "./auth/Authorization.ts";
import { basicAuthorization } from "./auth/basicAuthorization.ts";
import type { CredentialUse } from "./describeStatus.ts";
import { HttpAgents, type TlsTrust } from "./HttpAgents.ts";
import type { MarathonUrl } from "./MarathonUrl.ts";
import { type BodyOptions, bodyPieces, readBody } from "./readBody.ts";
import { redirectTarget } from "./redirectTarget.ts";
import { sendRequest } from "./sendRequest.ts";

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
  signal: AbortSignal;
}

/** Sends requests to one URL of the cluster at a time, and decides which host may see the credentials. */
export class MarathonConnection {
  readonly #servers: readonly MarathonUrl[];
  readonly #options: ConnectionOptions;
  readonly #agents: HttpAgents;
  /** Of the servers whose URL holds credentials. */
  readonly #ownAuthorization: ReadonlyMap<MarathonUrl, Authorization>;
  /** Where redirects led that were not trusted with the credentials: told once each. */
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
    throw new Error(`redirected to ${redirectedTo}, which redirects once more`);
  }

  /** Passes the pieces of an answer's body on, as they arrive. */
  async eachPiece(response: IncomingMessage, use: (piece: Uint8Array) => void): Promise<void> {
    for await (const piece of bodyPieces(response, this.#bodyOptions)) use(piece);
  }

  /** The text of an answer's body. */
  readBody(response: IncomingMessage): Promise<string> {
    return readBody(response, this.#bodyOptions);
  }

  get #bodyOptions(): BodyOptions {
    return { clock: this.#options.clock, idleTimeout: this.#options.answerTimeout };
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
    { method, headers, signal }: Question,
    authorization?: string,
  ): Promise<IncomingMessage> {
    return sendRequest(url, {
      ...this.#options,
      method,
      headers: { ...headers, "user-agent": "marathon-lb", ...authorization && { authorization } },
      agent: this.#agents.for(url),
      signal,
    });
  }

  #authorizationOf(server: MarathonUrl): Authorization | undefined {
    return this.#ownAuthorization.get(server) ?? this.#options.authorization;
  }

  /** What may be sent to the target of a redirect: nothing, unless it is a listed host or the leader `server` names. */
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
    // Never from TLS to plain text, whoever is named.
    if (server.origin.startsWith("https:") && target.protocol !== "https:") return false;
    const question = { method: "GET", path: "/v2/leader", headers: { accept: "application/json" }, signal };
    try {
      const url = new URL(server.base + question.path);
      const response = await this.#send(url, question, this.#authorizationOf(server));
      const answer: unknown = JSON.parse(await this.readBody(response));
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
