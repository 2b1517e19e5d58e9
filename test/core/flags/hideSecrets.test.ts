import assert from "node:assert/strict";
import { hideSecrets } from "../../../lib/core/flags/hideSecrets.ts";

const lines: [argv: string[], shown: string[]][] = [
  [["sse", "--auth-credentials", "u:p", "--group", "u:p"], [
    "sse",
    "--auth-credentials",
    "***",
    "--group",
    "u:p",
  ]],
  [["--auth-credentials=u:p"], ["--auth-credentials=***"]],
  [["--auth-c=u:p=q", "--auth-c", "u:p"], ["--auth-c=***", "--auth-c", "***"]],
  [["--dcos-auth-credentials", '{"uid": "u",\n"private_key": "-k"}'], ["--dcos-auth-credentials", "***"]],
  [["-m", "http://u:p@a:1", "https://u:p:/@b/x"], ["-m", "http://***@a:1", "https://***@b/x"]],
  [["-m=http://u:p@a", "--marathon=http://u:p@a,http://u@b"], [
    "-m=http://***@a",
    "--marathon=http://***@a,http://***@b",
  ]],
  [["--auth-credentials", "--dry"], ["--auth-credentials", "--dry"]],
  [["--marathon-auth-credential-file", "/f", "-c", "reload it"], [
    "--marathon-auth-credential-file",
    "/f",
    "-c",
    "reload it",
  ]],
];
for (const [argv, shown] of lines) {
  Deno.test(`hideSecrets: ${JSON.stringify(shown)}`, () => assert.deepEqual(hideSecrets(argv), shown));
}
