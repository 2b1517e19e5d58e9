import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { answerPage } from "../../../lib/shell/operator/page.ts";
import { makePage, pageFile } from "../../../tools/build/page.ts";

const file = new URL(`../../../${pageFile}`, import.meta.url);

Deno.test("page/page.html is what the sources of page/ make (UPDATE_DOCS=1 writes it)", async () => {
  const { html, files } = await makePage();
  if (Deno.env.get("UPDATE_DOCS") === "1") writeFileSync(file, html);
  assert.ok(readFileSync(file, "utf8") === html, "run the tests with UPDATE_DOCS=1");
  assert.ok(files.includes("page/main.tsx"));
  assert.ok(
    files.some((file) => /node_modules\/preact\//.test(file)),
    "its packages are in the bill of materials",
  );
  assert.ok(html.length < 100_000, `${html.length} characters are more than a page needs`);
});

Deno.test("the page asks nothing of anywhere else: no address, no import, no image in it", () => {
  const html = readFileSync(file, "utf8");
  const addresses = [...html.matchAll(/(?:https?:)?\/\/[a-z0-9.-]+\.[a-z]{2,}[^\s"'`]*/gi)].map(([address]) =>
    address
  );
  const known = [/^http:\/\/www\.w3\.org\//, /^https:\/\/shop\.example\.com/];
  assert.deepEqual(addresses.filter((address) => !known.some((one) => one.test(address))), []);
  assert.doesNotMatch(html, /<(?:script|img|iframe)[^>]+src=|@import|url\(/);
  assert.doesNotMatch(html, /\beval\(|new Function/, "a policy without unsafe-eval");
  for (const name of readdirSync(new URL("../../../page/", import.meta.url))) {
    if (!/\.tsx?$/.test(name)) continue;
    const source = readFileSync(new URL(`../../../page/${name}`, import.meta.url), "utf8");
    assert.doesNotMatch(source, /innerHTML/i, `${name}: what Marathon says is text, never markup`);
  }
});

Deno.test("the page's policy lets run its one script and its one style, and connect to its own host only", () => {
  const { status, type, body, headers } = answerPage();
  assert.deepEqual([status, type], [200, "text/html; charset=utf-8"]);
  const policy = headers!["content-security-policy"]!;
  const hash = (element: string) => {
    const [, text = ""] = new RegExp(`<${element}>([^]*)</${element}>`).exec(body)!;
    return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
  };
  assert.ok(policy.startsWith("default-src 'none'; "));
  assert.ok(policy.includes(`script-src ${hash("script")};`));
  assert.ok(policy.includes(`style-src ${hash("style")};`));
  assert.ok(policy.includes("connect-src 'self';") && policy.includes("frame-ancestors 'none'"));
  assert.doesNotMatch(policy, /unsafe|\*/);
});
