const cookie = /^dcos-acs-auth-cookie="?([^;"]+)"?(?:;|$)/;

/**
 * The token in the answer of a DC/OS login: its cookie `dcos-acs-auth-cookie`, else the `token` of its JSON. Undefined when
 * there is none that a header can carry.
 */
export function readLoginAnswer(cookies: readonly string[], body: string): string | undefined {
  const inCookie = cookies.map((text) => cookie.exec(text)?.[1]).find((value) => value !== undefined);
  const token = inCookie ?? tokenOf(body);
  return token !== undefined && /^[\x21-\x7e]+$/.test(token) ? token : undefined;
}

function tokenOf(body: string): string | undefined {
  try {
    const { token } = Object(JSON.parse(body));
    return typeof token === "string" ? token : undefined;
  } catch {
    // Some proxies answer with the cookie and a page.
    return undefined;
  }
}
