import { Buffer } from "node:buffer";
import { createPrivateKey, type KeyObject, sign } from "node:crypto";
import { type AccessSource, readLoginAnswer, readVaultAnswer, tokenExpiry } from "../../core/flags/access.ts";
import { parseCredentials } from "../../core/flags/values.ts";
import type { Clock } from "../system/clock.ts";
import { readNamedFile } from "../system/files.ts";
import {
  type Authorization,
  basicAuthorization,
  basicHeader,
  type Grant,
  RenewedAuthorization,
} from "./auth.ts";
import { describeRequestError, isFailure, type RequestFailure } from "./failures.ts";
import {
  answerTimeout,
  connectTimeout,
  factLimit,
  HttpAgents,
  readBody,
  redirectTarget,
  sendRequest,
  type TlsTrust,
} from "./http.ts";

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
 * Asks a service for what opens Marathon. A redirect is followed once, and only to the same host, because the request
 * is secret.
 *
 * @throws {Error} with the service and the URL, and a {@link RequestFailure} as its cause, but nothing that was sent or
 * answered
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
    const body = await readBody(response, { clock, idleTimeout: answerTimeout, limit: factLimit });
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
  if (status === 404) return "HTTP 404, not found";
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
      : `Check ${setting}, and that this machine reaches it`,
  };
}

export interface ServiceAccount {
  uid: string;
  /** RSA. */
  key: KeyObject;
  loginEndpoint: string;
}

/** Seconds for which the login's own token is valid, and for which we request the token that replaces it. */
const loginLifetime = 60;
const tokenLifetime = 3600;

const service: Service = {
  name: "the DC/OS login",
  setting: "the uid, private_key and login_endpoint of --dcos-auth-credentials",
  trust: "Give the certificate authority with --marathon-ca-cert FILE, or turn verification off with " +
    "--insecure-marathon",
};

/**
 * Trades a token that the service account signs (JWT, RS256) for one that Marathon takes. Rejects as {@link askService}.
 */
export async function logInToDcos(
  { uid, key, loginEndpoint }: ServiceAccount,
  { agents, clock, signal }: { agents: HttpAgents; clock: Clock; signal: AbortSignal },
): Promise<Grant> {
  const now = Math.floor(clock.now() / 1000);
  const exp = now + tokenLifetime;
  const body = JSON.stringify({ uid, token: signToken({ uid, exp: now + loginLifetime }, key), exp });
  const url = new URL(loginEndpoint);
  const headers = { "content-type": "application/json" };
  const answer = await askService({ service, url, method: "POST", headers, body, agents, clock, signal });
  const token = readLoginAnswer(answer.cookies, answer.body);
  if (token === undefined) {
    throw serviceError({ service, url }, {
      reason: "the answer holds no token",
      advice: "Check the login_endpoint of --dcos-auth-credentials",
    });
  }
  const end = Math.min(exp, tokenExpiry(token) ?? exp);
  return { header: `token=${token}`, lifetime: (end - now) * 1000 };
}

/** A JSON Web Token (RFC 7519) with a signature of RS256 (RFC 7518, 3.3). */
function signToken(payload: { uid: string; exp: number }, key: KeyObject): string {
  const signed = [{ alg: "RS256", typ: "JWT" }, payload].map(base64url).join(".");
  return `${signed}.${sign("sha256", Buffer.from(signed), key).toString("base64url")}`;
}

function base64url(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

const vault: Service = {
  name: "Vault",
  setting: "VAULT_TOKEN, and VAULT_URL or VAULT_HOST, VAULT_PORT and VAULT_PATH",
  trust: "Give the certificate authority of Vault with VAULT_CACERT",
};

/** Reads the user and password for Marathon from Vault. Rejects as {@link askService}. */
export async function readFromVault(
  { url: text, token }: { url: string; token: string },
  { agents, clock, signal }: { agents: HttpAgents; clock: Clock; signal: AbortSignal },
): Promise<Grant> {
  const url = new URL(text);
  const headers = { "x-vault-token": token };
  const { body } = await askService({ service: vault, url, method: "GET", headers, agents, clock, signal });
  const credentials = readVaultAnswer(parseJson(body));
  if (credentials) return { header: basicHeader(credentials) };
  throw serviceError({ service: vault, url }, {
    reason: "the answer holds no data.user and data.pass",
    advice:
      "Put the user and the password for Marathon there as user and pass, or check VAULT_URL or VAULT_PATH",
  });
}

/** Undefined for what is no JSON: the parser's message would quote it. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * What opens Marathon, from the source that was chosen; undefined for a credential file with an empty first line.
 *
 * @param trust how Marathon's certificate is verified; that of a DC/OS login is so too
 * @throws {Error} of one line when a file cannot be used or a private key is none
 */
export async function createAuthorization(
  source: AccessSource,
  { trust, clock }: { trust: TlsTrust; clock: Clock },
): Promise<Authorization | undefined> {
  switch (source.kind) {
    case "basic":
      return basicAuthorization(source.credentials, source.origin);
    case "file": {
      const [line = ""] = (await readNamedFile(source.path, source.origin)).split(/\r?\n/);
      if (line === "") return undefined;
      const credentials = parseCredentials(line);
      if (credentials) return basicAuthorization(credentials, source.origin);
      throw new Error(`${source.origin}: the first line of ${source.path} is not of the form user:password`);
    }
    case "vault": {
      const { secret, origin } = source;
      const ca = secret.caFile === undefined
        ? undefined
        : await readNamedFile(secret.caFile, "$VAULT_CACERT");
      return renewed(origin, clock, { ca, insecure: false }, (means) => readFromVault(secret, means));
    }
    case "dcos": {
      const { uid, privateKey, loginEndpoint } = source.account;
      const account = { uid, loginEndpoint, key: readKey(privateKey, source.origin) };
      return renewed(source.origin, clock, trust, (means) => logInToDcos(account, means));
    }
  }
}

function renewed(
  origin: string,
  clock: Clock,
  trust: TlsTrust,
  ask: (means: { agents: HttpAgents; clock: Clock; signal: AbortSignal }) => Promise<Grant>,
): Authorization {
  return new RenewedAuthorization(origin, {
    clock,
    async obtain(signal) {
      // Once in an hour: no connection is worth being kept for that.
      const agents = new HttpAgents(trust);
      try {
        return await ask({ agents, clock, signal });
      } finally {
        agents.close();
      }
    },
  });
}

function readKey(pem: string, origin: string): KeyObject {
  let key: KeyObject | undefined;
  try {
    // Some keep the key in one line.
    key = createPrivateKey(pem.replaceAll("\\n", "\n"));
  } catch {
    // OpenSSL's message tells nothing to an operator.
  }
  if (key?.asymmetricKeyType === "rsa") return key;
  throw new Error(`${origin}: private_key is no RSA key in PEM; give that of the service account`);
}
