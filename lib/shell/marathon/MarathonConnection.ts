import { Buffer } from "node:buffer";
import { Agent, type IncomingMessage } from "node:http";
import { Agent as SecureAgent } from "node:https";
import type { Clock } from "../clock/Clock.ts";
import type { Logger } from "../log/Logger.ts";
import type { CredentialUse } from "./describeStatus.ts";
import type { Credentials, MarathonUrl } from "./MarathonUrl.ts";
import { readBody } from "./readBody.ts";
import { redirectTarget } from "./redirectTarget.ts";
import { sendRequest } from "./sendRequest.ts";
import { systemRoots } from "./systemRoots.ts";

export interface ConnectionOptions {
  /** Sent where a URL holds none of its own. */
  credentials?: Credentials;
  /** PEM text of the certificate authorities that are trusted instead of the system's. */
  ca?: string;
  /** Do not verify TLS. */
  insecure: boolean;
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
  readonly #agent = new Agent({ keepAlive: true });
  #secureAgent?: SecureAgent;
  /** Where redirects led that were not trusted with the credentials: told once each. */
  readonly #distrusted = new Set<string>();

  constructor(servers: readonly MarathonUrl[], options: ConnectionOptions) {
    if (options.ca !== undefined && !options.ca.includes("-----BEGIN CERTIFICATE-----")) {
      throw new Error("--marathon-ca-cert holds no certificate; give a file with PEM certificates");
    }
    this.#servers = servers;
    this.#options = options;
  }

  /** Asks one server; a redirect, as a Marathon that does not lead may answer, is followed once. */
  async ask(server: MarathonUrl, question: Question): Promise<Answer> {
    const url = new URL(server.base + question.path);
    const credentials = this.#credentialsOf(server);
    const response = await this.#send(url, question, credentials);
    const target = redirectTarget(response, url);
    if (!target) return { response, credentials: credentials ? "sent" : "none" };
    response.destroy();
    return await this.#follow(target, server, question);
  }

  async #follow(target: URL, server: MarathonUrl, question: Question): Promise<Answer> {
    const credentials = await this.#credentialsFor(target, server, question.signal);
    const withheld = !credentials && this.#credentialsOf(server);
    const redirectedTo = target.origin;
    let response;
    try {
      response = await this.#send(target, question, credentials);
    } catch (error) {
      throw new Error(`redirected to ${redirectedTo}`, { cause: error });
    }
    if (!redirectTarget(response, target)) {
      return { response, credentials: credentials ? "sent" : withheld ? "withheld" : "none", redirectedTo };
    }
    response.destroy();
    throw new Error(`redirected to ${redirectedTo}, which redirects once more`);
  }

  /** The text of an answer's body. */
  readBody(response: IncomingMessage): Promise<string> {
    return readBody(response, { clock: this.#options.clock, idleTimeout: this.#options.answerTimeout });
  }

  /** Closes the connections that are kept for the next request. */
  close(): void {
    this.#agent.destroy();
    this.#secureAgent?.destroy();
  }

  #send(
    url: URL,
    { method, headers, signal }: Question,
    credentials?: Credentials,
  ): Promise<IncomingMessage> {
    return sendRequest(url, {
      ...this.#options,
      method,
      headers: { ...headers, "user-agent": "marathon-lb", ...authorization(credentials) },
      agent: url.protocol === "https:" ? this.#agentForTls() : this.#agent,
      signal,
    });
  }

  #agentForTls(): Agent {
    const { ca, insecure } = this.#options;
    // Made when it is needed: reading the system's certificates takes its time.
    return this.#secureAgent ??= new SecureAgent({
      keepAlive: true,
      ca: ca ?? (insecure ? undefined : systemRoots()),
      rejectUnauthorized: !insecure,
    });
  }

  #credentialsOf(server: MarathonUrl): Credentials | undefined {
    return server.credentials ?? this.#options.credentials;
  }

  /** What may be sent to the target of a redirect: nothing, unless it is a listed host or the leader `server` names. */
  async #credentialsFor(
    target: URL,
    server: MarathonUrl,
    signal: AbortSignal,
  ): Promise<Credentials | undefined> {
    const listed = this.#servers.find(({ origin }) => origin === target.origin);
    if (listed) return this.#credentialsOf(listed);
    const credentials = this.#credentialsOf(server);
    if (!credentials) return undefined;
    if (await this.#isLeader(target, server, signal)) return credentials;
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
      const response = await this.#send(url, question, this.#credentialsOf(server));
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

function authorization(credentials: Credentials | undefined): { authorization?: string } {
  if (!credentials) return {};
  const { user, password } = credentials;
  return { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}` };
}

function hostAndPort(url: URL): string {
  return `${url.hostname}:${url.port || (url.protocol === "https:" ? 443 : 80)}`;
}
