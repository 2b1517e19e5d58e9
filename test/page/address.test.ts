import assert from "node:assert/strict";
import { addressOf, jsonOf, readAddress, type View } from "../../page/address.ts";
import { age, count, expiry } from "../../page/words.ts";

const views: [address: string, view: View, json: string][] = [
  ["#/", { name: "apps", query: {} }, "api/apps"],
  [
    "#/?q=a+b&filter=down&sort=rate",
    { name: "apps", query: { q: "a b", filter: "down", sort: "rate" } },
    "api/apps?q=a+b&filter=down&sort=rate",
  ],
  ["#/?code=no-group", { name: "apps", query: { code: "no-group" } }, "api/apps?code=no-group"],
  [
    "#/app?id=%2Fshop%2F%3Cimg%3E&q=a",
    { name: "app", id: "/shop/<img>", query: { q: "a" } },
    "api/app?id=%2Fshop%2F%3Cimg%3E",
  ],
  [
    "#/url?url=https%3A%2F%2Fa%2F%3Fb%3Dc%26d",
    { name: "url", url: "https://a/?b=c&d" },
    "api/url?url=https%3A%2F%2Fa%2F%3Fb%3Dc%26d",
  ],
  ["#/changes", { name: "changes" }, "api/changes"],
  ["#/certificates", { name: "certificates" }, "api/certificates"],
];
for (const [address, view, json] of views) {
  Deno.test(`the page's address ${address}: its view, and its JSON`, () => {
    assert.deepEqual(readAddress(address), view);
    assert.equal(addressOf(view), address);
    assert.equal(jsonOf(view), json);
  });
}

Deno.test("an address that the page does not know is the list of apps", () => {
  for (const hash of ["", "#", "#nothing", "#/nowhere"]) {
    assert.deepEqual(readAddress(hash), { name: "apps", query: {} });
  }
});

Deno.test("words of the page: ages, counts, expiries", () => {
  const ages: [number, string][] = [[0, "now"], [12_400, "12 s"], [300_000, "5 min"], [10_000_000, "3 h"], [
    7e8,
    "8 days",
  ]];
  for (const [milliseconds, text] of ages) assert.equal(age(milliseconds), text);
  assert.deepEqual([count(1, "app"), count(2, "app"), count(1_234, "app")], [
    "1 app",
    "2 apps",
    "1,234 apps",
  ]);
  const now = Date.parse("2026-01-10T00:00:00Z");
  assert.deepEqual(expiry("2026-01-15T00:00:00Z", now), { text: "5 days left", grave: true });
  assert.deepEqual(expiry("2027-01-10T00:00:00Z", now), { text: "365 days left", grave: false });
  assert.deepEqual(expiry("2026-01-08T00:00:00Z", now), { text: "expired 2 days ago", grave: true });
});
