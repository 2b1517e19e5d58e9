import { Buffer } from "node:buffer";
import type { Credentials } from "../../../core/flags/Credentials.ts";
import type { Authorization } from "./Authorization.ts";

/** Basic authentication (RFC 7617) by credentials that stay the same. */
export function basicAuthorization(credentials: Credentials, origin: string): Authorization {
  const header = basicHeader(credentials);
  return { origin, header: () => Promise.resolve(header), refused() {}, close() {} };
}

export function basicHeader({ user, password }: Credentials): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
}
