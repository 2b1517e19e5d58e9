import { UsageError } from "./flag.ts";
import type { Credentials, DcosCredentials, Environment } from "./values.ts";

/** Where the credentials for Marathon come from. */
export type AccessSource =
  & {
    /** The name that an operator knows it by, for the message about refused credentials. */
    origin: string;
  }
  & (
    | { kind: "file"; path: string }
    | { kind: "basic"; credentials: Credentials }
    | { kind: "vault"; secret: VaultSecret }
    | { kind: "dcos"; account: DcosCredentials }
  );

/** Where Vault has the user and password for Marathon, and the token that gives access to them. */
export interface VaultSecret {
  url: string;
  token: string;
  /** A file of the authorities that sign Vault's certificate, as in Vault's own programs. */
  caFile?: string;
}

/**
 * The secret that the environment names: `$VAULT_TOKEN` with `$VAULT_URL`, or with `$VAULT_HOST`, `$VAULT_PORT` and
 * `$VAULT_PATH`; else undefined. Throws a UsageError when that is no URL.
 */
export function findVaultSecret(environment: Environment): VaultSecret | undefined {
  const { VAULT_TOKEN: token, VAULT_URL, VAULT_CACERT } = environment;
  const text = VAULT_URL || joinUrl(environment);
  if (!token || !text) return undefined;
  if (!/^https?:\/\/[^/]/i.test(text) || !URL.canParse(text)) {
    const names = VAULT_URL ? "$VAULT_URL" : "$VAULT_HOST, $VAULT_PORT and $VAULT_PATH";
    throw new UsageError(
      `${names}: expected a URL such as https://vault:8200/v1/secret/marathon, got another`,
    );
  }
  return { url: text, token, ...VAULT_CACERT ? { caFile: VAULT_CACERT } : {} };
}

function joinUrl({ VAULT_HOST, VAULT_PORT, VAULT_PATH }: Environment): string | undefined {
  if (!VAULT_HOST || !VAULT_PORT || !VAULT_PATH) return undefined;
  const host = /^https?:\/\//i.test(VAULT_HOST) ? VAULT_HOST.replace(/\/+$/, "") : `https://${VAULT_HOST}`;
  return `${host}:${VAULT_PORT}/v1/${VAULT_PATH.replace(/^\/?(v1\/)?/, "")}`;
}

/** Everything that may hold credentials. */
export interface AccessSettings {
  marathonAuthCredentialFile?: string;
  authCredentials?: Credentials;
  dcosAuthCredentials?: DcosCredentials;
  environment: Environment;
  /** From the first URL that has some. */
  inUrl?: Credentials;
}

interface AccessRow {
  origin: string;
  /** The text in the reference of flags. */
  description: string;
  find(settings: AccessSettings): AccessSource | undefined;
}

const basic = (origin: string, credentials: Credentials | undefined): AccessSource | undefined =>
  credentials && { origin, kind: "basic", credentials };

const inVariables = "$MARATHON_USER and $MARATHON_PASSWORD";
const inUrl = "the user and password in --marathon";

/** Every source of credentials for Marathon. Only the first one that is set counts. */
export const accessTable: readonly AccessRow[] = [
  {
    origin: "--marathon-auth-credential-file",
    description: "the first line of the file, `user:password`; an empty line means no credentials",
    find: ({ marathonAuthCredentialFile: path }) =>
      path === undefined ? undefined : { origin: "--marathon-auth-credential-file", kind: "file", path },
  },
  {
    origin: "--auth-credentials",
    description: "`user:password`",
    find: ({ authCredentials }) => basic("--auth-credentials", authCredentials),
  },
  {
    origin: inVariables,
    description: "both must be set",
    find: ({ environment: { MARATHON_USER: user, MARATHON_PASSWORD: password } }) =>
      basic(inVariables, user && password ? { user, password } : undefined),
  },
  {
    origin: "$VAULT_TOKEN",
    description:
      "with `$VAULT_URL`, or with `$VAULT_HOST`, `$VAULT_PORT` and `$VAULT_PATH`: `user` and `pass` of a " +
      "secret in Vault. The program reads it when needed, and again when Marathon refuses the credentials",
    find: ({ environment }) => {
      const secret = findVaultSecret(environment);
      return secret && { origin: "$VAULT_TOKEN and the secret in Vault", kind: "vault", secret };
    },
  },
  {
    origin: "--dcos-auth-credentials",
    description:
      "a DC/OS service account. The program renews its token before it expires, and when Marathon refuses it",
    find: ({ dcosAuthCredentials: account }) =>
      account && { origin: "--dcos-auth-credentials", kind: "dcos", account },
  },
  {
    origin: inUrl,
    description: "percent-encoded, from the first URL that has them",
    find: (settings) => basic(inUrl, settings.inUrl),
  },
];

/** The source that counts; undefined if none is set. Throws a UsageError when one is invalid. */
export function chooseAccess(settings: AccessSettings): AccessSource | undefined {
  for (const { find } of accessTable) {
    const source = find(settings);
    if (source) return source;
  }
  return undefined;
}

const cookie = /^dcos-acs-auth-cookie="?([^;"]+)"?(?:;|$)/;

/**
 * The token in the answer of a DC/OS login: its cookie `dcos-acs-auth-cookie`, else the `token` of its JSON. Undefined when
 * there is none that a header can carry.
 */
export function readLoginAnswer(cookies: readonly string[], body: string): string | undefined {
  const inCookie = cookies.map((text) => cookie.exec(text)?.[1]).find((value) => value !== undefined);
  const token = inCookie ?? tokenOf(body);
  return token !== undefined && /^[\x21-\x7e]+$/.test(token) ? token : undefined;
}

function tokenOf(body: string): string | undefined {
  try {
    const { token } = Object(JSON.parse(body));
    return typeof token === "string" ? token : undefined;
  } catch {
    // Some proxies answer with the cookie and an HTML page.
    return undefined;
  }
}

/**
 * The user and password in Vault's answer to a read: `data.user` and `data.pass`. Version 2 of its key-value store has
 * them one level deeper. Undefined when they are missing.
 */
export function readVaultAnswer(answer: unknown): Credentials | undefined {
  const data = member(answer, "data");
  return readSecret(data) ?? readSecret(member(data, "data"));
}

function readSecret(data: unknown): Credentials | undefined {
  const [user, password] = [member(data, "user"), member(data, "pass")];
  // A server would read another user name and password if the user name had a colon (RFC 7617).
  if (typeof user !== "string" || !/^[^:]+$/.test(user) || typeof password !== "string") return undefined;
  return { user, password };
}

function member(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

/** When a JSON Web Token expires, in seconds since 1970; undefined for one that does not say (RFC 7519, 4.1.4). */
export function tokenExpiry(token: string): number | undefined {
  const [, payload = ""] = token.split(".");
  try {
    const { exp } = Object(JSON.parse(atob(payload.replaceAll("-", "+").replaceAll("_", "/"))));
    return typeof exp === "number" && Number.isFinite(exp) ? exp : undefined;
  } catch {
    // A token may be something else than a JSON Web Token.
    return undefined;
  }
}
