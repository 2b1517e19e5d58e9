import assert from "node:assert/strict";
import { environmentNames } from "../../../lib/core/haproxy/luaScripts.ts";

const texts: [text: string, names: string[]][] = [
  ["", []],
  ["  bind *:80", []],
  ['  bind ":${PORT0}"\n  log "$LOG_HOST" local0', ["PORT0", "LOG_HOST"]],
  ["  http-request set-header H %[env(HOST),lower]", ["HOST"]],
  ['  lua-load "${DIR}/a.lua"\n  lua-load "${DIR}/b.lua"', ["DIR"]],
  ["  acl a path_reg ^/x$", []],
];
for (const [text, names] of texts) {
  Deno.test(`environmentNames: ${JSON.stringify(text)}`, () =>
    assert.deepEqual(environmentNames(text), names));
}
