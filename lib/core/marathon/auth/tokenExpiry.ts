/** When a JSON Web Token expires, in seconds since 1970; undefined for one that does not say (RFC 7519, 4.1.4). */
export function tokenExpiry(token: string): number | undefined {
  const [, payload = ""] = token.split(".");
  try {
    const { exp } = Object(JSON.parse(atob(payload.replaceAll("-", "+").replaceAll("_", "/"))));
    return typeof exp === "number" && Number.isFinite(exp) ? exp : undefined;
  } catch {
    // It need not be a JSON Web Token.
    return undefined;
  }
}
