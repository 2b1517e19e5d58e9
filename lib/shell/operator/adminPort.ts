import { basicHeader } from "../marathon/auth.ts";
import {
  answerTimeout,
  connectTimeout,
  HttpAgents,
  readBody,
  redirectTarget,
  sendRequest,
  type TlsTrust,
} from "../marathon/http.ts";
import type { Clock } from "../system/clock.ts";

/** Bytes of a configuration or a map: far more than HAProxy could start with. */
const mostBytes = 512 * 2 ** 20;

/** What the admin port of an instance answered. */
export interface AdminAnswer {
  readonly status: number;
  readonly body: string;
  /** Where it redirects to, if it does: redirects are not followed. */
  readonly target: URL | undefined;
}

/** The admin port (9090) of a running load balancer, this one or an older one. */
export class AdminPort {
  /** Its URL without credentials and without a slash at the end. */
  readonly name: string;
  readonly #authorization: string | undefined;
  readonly #agents: HttpAgents;
  readonly #clock: Clock;

  /** @param from a URL of HTTP or HTTPS, maybe with user and password, or with the path of an endpoint */
  constructor(from: string, { clock, trust }: { clock: Clock; trust: TlsTrust }) {
    const base = new URL(from);
    const { username, password } = base;
    if (username !== "") {
      this.#authorization = basicHeader({
        user: decodeURIComponent(username),
        password: decodeURIComponent(password),
      });
    }
    base.username =
      base.password =
      base.search =
      base.hash =
        "";
    // A copied address of the configuration or the page names the same port.
    base.pathname = base.pathname.replace(/\/(?:_haproxy_getconfig|_mlb(?:\/.*)?)?\/*$/, "");
    this.name = base.href.replace(/\/$/, "");
    this.#agents = new HttpAgents(trust);
    this.#clock = clock;
  }

  /** GETs a path. Rejects with what `describeRequestError` describes, or with the reason of the signal. */
  async get(path: string, signal: AbortSignal): Promise<AdminAnswer> {
    const url = new URL(this.name + path);
    const clock = this.#clock;
    const authorization = this.#authorization;
    const response = await sendRequest(url, {
      method: "GET",
      headers: { "user-agent": "marathon-lb", ...(authorization ? { authorization } : {}) },
      agent: this.#agents.for(url),
      clock,
      connectTimeout,
      answerTimeout,
      signal,
    });
    const target = redirectTarget(response, url);
    const body = await readBody(response, { clock, idleTimeout: answerTimeout, limit: mostBytes });
    return { status: response.statusCode ?? 0, body, target };
  }

  /** Closes the connections that are kept open between requests. */
  close(): void {
    this.#agents.close();
  }
}
