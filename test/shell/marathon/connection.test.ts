import assert from "node:assert/strict";
import { type MarathonUrl, parseMarathonUrl } from "../../../lib/shell/marathon/connection.ts";

const good: [text: string, url: MarathonUrl][] = [
  ["http://a:8080", { base: "http://a:8080", origin: "http://a:8080", credentials: undefined }],
  ["http://A:80//", { base: "http://a", origin: "http://a", credentials: undefined }],
  ["https://a/service/marathon/", {
    base: "https://a/service/marathon",
    origin: "https://a",
    credentials: undefined,
  }],
  ["http://u%40x:p%3A%2F@a", {
    base: "http://a",
    origin: "http://a",
    credentials: { user: "u@x", password: "p:/" },
  }],
  ["http://u:100%@a", { base: "http://a", origin: "http://a", credentials: { user: "u", password: "100%" } }],
];
for (const [text, url] of good) {
  Deno.test(`--marathon ${text} is understood`, () => assert.deepEqual(parseMarathonUrl(text), url));
}

const bad: [text: string, shown: string][] = [
  ["localhost:8080", "localhost:8080"],
  ["ftp://host/", "ftp://host/"],
  ["user:secret@host:80", "host:80"],
  ["http://user:secret@[bad", "http://[bad"],
  ["http://user:se@cret@bad host", "http://bad host"],
  ["", ""],
];
for (const [text, shown] of bad) {
  Deno.test(`--marathon ${JSON.stringify(text)} is refused without showing credentials`, () => {
    assert.throws(() => parseMarathonUrl(text), {
      message: `--marathon: ${shown} is no URL like http://host:8080 or https://host/prefix`,
    });
  });
}
