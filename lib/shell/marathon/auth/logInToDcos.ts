import { Buffer } from "node:buffer";
import { type KeyObject, sign } from "node:crypto";
import { readLoginAnswer } from "../../../core/marathon/auth/readLoginAnswer.ts";
import { tokenExpiry } from "../../../core/marathon/auth/tokenExpiry.ts";
import type { Clock } from "../../clock/Clock.ts";
import type { HttpAgents } from "../HttpAgents.ts";
import { askService, type Service, serviceError } from "./askService.ts";
import type { Grant } from "./RenewedAuthorization.ts";

export interface ServiceAccount {
  uid: string;
  /** RSA. */
  key: KeyObject;
  loginEndpoint: string;
}

/** How many seconds the login's own token is good, and for how many we ask the token that it is traded for. */
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
