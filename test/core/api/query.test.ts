import assert from "node:assert/strict";
import { QueryError, readAppQuery, readChangesQuery, required } from "../../../lib/core/api/query.ts";

const good: [query: string, expected: object][] = [
  ["", { words: [], sort: "name", offset: 0, limit: 100 }],
  ["q=&filter=&sort=&offset=&limit=&code=", { words: [], sort: "name", offset: 0, limit: 100 }],
  ["q=Shop+%20:10001", { words: ["shop", ":10001"], sort: "name", offset: 0, limit: 100 }],
  ["filter=down&sort=rate&offset=200&limit=500", {
    words: [],
    filter: "down",
    sort: "rate",
    offset: 200,
    limit: 500,
  }],
  ["code=no-group&other=1", { words: [], code: "no-group", sort: "name", offset: 0, limit: 100 }],
];
for (const [query, expected] of good) {
  Deno.test(`readAppQuery: ${query || "nothing"}`, () => {
    assert.deepEqual(readAppQuery(new URLSearchParams(query)), expected);
  });
}

const bad: [query: string, message: string][] = [
  [
    "filter=up",
    'The parameter filter is "up"; expected not-served, down, degraded, draining or changed',
  ],
  ["sort=size", 'The parameter sort is "size"; expected name, rate or errors'],
  ["offset=-1", 'The parameter offset is "-1"; expected a whole number of 0 or more'],
  ["limit=0", 'The parameter limit is "0"; expected a whole number from 1 to 500'],
  ["limit=501", 'The parameter limit is "501"; expected a whole number from 1 to 500'],
  ["limit=1e2", 'The parameter limit is "1e2"; expected a whole number from 1 to 500'],
];
for (const [query, message] of bad) {
  Deno.test(`readAppQuery refuses ${query} with the value and what is expected`, () => {
    const refused = (error: QueryError) => error.status === 400 && error.message === message;
    assert.throws(() => readAppQuery(new URLSearchParams(query)), refused);
  });
}

Deno.test("readChangesQuery, required: a limit, and a parameter that has to be there", () => {
  assert.equal(readChangesQuery(new URLSearchParams()), 500);
  assert.equal(readChangesQuery(new URLSearchParams("limit=3")), 3);
  assert.throws(
    () => readChangesQuery(new URLSearchParams("limit=501")),
    /expected a whole number from 1 to 500/,
  );
  assert.equal(required(new URLSearchParams("id=/a"), "id", "/b"), "/a");
  assert.throws(
    () => required(new URLSearchParams("id=%20"), "id", "/b"),
    /The parameter id is missing: ask for \?id=\/b/,
  );
});
