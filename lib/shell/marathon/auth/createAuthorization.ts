import { createPrivateKey, type KeyObject } from "node:crypto";
import { parseCredentials } from "../../../core/flags/Credentials.ts";
import type { AccessSource } from "../../../core/marathon/auth/AccessSource.ts";
import type { Clock } from "../../clock/Clock.ts";
import { readNamedFile } from "../../files/readNamedFile.ts";
import { HttpAgents, type TlsTrust } from "../HttpAgents.ts";
import type { Authorization } from "./Authorization.ts";
import { basicAuthorization } from "./basicAuthorization.ts";
import { logInToDcos } from "./logInToDcos.ts";
import { readFromVault } from "./readFromVault.ts";
import { type Grant, RenewedAuthorization } from "./RenewedAuthorization.ts";

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
