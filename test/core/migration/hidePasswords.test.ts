import assert from "node:assert/strict";
import { hidePasswords } from "../../../lib/core/migration/hidePasswords.ts";

Deno.test("passwords of a line are replaced, and nothing else", () => {
  const rows: [line: string, expected: string][] = [
    ["user alice password $5$salt$hash", "user alice password ***"],
    ["user alice groups a insecure-password hunter2", "user alice groups a insecure-password ***"],
    ["stats auth admin:hunter2", "stats auth admin:***"],
    [
      "http-request set-header Authorization Basic aHVudGVyMg==",
      "http-request set-header Authorization Basic ***",
    ],
    ["use_backend password if { path /password/x }", "use_backend password if { path /password/x }"],
  ];
  for (const [line, expected] of rows) assert.equal(hidePasswords(line), expected);
});
