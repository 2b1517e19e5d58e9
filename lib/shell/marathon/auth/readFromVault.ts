import { readVaultAnswer } from "../../../core/marathon/auth/readVaultAnswer.ts";
import type { Clock } from "../../clock/Clock.ts";
import type { HttpAgents } from "../HttpAgents.ts";
import { askService, type Service, serviceError } from "./askService.ts";
import { basicHeader } from "./basicAuthorization.ts";
import type { Grant } from "./RenewedAuthorization.ts";

const service: Service = {
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
  const { body } = await askService({ service, url, method: "GET", headers, agents, clock, signal });
  const credentials = readVaultAnswer(parseJson(body));
  if (credentials) return { header: basicHeader(credentials) };
  throw serviceError({ service, url }, {
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
