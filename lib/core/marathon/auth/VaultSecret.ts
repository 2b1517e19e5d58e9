import type { Environment } from "../../flags/resolveFlagValues.ts";
import { UsageError } from "../../flags/UsageError.ts";

/** Where in Vault the user and password for Marathon are, and what opens it. */
export interface VaultSecret {
  url: string;
  token: string;
  /** A file of the authorities that vouch for Vault, as for Vault's own programs. */
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
