import type { Credentials } from "../../flags/Credentials.ts";
import type { DcosCredentials } from "../../flags/DcosCredentials.ts";
import type { Environment } from "../../flags/resolveFlagValues.ts";
import type { AccessSource } from "./AccessSource.ts";
import { findVaultSecret } from "./VaultSecret.ts";

/** All that credentials may be in. */
export interface AccessSettings {
  marathonAuthCredentialFile?: string;
  authCredentials?: Credentials;
  dcosAuthCredentials?: DcosCredentials;
  environment: Environment;
  /** Of the first URL that has some. */
  inUrl?: Credentials;
}

interface AccessRow {
  origin: string;
  /** What the reference of flags says. */
  description: string;
  find(settings: AccessSettings): AccessSource | undefined;
}

const basic = (origin: string, credentials: Credentials | undefined): AccessSource | undefined =>
  credentials && { origin, kind: "basic", credentials };

const inVariables = "$MARATHON_USER and $MARATHON_PASSWORD";
const inUrl = "the user and password in --marathon";

/** Every source of credentials for Marathon; the first that there is counts, alone. */
export const accessTable: readonly AccessRow[] = [
  {
    origin: "--marathon-auth-credential-file",
    description: "the first line of the file, `user:password`; an empty one stands for no credentials",
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
    description: "both have to be there",
    find: ({ environment: { MARATHON_USER: user, MARATHON_PASSWORD: password } }) =>
      basic(inVariables, user && password ? { user, password } : undefined),
  },
  {
    origin: "$VAULT_TOKEN",
    description:
      "with `$VAULT_URL`, or with `$VAULT_HOST`, `$VAULT_PORT` and `$VAULT_PATH`: `user` and `pass` of a " +
      "secret in Vault, which is read when it is needed and again when Marathon refuses what was in it",
    find: ({ environment }) => {
      const secret = findVaultSecret(environment);
      return secret && { origin: "$VAULT_TOKEN and the secret in Vault", kind: "vault", secret };
    },
  },
  {
    origin: "--dcos-auth-credentials",
    description:
      "a DC/OS service account, whose token is renewed before it expires and when Marathon refuses it",
    find: ({ dcosAuthCredentials: account }) =>
      account && { origin: "--dcos-auth-credentials", kind: "dcos", account },
  },
  {
    origin: inUrl,
    description: "of the first URL that has them, percent-encoded",
    find: (settings) => basic(inUrl, settings.inUrl),
  },
];

/** The source that counts; undefined where there is none. Throws a UsageError when one is unfit. */
export function chooseAccess(settings: AccessSettings): AccessSource | undefined {
  for (const { find } of accessTable) {
    const source = find(settings);
    if (source) return source;
  }
  return undefined;
}
