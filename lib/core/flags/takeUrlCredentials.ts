import type { Credentials } from "./Credentials.ts";
import { UsageError } from "./UsageError.ts";

/**
 * The user and password of the first URL that has them, and the URLs without, so that they can be logged. Throws a
 * UsageError where they cannot be decoded.
 */
export function takeUrlCredentials(
  urls: readonly string[],
): { credentials: Credentials | undefined; urls: string[] } {
  const parsed = urls.map((url) => new URL(url));
  const credentials = parsed.map(fromUrl).find((found) => found !== undefined);
  return { credentials, urls: parsed.map(withoutCredentials) };
}

function fromUrl({ username, password }: URL): Credentials | undefined {
  if (username === "") return undefined;
  try {
    return { user: decodeURIComponent(username), password: decodeURIComponent(password) };
  } catch {
    throw new UsageError(
      "--marathon: expected a URL whose user and password are percent-encoded, got another",
    );
  }
}

function withoutCredentials(url: URL): string {
  const bare = new URL(url);
  bare.username = "";
  bare.password = "";
  return bare.href.replace(/\/+$/, "");
}
