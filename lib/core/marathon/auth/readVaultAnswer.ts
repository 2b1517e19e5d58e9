import type { Credentials } from "../../flags/Credentials.ts";

/**
 * The user and password in Vault's answer to a read: `data.user` and `data.pass`, or one level deeper as version 2 of its
 * key-value store puts them. Undefined when they are not there.
 */
export function readVaultAnswer(answer: unknown): Credentials | undefined {
  const data = member(answer, "data");
  return readSecret(data) ?? readSecret(member(data, "data"));
}

function readSecret(data: unknown): Credentials | undefined {
  const [user, password] = [member(data, "user"), member(data, "pass")];
  // Of an account (RFC 7617) whose user name had a colon, the server would see another one.
  if (typeof user !== "string" || !/^[^:]+$/.test(user) || typeof password !== "string") return undefined;
  return { user, password };
}

function member(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}
