export interface Credentials {
  user: string;
  password: string;
}

/** One `--marathon` URL, taken apart. */
export interface MarathonUrl {
  /** Scheme, host, port and path prefix, without credentials and without a slash at the end: also what messages show. */
  base: string;
  origin: string;
  /** Those that stood in the URL. */
  credentials?: Credentials;
}

/**
 * Takes a Marathon URL apart. It may have a path prefix and hold credentials. Throws an `Error` of one line that names
 * `--marathon`, the URL without its credentials, and what is expected.
 */
export function parseMarathonUrl(text: string): MarathonUrl {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new Error(
      `--marathon: ${withoutCredentials(text)} is no URL like http://host:8080 or https://host/prefix`,
    );
  }
  const prefix = url.pathname.replace(/\/+$/, "");
  const credentials = url.username || url.password
    ? { user: decode(url.username), password: decode(url.password) }
    : undefined;
  return { base: url.origin + prefix, origin: url.origin, credentials };
}

/** Any text with everything before the last `@` of its first authority taken out, also when it is no valid URL. */
function withoutCredentials(text: string): string {
  return text.replace(/^([a-z+.-]*:?\/\/)?.*@/i, "$1");
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    // A lone percent sign: the password was written unescaped.
    return part;
  }
}
