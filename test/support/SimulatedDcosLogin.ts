import { Buffer } from "node:buffer";
import { generateKeyPairSync, type KeyObject, verify } from "node:crypto";
import type { Clock } from "../../lib/shell/system/clock.ts";
import { HttpListener, type ServiceReply, type ServiceRequest } from "./HttpListener.ts";

const path = "/acs/api/v1/auth/login";

/**
 * The login of DC/OS for one service account: checks the signature and the end of the token that it is sent, and lets in
 * whoever has one of the tokens that it gave.
 */
export class SimulatedDcosLogin implements AsyncDisposable {
  /** Where the token stands in the answer. */
  tokenIn: "both" | "cookie" | "body" = "both";
  /** How many seconds a token is good, where that is less than what is asked. */
  lifetime = Infinity;
  /** Every token that was given. */
  readonly tokens: string[] = [];
  readonly #ends = new Map<string, number>();
  readonly #publicKey: KeyObject;
  /** PEM */
  readonly privateKey: string;

  private constructor(readonly uid: string, private readonly clock: Clock, type: "rsa" | "ec") {
    const { privateKey, publicKey } = type === "rsa"
      ? generateKeyPairSync("rsa", { modulusLength: 2048 })
      : generateKeyPairSync("ec", { namedCurve: "P-256" });
    this.#publicKey = publicKey;
    this.privateKey = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  }

  #listener?: HttpListener;

  static async start(
    { uid = "marathon-lb", clock, pem, type = "rsa" }: {
      uid?: string;
      clock: Clock;
      pem?: string;
      type?: "rsa" | "ec";
    },
  ): Promise<SimulatedDcosLogin> {
    const login = new SimulatedDcosLogin(uid, clock, type);
    login.#listener = await HttpListener.start((request) => login.#answer(request), pem);
    return login;
  }

  get listener(): HttpListener {
    return this.#listener!;
  }

  get endpoint(): string {
    return this.listener.url + path;
  }

  /** What `--dcos-auth-credentials` takes. */
  get account(): string {
    const { uid, privateKey, endpoint } = this;
    return JSON.stringify({ uid, private_key: privateKey, login_endpoint: endpoint, scheme: "RS256" });
  }

  /** Whether Marathon lets in whoever sends this. */
  letsIn = (header: string | undefined): boolean => {
    const token = /^token=(.+)$/.exec(header ?? "")?.[1];
    return token !== undefined && (this.#ends.get(token) ?? 0) > this.#now;
  };

  /** No token lets in any more. */
  revoke(): void {
    this.#ends.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.listener[Symbol.asyncDispose]();
  }

  get #now(): number {
    return this.clock.now() / 1000;
  }

  #answer({ method, path: asked, headers, body }: ServiceRequest): ServiceReply {
    if (method !== "POST" || asked !== path) return { status: 404 };
    if (headers["content-type"] !== "application/json") return { status: 415 };
    const { uid, token, exp } = JSON.parse(body);
    if (uid !== this.uid || !this.#isSigned(token)) {
      return { status: 401, body: { description: `refused: ${token}` } };
    }
    const end = Math.min(exp, Math.floor(this.#now) + this.lifetime);
    const given = `${base64url({ alg: "HS256" })}.${base64url({ uid, exp: end, n: this.tokens.length })}.x`;
    this.tokens.push(given);
    this.#ends.set(given, end);
    const cookie = { "set-cookie": `dcos-acs-auth-cookie=${given}; Path=/; HttpOnly` };
    return {
      status: 200,
      body: this.tokenIn === "cookie" ? {} : { token: given },
      headers: this.tokenIn === "body" ? {} : cookie,
    };
  }

  #isSigned(token: string): boolean {
    const [header = "", payload = "", signature = ""] = token.split(".");
    const read = (part: string) => JSON.parse(Buffer.from(part, "base64url").toString());
    const { uid, exp } = read(payload);
    const left = exp - this.#now;
    return read(header).alg === "RS256" && uid === this.uid && left > 0 && left <= 60 &&
      verify(
        "sha256",
        Buffer.from(`${header}.${payload}`),
        this.#publicKey,
        Buffer.from(signature, "base64url"),
      );
  }
}

function base64url(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
