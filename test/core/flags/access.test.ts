import assert from "node:assert/strict";
import {
  accessTable,
  readLoginAnswer,
  readVaultAnswer,
  tokenExpiry,
} from "../../../lib/core/flags/access.ts";
import { parseCommandLine } from "../../../lib/core/flags/commandLine.ts";
import type { Environment } from "../../../lib/core/flags/values.ts";

Deno.test("readVaultAnswer: user and pass of either version of the key-value store, and of nothing else", () => {
  const secret = { user: "u", pass: "p:w" };
  const credentials = { user: "u", password: "p:w" };
  assert.deepEqual(readVaultAnswer({ data: secret }), credentials);
  assert.deepEqual(readVaultAnswer({ data: { data: secret, metadata: {} } }), credentials);
  assert.deepEqual(readVaultAnswer({ data: { user: "u", pass: "" } }), { user: "u", password: "" });
  const unfit = [undefined, null, "data", [], { data: null }, secret, { data: { user: "u" } }];
  for (const answer of [...unfit, { data: { user: "u", pass: 1 } }, { data: { user: "u:x", pass: "p" } }]) {
    assert.equal(readVaultAnswer(answer), undefined, JSON.stringify(answer));
  }
});

Deno.test("readLoginAnswer: the cookie, else the token of the JSON", () => {
  const cookies = ["other=x; path=/", "dcos-acs-auth-cookie=abc.def; Path=/; HttpOnly"];
  assert.equal(readLoginAnswer(cookies, '{"token":"json"}'), "abc.def");
  assert.equal(readLoginAnswer(cookies, "<html>"), "abc.def");
  assert.equal(readLoginAnswer(['dcos-acs-auth-cookie="quoted"'], ""), "quoted");
  assert.equal(readLoginAnswer(["other=x"], '{"token":"json"}'), "json");
  const none = ["", "null", '"token"', "{}", '{"token":1}', '{"token":""}', '{"token":"a\\nb"}'];
  for (const body of none) assert.equal(readLoginAnswer([], body), undefined, body);
});

Deno.test("tokenExpiry: the exp of a JSON Web Token", () => {
  const token = (payload: unknown) =>
    `x.${btoa(JSON.stringify(payload)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")}.y`;
  assert.equal(tokenExpiry(token({ uid: "ÿ>?", exp: 12 })), 12);
  for (const other of ["", "opaque", "a.b.c", token({}), token({ exp: "12" }), token(null)]) {
    assert.equal(tokenExpiry(other), undefined, other);
  }
});

function access(words: string[], environment: Environment) {
  const invocation = parseCommandLine(["--group", "external", ...words], environment);
  assert.ok(invocation.kind === "run");
  return invocation.options.access;
}

const account = { uid: "u", private_key: "k", login_endpoint: "https://l/login" };
const basic = (user: string) => ({ kind: "basic", credentials: { user, password: "p" } });

/** Each source in a form of its own, in the order of precedence. */
const sources: { words?: string[]; environment?: Environment; chosen: object }[] = [
  { words: ["--marathon-auth-credential-file", "/f"], chosen: { kind: "file", path: "/f" } },
  { words: ["--auth-credentials", "flag:p"], chosen: basic("flag") },
  { environment: { MARATHON_USER: "variable", MARATHON_PASSWORD: "p" }, chosen: basic("variable") },
  {
    environment: { VAULT_TOKEN: "t", VAULT_URL: "https://v/x" },
    chosen: { kind: "vault", secret: { url: "https://v/x", token: "t" } },
  },
  {
    environment: { DCOS_SERVICE_ACCOUNT_CREDENTIAL: JSON.stringify(account) },
    chosen: {
      kind: "dcos",
      account: { uid: "u", privateKey: "k", loginEndpoint: "https://l/login" },
    },
  },
  { words: ["-m", "http://a", "http://us%65r:p@b"], chosen: basic("user") },
];

Deno.test("accessTable: each source goes before all that come after it", () => {
  assert.equal(sources.length, accessTable.length);
  for (const [index, { chosen }] of sources.entries()) {
    const there = sources.slice(index);
    const words = there.flatMap(({ words = [] }) => words);
    const { origin, ...found } = access(words, Object.assign({}, ...there.map((s) => s.environment)))!;
    assert.deepEqual(found, chosen);
    assert.ok(origin.startsWith(accessTable[index]!.origin));
  }
  assert.equal(access([], {}), undefined);
});

Deno.test("accessTable: half of what a source needs is no source", () => {
  const halves: Environment[] = [
    { MARATHON_USER: "u" },
    { MARATHON_USER: "u", MARATHON_PASSWORD: "" },
    { VAULT_TOKEN: "t" },
    { VAULT_URL: "https://v/x" },
    { VAULT_TOKEN: "t", VAULT_HOST: "h", VAULT_PORT: "1" },
    { DCOS_SERVICE_ACCOUNT_CREDENTIAL: "" },
  ];
  for (const environment of halves) assert.equal(access([], environment), undefined);
});

const vaultUrls: [Environment, url: string][] = [
  [{ VAULT_HOST: "h", VAULT_PORT: "8200", VAULT_PATH: "secret/m" }, "https://h:8200/v1/secret/m"],
  [{ VAULT_HOST: "http://h/", VAULT_PORT: "80", VAULT_PATH: "/v1/kv/data/m" }, "http://h:80/v1/kv/data/m"],
  [{ VAULT_HOST: "h", VAULT_PORT: "1", VAULT_PATH: "m", VAULT_URL: "http://u/m" }, "http://u/m"],
];
for (const [environment, url] of vaultUrls) {
  Deno.test(`accessTable: Vault at ${url}`, () => {
    const found = access([], { ...environment, VAULT_TOKEN: "t", VAULT_CACERT: "/ca" });
    assert.ok(found?.kind === "vault");
    assert.deepEqual(found.secret, { url, token: "t", caFile: "/ca" });
  });
}

Deno.test("accessTable: the error for invalid credentials has the name of the source, and never the value", () => {
  const unfit: [Environment, RegExp][] = [
    [{ VAULT_TOKEN: "s3cret", VAULT_URL: "s3cret" }, /^\$VAULT_URL: expected a URL/],
    [
      { VAULT_TOKEN: "t", VAULT_HOST: "s3cret", VAULT_PORT: "x", VAULT_PATH: "m" },
      /^\$VAULT_HOST, \$VAULT_PORT/,
    ],
    ...[{ scheme: "HS256" }, { login_endpoint: "s3cret" }, { uid: 1 }].map((change) =>
      [
        { DCOS_SERVICE_ACCOUNT_CREDENTIAL: JSON.stringify({ ...account, private_key: "s3cret", ...change }) },
        new RegExp(`^\\$DCOS_SERVICE_ACCOUNT_CREDENTIAL: .* ${Object.keys(change)[0]} is n`),
      ] as [Environment, RegExp]
    ),
  ];
  for (const [environment, message] of unfit) {
    assert.throws(() => access([], environment), (error: Error) => {
      assert.match(error.message, message);
      assert.doesNotMatch(error.message, /s3cret/);
      return true;
    });
  }
  const given = { ...account, scheme: "RS256" };
  assert.equal(access(["--dcos-auth-credentials", JSON.stringify(given)], {})?.kind, "dcos");
});
