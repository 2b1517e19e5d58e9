import assert from "node:assert/strict";
import { environmentNames, luaScripts } from "../../../lib/core/haproxy/luaScripts.ts";

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

Deno.test("luaScripts: a script that 1.0 has too registers what it registers there, and new names are in new files", () => {
  // Version 1.0 writes its own scripts over these. HAProxy then has to accept the last good configuration with them.
  const ofVersion10 = {
    "getpids.lua": ["getpids"],
    "getconfig.lua": ["getconfig"],
    "getmaps.lua": ["getvhostmap", "getappmap"],
    "signalmlb.lua": ["signalmlbhup", "signalmlbusr1"],
    "mlbstatus.lua": ["mlbmetrics", "mlbhealth", "mlbstatus"],
    "statscsv.lua": ["statscsv"],
  };
  const registered = Object.entries(luaScripts).map(([name, text]) =>
    [name, [...text.matchAll(/^(?:core\.)?register_\w+\("(\w+)"/gm)].map(([, name]) => name)] as const
  );
  assert.deepEqual(Object.fromEntries(registered), { ...ofVersion10, "mlbpage.lua": ["mlbpage"] });
});
