import type { Clock } from "../../clock/Clock.ts";
import { describeRequestError, isFailure } from "../describeRequestError.ts";
import type { HttpAgents } from "../HttpAgents.ts";
import { readBody } from "../readBody.ts";
import { redirectTarget } from "../redirectTarget.ts";
import type { RequestFailure } from "../RequestFailure.ts";
import { sendRequest } from "../sendRequest.ts";
import { answerTimeout, connectTimeout } from "../timeouts.ts";

/** A service that is asked for credentials, in the words of messages. */
export interface Service {
  /** Such as `the DC/OS login`. */
  name: string;
  /** The flag or variables that say where it is. */
  setting: string;
  /** The flag or variables that say how its certificate is verified. */
  trust: string;
}

export interface ServiceQuestion {
  service: Service;
  url: URL;
  method: string;
  headers: Record<string, string>;
  body?: string;
  agents: HttpAgents;
  clock: Clock;
  signal: AbortSignal;
}

export interface ServiceAnswer {
  body: string;
  cookies: readonly string[];
}

/**
 * Asks a service for what opens Marathon. A redirect is followed once, and only to the same host, as what is sent is secret.
 * Rejects with an Error that names the service and the URL, with a {@link RequestFailure} as its cause; it holds nothing of
 * what was sent or answered.
 */
export async function askService(question: ServiceQuestion): Promise<ServiceAnswer> {
  const { service, url, clock, signal } = question;
  try {
    let response = await send(question, url);
    const target = redirectTarget(response, url);
    if (target) {
      response.destroy();
      if (target.origin !== url.origin) {
        throw refusal(question, `it redirects to another host, ${target.origin}`);
      }
      response = await send(question, target);
    }
    const status = response.statusCode ?? 0;
    const body = await readBody(response, { clock, idleTimeout: answerTimeout });
    if (status < 200 || status > 299) throw refusal(question, describe(status));
    return { body, cookies: response.headers["set-cookie"] ?? [] };
  } catch (error) {
    signal.throwIfAborted();
    throw serviceError(question, isFailure(error) ? error : connectionFailure(error, service));
  }
}

/** The error of a service whose answer is of no use. */
export function serviceError(
  { service, url }: Pick<ServiceQuestion, "service" | "url">,
  cause: RequestFailure,
): Error {
  // Without user, password and query, any of which may be secret.
  return new Error(`${service.name} at ${url.origin}${url.pathname} failed`, { cause });
}

function send(question: ServiceQuestion, url: URL) {
  const { method, headers, body, agents, clock, signal } = question;
  return sendRequest(url, {
    method,
    headers: { accept: "application/json", "user-agent": "marathon-lb", ...headers },
    body,
    agent: agents.for(url),
    clock,
    connectTimeout,
    answerTimeout,
    signal,
  });
}

function describe(status: number): string {
  if (status === 404) return "HTTP 404, nothing there";
  return `HTTP ${status}${status < 500 ? ", refused" : ""}`;
}

function refusal({ service }: ServiceQuestion, reason: string): RequestFailure {
  const log = reason.startsWith("HTTP 5") ? " and the log of that service" : "";
  return { reason, advice: `Check ${service.setting}${log}` };
}

function connectionFailure(error: unknown, { setting, trust }: Service): RequestFailure {
  const { reason } = describeRequestError(error);
  return {
    reason,
    advice: reason.startsWith("certificate verification")
      ? trust
      : `Check ${setting}, and that it can be reached`,
  };
}
