import type { Credentials } from "./Credentials.ts";
import type { Environment } from "./resolveFlagValues.ts";
import { UsageError } from "./UsageError.ts";

/**
 * The user and password for Marathon, from the flag, else $MARATHON_USER and $MARATHON_PASSWORD, else the
 * first URL that has them; and the URLs without them, so that they can be logged.
 */
export function chooseCredentials(
  flag: Credentials | undefined,
  urls: readonly string[],
  environment: Environment,
): { credentials: Credentials | undefined; urls: string[] } {
  const parsed = urls.map((url) => new URL(url));
  const credentials = flag ?? fromEnvironment(environment) ??
    parsed.map(fromUrl).find((found) => found !== undefined);
  return { credentials, urls: parsed.map(withoutCredentials) };
}

function fromEnvironment({ MARATHON_USER, MARATHON_PASSWORD }: Environment): Credentials | undefined {
  if (!MARATHON_USER || !MARATHON_PASSWORD) return undefined;
  return { user: MARATHON_USER, password: MARATHON_PASSWORD };
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
