import assert from "node:assert/strict";
import { styleFor } from "../../../lib/core/style.ts";
import {
  describeReload,
  reportText,
  sectionChanges,
  type ValidationReport,
} from "../../../lib/core/validate/report.ts";

Deno.test("sectionChanges: what comes, goes and differs, without order and indentation", () => {
  const before = "global\n  a\nfrontend f\n  bind :80\n  acl x\n  acl x\nbackend old\n  server s\n";
  const after = "global\n  a\nfrontend f\n  bind :80\n  acl x\n  acl y\nbackend new\n  server t\n\n";
  assert.deepEqual(sectionChanges(before, after), [
    { section: "frontend f", change: "changed", gained: ["acl y"], lost: ["acl x"] },
    { section: "backend new", change: "gained", gained: ["server t"], lost: [] },
    { section: "backend old", change: "lost", gained: [], lost: ["server s"] },
  ]);
  assert.deepEqual(sectionChanges(after, after), []);
});

Deno.test("describeReload: nothing, commands, a reload and its reason", () => {
  assert.deepEqual(describeReload({ kind: "nothing" }).needed, false);
  const runtime = {
    kind: "runtime",
    reasons: [],
    changes: [],
    arrivals: [],
    departures: [],
    ports: [],
    maps: [],
    backends: new Map(),
    commands: [],
    questions: [],
  } as const;
  assert.deepEqual(describeReload(runtime), {
    needed: false,
    why: "commands bring it to the HAProxy that runs",
  });
  assert.deepEqual(describeReload({ kind: "reload", reasons: ["a", "b"] }), { needed: true, why: "a; b" });
  assert.deepEqual(describeReload({ kind: "reload", reasons: ["a"], why: "w" }), { needed: true, why: "w" });
});

const report: ValidationReport = {
  files: ["web.json"],
  against: "http://m:8080",
  groups: ["external"],
  findings: [{
    file: "web.json",
    line: 4,
    column: 5,
    app: "/web",
    index: 0,
    code: "vhost-taken",
    severity: "warning",
    message: "/web: \u001b[31mred\n",
    hint: "Give it another `HAPROXY_0_VHOST`.",
  }],
  apps: [
    {
      app: "/web",
      standing: "partly",
      labelled: true,
      reasons: [],
      services: [
        { index: 0, port: 10_000, standing: "partly", reasons: [], vhosts: ["a.test"], up: 1 },
        { index: 1, port: 10_001, standing: "not-served", reasons: [], vhosts: [], up: 0 },
      ],
    },
    { app: "/ok", standing: "served", labelled: true, reasons: [], services: [] },
  ],
  configuration: {
    sections: [{
      section: "frontend f",
      change: "changed",
      gained: Array.from({ length: 14 }, (_, index) => `acl ${index}`),
      lost: ["acl old"],
    }],
    reload: { needed: true, why: "sections came" },
    assignedPorts: [10_000, 10_002],
  },
  haproxy: { version: "2.6.12", accepts: true, notes: ["/web: service 0 needs a file"] },
};

Deno.test("the report for people: findings with their place, verdicts, what comes and goes, HAProxy", () => {
  assert.equal(
    reportText(report, styleFor(false), false),
    `web.json:4:5: warning vhost-taken: /web: \\u001b[31mred\\n
  To do: Give it another HAPROXY_0_VHOST.

/web: served in part (port 10000, a.test)
/ok: served

The configuration, compared with http://m:8080
  changes frontend f
    - acl old
${Array.from({ length: 12 }, (_, index) => `    + acl ${index}\n`).join("")}    + … 2 more
It needs a reload: sections came.

HAProxy 2.6.12 accepts it.
Not checked by HAProxy: /web: service 0 needs a file
Marathon assigns the service ports that are 0; here stand for them: 10000, 10002.
1 problem in 1 of 2 apps.
`,
  );
});

Deno.test("the report for GitHub Actions ends with annotations", () => {
  const lines = reportText(report, styleFor(false), true).trimEnd().split("\n");
  assert.match(lines.at(-1)!, /^::warning file=web\.json,line=4,col=5,title=/);
});

Deno.test("the report without a problem says so; on a terminal it has colours, and what it quotes has none", () => {
  const fine = { ...report, findings: [], configuration: { sections: [], assignedPorts: [] } };
  const plain = reportText(fine, styleFor(false), true);
  assert.match(plain, /\n {2}stays as it is\n\nHAProxy/);
  assert.match(plain, /\nNo problem in 2 apps\.\n$/);
  assert.ok(!plain.includes("\u001b"));
  const text = reportText(report, styleFor(true), false);
  assert.ok(text.includes("\u001b[33mwarning vhost-taken\u001b[0m"));
  assert.ok(text.includes("\\u001b[31mred"));
});
