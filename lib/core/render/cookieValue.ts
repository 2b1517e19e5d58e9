import { createHash } from "node:crypto";

/** The cookie that keeps a client on a server: short, and says nothing about where the server is. */
export function cookieValue(serverName: string): string {
  return createHash("sha1").update(serverName).digest("hex").slice(0, 10);
}
