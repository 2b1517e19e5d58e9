/** A DC/OS service account: its private key signs the JWT that the login endpoint takes for a token. */
export interface DcosCredentials {
  uid: string;
  /** PEM. */
  privateKey: string;
  loginEndpoint: string;
}

/** Reads the JSON of a service account. Throws a SyntaxError that quotes none of it. */
export function parseDcosCredentials(text: string): DcosCredentials {
  const account = parseObject(text);
  const field = (name: string): string => {
    const value = account[name];
    if (typeof value === "string" && value !== "") return value;
    throw new SyntaxError(
      `${name} is ${value === undefined ? "missing" : "not a text with something in it"}`,
    );
  };
  const uid = field("uid");
  const privateKey = field("private_key");
  const loginEndpoint = field("login_endpoint");
  const { scheme } = account;
  if (scheme !== undefined && scheme !== null && scheme !== "RS256") {
    throw new SyntaxError("scheme is not RS256, the only one there is support for");
  }
  if (!/^https?:\/\/[^/]/i.test(loginEndpoint) || !URL.canParse(loginEndpoint)) {
    throw new SyntaxError("login_endpoint is no URL that starts with http:// or https://");
  }
  return { uid, privateKey, loginEndpoint };
}

function parseObject(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    // The parser's own message quotes the text, which holds a private key.
    throw new SyntaxError("it is not JSON", { cause: (cause as Error).name });
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
  throw new SyntaxError("it is not a JSON object");
}
