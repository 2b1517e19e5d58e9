import assert from "node:assert/strict";
import { readLoginAnswer } from "../../../../lib/core/marathon/auth/readLoginAnswer.ts";
import { readVaultAnswer } from "../../../../lib/core/marathon/auth/readVaultAnswer.ts";
import { tokenExpiry } from "../../../../lib/core/marathon/auth/tokenExpiry.ts";

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
