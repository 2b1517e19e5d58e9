/** A user and password for Marathon's HTTP API. */
export interface Credentials {
  user: string;
  password: string;
}

/** `user:password`, cut at the first colon as a user name holds none (RFC 7617); else undefined. */
export function parseCredentials(text: string): Credentials | undefined {
  const colon = text.indexOf(":");
  if (colon < 1) return undefined;
  return { user: text.slice(0, colon), password: text.slice(colon + 1) };
}
