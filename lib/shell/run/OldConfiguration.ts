import { dirname, join } from "node:path";
import type { Maps } from "../../core/migration/compareMaps.ts";
import type { MigrationSide } from "../../core/migration/compareConfigurations.ts";
import type { Clock } from "../clock/Clock.ts";
import { readFileIfExists } from "../files/readFileIfExists.ts";
import { readNamedFile } from "../files/readNamedFile.ts";
import { basicHeader } from "../marathon/auth/basicAuthorization.ts";
import { describeRequestError } from "../marathon/describeRequestError.ts";
import { HttpAgents, type TlsTrust } from "../marathon/HttpAgents.ts";
import { readBody } from "../marathon/readBody.ts";
import { redirectTarget } from "../marathon/redirectTarget.ts";
import { sendRequest } from "../marathon/sendRequest.ts";
import { answerTimeout, connectTimeout } from "../marathon/timeouts.ts";

const paths = {
  "domain2backend.map": "/_haproxy_getvhostmap",
  "app2backend.map": "/_haproxy_getappmap",
} as const;

/** The configuration that another load balancer runs, or that a file holds. */
export interface OldConfiguration {
  /** What messages call it: without credentials. */
  readonly name: string;
  /** Whether it may say something else when it is read again. */
  readonly live: boolean;
  /** @throws {Error} of one line that says what to do when it cannot be read */
  read(signal: AbortSignal): Promise<MigrationSide>;
  close(): void;
}

/** What `--from` names: a file, with maps beside it, or the URL of an instance. */
export function openOldConfiguration(
  from: string,
  { clock, trust }: { clock: Clock; trust: TlsTrust },
): OldConfiguration {
  if (!/^https?:\/\//i.test(from)) {
    return {
      name: from,
      live: false,
      read: async () => ({
        text: await readNamedFile(from, "--from"),
        maps: await readMapsBeside(from),
      }),
      close() {},
    };
  }
  if (!URL.canParse(from)) {
    throw new Error(`--from: ${JSON.stringify(from)} is no URL; expected http://HOST:9090`);
  }
  const agents = new HttpAgents(trust);
  const base = new URL(from);
  const { username, password } = base;
  const authorization = username === ""
    ? undefined
    : basicHeader({ user: decodeURIComponent(username), password: decodeURIComponent(password) });
  base.username =
    base.password =
    base.search =
    base.hash =
      "";
  // Who copies the address of the configuration means the same.
  base.pathname = base.pathname.replace(/\/(?:_haproxy_getconfig)?\/*$/, "");
  const name = base.href.replace(/\/$/, "");

  async function ask(path: string, signal: AbortSignal): Promise<string> {
    const url = new URL(name + path);
    try {
      const response = await sendRequest(url, {
        method: "GET",
        headers: { "user-agent": "marathon-lb", ...(authorization ? { authorization } : {}) },
        agent: agents.for(url),
        clock,
        connectTimeout,
        answerTimeout,
        signal,
      });
      const status = response.statusCode ?? 0;
      const target = redirectTarget(response, url);
      const body = await readBody(response, { clock, idleTimeout: answerTimeout });
      if (status === 200) return body;
      throw new Error(describeStatus(status, target));
    } catch (error) {
      signal.throwIfAborted();
      const { reason } = describeRequestError(error);
      throw new Error(`--from: ${url.href} cannot be read: ${reason}. ${adviceFor(reason)}`);
    }
  }

  return {
    name,
    live: true,
    async read(signal) {
      const text = await ask("/_haproxy_getconfig", signal);
      const maps: Record<string, string> = {};
      for (const [file, path] of Object.entries(paths)) {
        if (text.includes(file)) maps[file] = await ask(path, signal);
      }
      return { text, maps };
    },
    close: () => agents.close(),
  };
}

async function readMapsBeside(file: string): Promise<Maps> {
  const maps: Record<string, string> = {};
  for (const name of Object.keys(paths)) {
    const text = await readFileIfExists(join(dirname(file), name));
    if (text !== undefined) maps[name] = text;
  }
  return maps;
}

function describeStatus(status: number, target: URL | undefined): string {
  if (target) return `HTTP ${status}, it redirects to ${target.origin}${target.pathname}`;
  if (status === 401) return "HTTP 401, user and password are needed";
  return `HTTP ${status}`;
}

function adviceFor(reason: string): string {
  if (reason.startsWith("HTTP 401")) return "Write them into the URL: http://USER:PASSWORD@HOST:9090";
  if (reason.includes("redirects to")) return "Give the URL that it redirects to";
  if (reason.startsWith("HTTP 403")) {
    return "This machine is not among those that may ask it: ask from another one";
  }
  if (reason.startsWith("HTTP ")) {
    return "It is no Marathon-LB, or its HAPROXY_HEAD does not serve /_haproxy_getconfig: give its haproxy.cfg, " +
      "--from FILE";
  }
  return "Check that --from is the address of its port 9090 and that it can be reached from here, or give its " +
    "haproxy.cfg, --from FILE";
}
