import assert from "node:assert/strict";
import { type CredentialUse, describeStatus } from "../../../lib/shell/marathon/failures.ts";

const sources = "--auth-credentials, --marathon-auth-credential-file or MARATHON_USER and MARATHON_PASSWORD";

const cases: [status: number, body: string, credentials: CredentialUse, reason: string, advice: string][] = [
  [401, "", "sent", "HTTP 401, wrong credentials", `Check ${sources}`],
  [401, '{"message":"no"}', "none", "HTTP 401 (no), credentials are needed", `Give ${sources}`],
  [
    401,
    "",
    "withheld",
    "HTTP 401, no credentials were sent to a host that is not listed",
    "Give the URLs of all Marathons of the cluster with --marathon",
  ],
  [403, "", "sent", "HTTP 403, not allowed", "Check what this account may do in Marathon"],
  [
    404,
    "<html>",
    "none",
    "HTTP 404, not found",
    "Check that --marathon is Marathon's URL, with its path prefix if it has one",
  ],
  [503, '{"message":"no\\n\\u0000 leader"}', "none", "HTTP 503 (no leader)", "See Marathon's log"],
  [500, `{"message":"${"x".repeat(300)}"}`, "none", `HTTP 500 (${"x".repeat(200)})`, "See Marathon's log"],
  [500, '["message"]', "none", "HTTP 500", "See Marathon's log"],
  [302, "null", "none", "HTTP 302", "Check that --marathon is Marathon's URL"],
];
for (const [status, body, credentials, reason, advice] of cases) {
  Deno.test(`describeStatus: ${reason.slice(0, 60)}`, () => {
    assert.deepEqual(describeStatus(status, body, credentials), { reason, advice });
  });
}
