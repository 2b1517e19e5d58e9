import assert from "node:assert/strict";
import { withGuids } from "../../../lib/core/render/guids.ts";
import { findStaticOption } from "../../../lib/core/plan/servers.ts";
import { parseServerLine } from "../../../lib/core/plan/plan.ts";
import { marathonApp } from "../model/support/marathonApp.ts";
import { generate } from "./support/generate.ts";
import { renderContext } from "./support/renderContext.ts";

const table: [what: string, text: string, expected: string][] = [
  [
    "a frontend",
    "\nfrontend web_in\n  bind *:80\n  mode http\n",
    "\nfrontend web_in\n  guid f:web_in\n  bind *:80 guid-prefix l:web_in\n  mode http\n",
  ],
  [
    "a backend of the same name",
    "backend web\n  server s1 1.2.3.4:1 check disabled\n  server s2 1.2.3.4:2\n",
    "backend web\n  guid b:web\n  server s1 1.2.3.4:1 check disabled guid s:web:s1\n" +
    "  server s2 1.2.3.4:2 guid s:web:s2\n",
  ],
  [
    "a section with several binds",
    "listen l # mine\n  bind :1,:2\n  bind :3\n",
    "listen l # mine\n  guid p:l\n  bind :1,:2 guid-prefix l:l\n  bind :3 guid-prefix l:l:2\n",
  ],
  [
    "nothing but frontends, backends and listen sections",
    "global\n  maxconn 1\ndefaults\n  mode http\npeers p\n  bind :1\n  server s 1.2.3.4:1\n",
    "global\n  maxconn 1\ndefaults\n  mode http\npeers p\n  bind :1\n  server s 1.2.3.4:1\n",
  ],
  [
    "no guid beside one of the operator's",
    "backend a\n  mode tcp\n  guid mine\n  server s 1.2.3.4:1 guid own check\nbackend b\n  mode tcp\n",
    "backend a\n  mode tcp\n  guid mine\n  server s 1.2.3.4:1 guid own check\nbackend b\n  guid b:b\n  mode tcp\n",
  ],
  [
    "no guid in a comment, or behind a line that goes on",
    "backend a\n  server s 1.2.3.4:1 # check\n  server t 1.2.3.4:1 \\\n  check\n  server-template u 3 h:1\n",
    "backend a\n  guid b:a\n  server s 1.2.3.4:1 # check\n  server t 1.2.3.4:1 \\\n  check\n  server-template u 3 h:1\n",
  ],
  [
    "no guid of a name that HAProxy has to read itself",
    'backend a\n  server "${HOST}" 1.2.3.4:1\nbackend "$B"\n  server s 1.2.3.4:1\n',
    'backend a\n  guid b:a\n  server "${HOST}" 1.2.3.4:1\nbackend "$B"\n  server s 1.2.3.4:1\n',
  ],
];
for (const [what, text, expected] of table) {
  Deno.test(`withGuids: ${what}`, () => {
    assert.equal(withGuids(text), expected);
    // What has its guids keeps them.
    assert.equal(withGuids(expected), expected);
  });
}

Deno.test("withGuids: names that are long, or have colons, get guids that HAProxy takes, each its own", () => {
  const names = ["a:b", "a", "x".repeat(200), `${"x".repeat(200)}y`];
  const text = names.map((name) => `backend ${name}\n  server b:c 1.2.3.4:1\n  server c 1.2.3.4:1\n`).join(
    "",
  );
  const guids = [...withGuids(text).matchAll(/ guid (\S+)/g)].map(([, guid]) => guid!);
  assert.equal(guids.length, 3 * names.length);
  assert.equal(new Set(guids).size, guids.length);
  for (const guid of guids) assert.match(guid, /^[\w.:-]{1,127}$/);
});

const apps = [marathonApp({ labels: { HAPROXY_0_VHOST: "a.test" } })];
const kept = { head: { ...renderContext().head, countersFile: "/state/counters", supervised: true } };

Deno.test("renderConfiguration: all sections of --keep-counters have guids, and without it none has", () => {
  const { text } = generate({ apps }, {}, kept);
  const sections = [...text.matchAll(/^(?:frontend|backend|listen) .*\n(.*)$/gm)];
  assert.ok(sections.length >= 5);
  for (const [section, next] of sections) assert.match(next!, /^ {2}guid [fbp]:\S+$/, section);
  for (const [line] of text.matchAll(/^ {2}bind .*$/gm)) assert.match(line, / guid-prefix l:\S+$/);
  const servers = [...text.matchAll(/^ {2}server .*$/gm)].map(([line]) => parseServerLine(line));
  assert.deepEqual(servers.map((server) => findStaticOption(server?.options ?? ["unread"])), [undefined]);
  assert.match(text, /^ {2}\.if defined\(HAPROXY_MWORKER\)\n {2}stats-file \/state\/counters\n {2}\.endif$/m);
  assert.doesNotMatch(generate({ apps }).text, /guid|stats-file|virt@/);
});
