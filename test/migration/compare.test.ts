import assert from "node:assert/strict";
import { compareConfigurations } from "../../lib/migration/compare.ts";
import { type Difference, isInEffect } from "../../lib/migration/report.ts";
import type { Problem } from "../../lib/core/problem.ts";

function compare(
  before: string,
  after: string,
  { maps = [{}, {}], problems = [], closedPorts = [] }: {
    maps?: Record<string, string>[];
    problems?: Problem[];
    closedPorts?: string[];
  } = {},
): Difference[] {
  return compareConfigurations(
    { text: before, maps: maps[0]! },
    { text: after, maps: maps[1]! },
    { apps: new Map([["web_1", "/web"]]), closedPorts: new Set(closedPorts), problems },
  );
}

/** Directives in a section that both have. */
function inSection(title: string, directives: string): string {
  return `defaults\n  timeout server 30s\n${title}\n${
    directives.split("; ").map((line) => `  ${line}`).join("\n")
  }\n`;
}

const http = "frontend marathon_http_in";
const web = "backend web_1";

Deno.test("what has the same effect is no difference", () => {
  const rows: [section: string, before: string, after: string][] = [
    [http, "acl a path_beg /a; use_backend x if a", "use_backend x if { path_beg /a }"],
    [http, "acl a path /a; acl a path /b; use_backend x if a", "acl c path /b /a; use_backend x if c"],
    [
      http,
      "acl a path /a; acl b src 1.1.1.1; use_backend x if a b",
      "acl a path /a; use_backend x if { src 1.1.1.1 } a",
    ],
    [http, "use_backend x if { path /a } or { path /b }", "use_backend x if { path /b } || { path /a }"],
    [http, "use_backend x if !{ ssl_fc }", "use_backend x if ! { ssl_fc }"],
    [http, "acl a path /a; use_backend x if !a", "acl b path /a; use_backend x if !b"],
    [http, "acl unused path /a; mode http", "mode http"],
    [http, "acl h req.hdr(host) -i A.com; use_backend x if h", "use_backend x if { req.hdr(host) -i a.com }"],
    // Nothing is asked for both hosts.
    [
      http,
      "use_backend x if { req.hdr(host) -i a }; use_backend y if { req.hdr(host) -i b }",
      "use_backend y if { req.hdr(host) -i b }; use_backend x if { req.hdr(host) -i a }",
    ],
    [
      http,
      "tcp-request content accept if { req_ssl_hello_type 1 }",
      "tcp-request content accept if { req.ssl_hello_type 1 }",
    ],
    [web, "timeout server 60s", "timeout server 1m"],
    [web, "timeout server 5000", "timeout   server 5s # a comment"],
    [web, "balance roundrobin; mode tcp", ""],
    [web, "server a 1.1.1.1:1 check inter 2s id 5", "server a 1.1.1.1:1 id 5 check check inter 2000"],
    [web, "server a 1.1.1.1:1; server b 1.1.1.1:2", "server b 1.1.1.1:2; server a 1.1.1.1:1"],
    [web, 'http-request set-header X "a b"', "http-request set-header X a\\ b"],
    [http, "bind :1 ssl no-sslv3 crt /a", "bind :1 no-sslv3 ssl crt /a"],
  ];
  for (const [section, before, after] of rows) {
    const pair = [inSection(section, before), inSection(section, after)];
    assert.deepEqual(compare(pair[0]!, pair[1]!), [], `${before} | ${after}`);
  }
});

Deno.test("differences in effect are reported, with section and statement", () => {
  const rows: [section: string, before: string, after: string, expected: string][] = [
    [web, "server a 1.1.1.1:1; server b 1.1.1.1:2", "server a 1.1.1.1:1", "lost server 1.1.1.1:2"],
    [web, "server a 1.1.1.1:1", "server a 1.1.1.1:1; server b 1.1.1.1:2", "added server 1.1.1.1:2"],
    [web, "server a 1.1.1.1:1", "server a 1.1.1.1:1 disabled", "changed server 1.1.1.1:1"],
    [web, "server a 1.1.1.1:1 weight 2", "server a 1.1.1.1:1", "changed server 1.1.1.1:1"],
    [web, "server a 1.1.1.1:1", "server b 1.1.1.1:1", "changed server 1.1.1.1:1"],
    [
      web,
      "balance source; server a 1.1.1.1:1; server b 1.1.1.1:2",
      "balance source; server b 1.1.1.1:2; server a 1.1.1.1:1",
      "changed server, their order",
    ],
    [web, "timeout server 60s", "timeout server 61s", "changed timeout server"],
    [web, "balance leastconn", "balance source", "changed balance"],
    [web, "balance leastconn", "", "lost balance"],
    [web, "mode http", "", "lost mode"],
    [web, "option httpchk GET /", "option httpchk GET /ping", "changed option httpchk"],
    [http, "bind :1 ssl crt /a crt /b", "bind :1 ssl crt /b crt /a", "changed bind :1"],
    [http, "use_backend x if { path /a }", "use_backend x if !{ path /a }", "changed use_backend"],
    [http, "use_backend x if { path /a }", "use_backend x unless { path /a }", "changed use_backend"],
    [
      http,
      "use_backend x if { path /a } { path /b }",
      "use_backend x if { path /a } or { path /b }",
      "changed use_backend",
    ],
    [
      http,
      "use_backend x if { path /a }",
      "use_backend y if { path /a }",
      "lost use_backend, added use_backend",
    ],
    [
      http,
      "use_backend x if { path_beg /a }; use_backend y if { path_beg / }",
      "use_backend y if { path_beg / }; use_backend x if { path_beg /a }",
      "changed use_backend, its order",
    ],
    [
      web,
      "http-request allow if { src 1.1.1.1 }; http-request deny",
      "http-request deny; http-request allow if { src 1.1.1.1 }",
      "changed http-request, its order",
    ],
    ["userlist user_web_1", "user a password b", "user a password c", "changed user"],
    // The old form in place of today's is no difference that is meant to be.
    [
      http,
      "use_backend x if { req.hdr(host),host_only -i a }",
      "use_backend x if { hdr(host) -i a }",
      "changed use_backend",
    ],
    [
      web,
      "http-response set-header Strict-Transport-Security m",
      "http-response add-header Strict-Transport-Security m",
      "lost http-response, added http-response",
    ],
    ["global", "maxconn 100000", "maxconn 50000", "changed maxconn"],
    ["global", "log /dev/log local0", "", "lost log"],
  ];
  for (const [section, before, after, expected] of rows) {
    const found = compare(inSection(section, before), inSection(section, after));
    const texts = found.map(({ kind, what }) => `${kind} ${what}`).join(", ");
    assert.equal(texts, expected, `${before} | ${after}`);
    assert.deepEqual([...new Set(found.map((difference) => difference.section))], [section]);
    for (const { meaning, advice } of found) assert.ok(meaning !== "" && advice, texts);
  }
});

Deno.test("what docs/migrating.md lists is intended", () => {
  const rows: [section: string, before: string, after: string, rows: string][] = [
    [
      http,
      "acl h hdr(host) -i A.com; use_backend x if h",
      "acl h req.hdr(host),host_only -i a.com; use_backend x if h",
      "vhost",
    ],
    [
      "frontend marathon_https_in",
      "use_backend x if { ssl_fc_sni a.com }",
      "use_backend x if { req.hdr(host),host_only -i a.com }",
      "vhost",
    ],
    [
      http,
      "use_backend x if { hdr(host) -i *.a.com }",
      "use_backend x if { req.hdr(host),host_only -m end -i .a.com }",
      "vhost, wildcard",
    ],
    [
      http,
      "use_backend %[req.hdr(host),lower,regsub(:.*$,,),map(/marathon-lb/domain2backend.map)]",
      "use_backend %[req.hdr(host),host_only,lower,map(/data/domain2backend.map)]",
      "vhost",
    ],
    [
      web,
      "rspadd Strict-Transport-Security:\\ max-age=1",
      "http-response set-header Strict-Transport-Security max-age=1",
      "hsts, removed",
    ],
    [web, "http-request set-header Host a.com,b.com", "http-request set-header Host a.com", "proxypass"],
    [web, "http-request set-header Host None", "", "proxypass"],
    [
      web,
      'reqirep "^([^ :]*)\\ /a/?(.*)" "\\1\\ /\\2"',
      'http-request replace-path "(?i)^/a/?(.*)" "/\\1"',
      "removed",
    ],
    [
      web,
      'reqirep "^([^ :]*)\\ /a.b/?(.*)" "\\1\\ /\\2"',
      'http-request replace-path "(?i)^/a.b/?(.*)" "/\\1"',
      "proxypass",
    ],
    [
      web,
      'acl l res.hdr(Location) -m found; rspirep "^Location: (https?://a.com(:[0-9]+)?)?(/.*)" "Location:   /r" if l',
      'acl l res.hdr(Location) -m found; http-response replace-header Location "(?i)^((https?://(a[.]com)(:[0-9]+)?)?(?=/(.*)))?(/.*)" "/r\\4" if l',
      "revproxy, removed",
    ],
    [
      web,
      "acl d hdr(host) -i a,b; acl r path -i /; redirect code 301 location /s if d r",
      "acl d req.hdr(host),host_only -i a b; acl r path -i /; http-request redirect code 301 location /s if d r",
      "redirect",
    ],
    [
      "frontend marathon_https_in",
      "bind *:443 ssl crt /etc/ssl/cert.pem",
      "bind *:443 ssl crt /etc/ssl/cert.pem alpn h2,http/1.1",
      "http2",
    ],
    [
      "frontend marathon_https_in",
      "bind *:443 ssl crt /etc/ssl/cert.pem",
      "bind 10.0.0.1:8443 ssl crt /data/cert.pem alpn h2,http/1.1",
      "http2, paths, binds",
    ],
    [http, "bind *:80", "bind *:8080", "binds"],
    [
      "global",
      "lua-load /marathon-lb/getpids.lua",
      "lua-load /data/getpids.lua; lua-load /data/mlbstatus.lua",
      "paths, head",
    ],
    ["listen stats", "", "http-request deny unless { src 10.0.0.0/8 }", "allow"],
    [web, "block if { path /a }", "http-request deny if { path /a }", "removed"],
  ];
  for (const [section, before, after, ids] of rows) {
    const found = compare(inSection(section, before), inSection(section, after));
    assert.deepEqual(found.filter(isInEffect), [], `${before} | ${after}`);
    assert.equal([...new Set(found.flatMap(({ intended = [] }) => intended))].join(", "), ids, before);
  }
});

Deno.test("servers of one host and port may stand in any order, as the old one has them in none", () => {
  const [one, other] = ["h_9_0_0_1_80 9.0.0.1:80", "h_9_0_0_2_80 9.0.0.2:80"];
  const before = inSection(web, `balance source; server ${one}; server ${other}`);
  const [found] = compare(before, inSection(web, `balance source; server ${other}; server ${one}`));
  assert.deepEqual(found!.intended, ["serverOrder"]);
});

Deno.test("lines that one side repeats are one difference for each server", () => {
  const line = (id: number, more = "") => `server s_9 9.0.0.1:80 id ${id}${more}`;
  const rows: [before: string, after: string, expected: string][] = [
    [
      `${line(1, " disabled")}; ${line(2)}; ${line(3)}`,
      line(1),
      "changed server 9.0.0.1:80, its lines: 3 lines, 1 line",
    ],
    [
      `${line(1, " disabled")}; ${line(2, " disabled")}`,
      line(1),
      "changed server 9.0.0.1:80, its lines: 2 lines, 1 line; changed server 9.0.0.1:80: disabled, enabled",
    ],
    [
      `${line(1)}; ${line(2)}`,
      "server other 9.0.0.2:80",
      "lost server 9.0.0.1:80: s_9 id 1, ; added server 9.0.0.2:80: , other",
    ],
    [
      `balance source; ${line(1)}; server t 9.0.0.2:80; ${line(2)}`,
      `balance source; ${line(1)}; server t 9.0.0.2:80`,
      "changed server 9.0.0.1:80, its lines: 2 lines, 1 line",
    ],
    [`${line(1)}; ${line(1)}`, `${line(1)}; ${line(1)}`, ""],
    [
      `${line(1)}; ${line(1, " weight 5")}`,
      `${line(1)}; ${line(1)}`,
      "changed server 9.0.0.1:80: weight 5, (without)",
    ],
  ];
  for (const [before, after, expected] of rows) {
    const found = compare(inSection(web, before), inSection(web, after));
    const texts = found.map(({ kind, what, before = "", after = "" }) =>
      `${kind} ${what}: ${before}, ${after}`
    );
    assert.equal(texts.join("; "), expected, before);
  }
});

Deno.test("proxies that inherit from another defaults section differ in what they inherit", () => {
  const text = (second: string) =>
    `defaults\n  retries 3\nfrontend a\n  bind :1\ndefaults\n  ${second}\nbackend web_1\n  mode http\n`;
  assert.deepEqual(compare(text("retries 3"), text("retries 3")), []);
  const found = compare(text("retries 3"), text("retries 5"));
  assert.deepEqual(found.map(({ kind, section, before, after }) => [kind, section, before ?? after]), [
    ["added", web, "defaults without retries 3"],
    ["added", web, "defaults with retries 5"],
  ]);
});

Deno.test("a backend of one side is one difference, with its frontend, rules, users and map entries", () => {
  const before = `${
    inSection(http, "use_backend web_1 if { path /a }; use_backend %[req.hdr(a),map(/domain2backend.map)]")
  }
userlist user_web_1
  user a password b
frontend web_1
  bind :1
  use_backend web_1
${web}
  server a 1.1.1.1:1
`;
  const after = inSection(http, "use_backend %[req.hdr(a),map(/domain2backend.map)]");
  const maps = [{ "domain2backend.map": "a.com web_1\n" }, { "domain2backend.map": "" }];
  const problem: Problem = {
    code: "service-unreadable",
    severity: "excluded",
    app: "/web",
    message: "App /web: the label is bad",
  };
  const problems: Problem[] = [problem, { ...problem, message: "another too" }, { ...problem, app: "/else" }];
  const found = compare(before, after, { maps, problems });
  assert.deepEqual(
    found.map(({ kind, section, app, what, before }) => ({ kind, section, app, what, before })),
    [{
      kind: "lost",
      section: web,
      app: "/web",
      what: "the whole backend, and 4 rules or sections of it",
      before: "1 server",
    }],
  );
  assert.match(found[0]!.meaning, /leaves it out: App \/web: the label is bad; another too$/);
  const [added] = compare(after, before, { maps: maps.toReversed() });
  assert.equal(added!.kind, "added");
  assert.match(added!.advice!, /The log of the old one says "invalid configuration caused by app"/);
  assert.doesNotMatch(compare(before, after, { maps })[0]!.advice!, /The log of the old one/);
});

Deno.test("the frontend of a closed service port is intended where a vhost leads there, else it is lost", () => {
  const backend = `${web}\n  server a 1.1.1.1:1\n`;
  const before = `frontend web_1\n  bind :1\n  use_backend web_1\n${backend}`;
  const [closed, ...more] = compare(before, backend, { closedPorts: ["web_1"] });
  assert.deepEqual(more, []);
  assert.deepEqual([closed!.kind, closed!.section, closed!.app, closed!.intended], [
    "intended",
    "frontend web_1",
    "/web",
    ["closedPorts"],
  ]);
  const lost = compare(before, backend);
  assert.deepEqual(lost.map(({ kind, section, what }) => [kind, section, what]), [
    ["lost", "frontend web_1", "the whole section"],
  ]);
});

Deno.test("frontends that listen on the same address are one, whatever their names", () => {
  const text = (name: string) => `frontend ${name}\n  bind :1\n  mode http\n`;
  assert.deepEqual(compare(text("web_1"), text("web_1_in")).map(({ intended }) => intended), [["frontends"]]);
  const [found] = compare(text("web_1"), text("other"));
  assert.equal(found!.what, "name");
});

Deno.test("maps count only where both look things up in them", () => {
  const looks = "use_backend %[req.hdr(a),map(/x/domain2backend.map)]";
  const maps = [{ "domain2backend.map": "a.com x\nb.com y\n" }, {
    "domain2backend.map": "A.com z\na.com x\n",
  }];
  const both = compare(inSection(http, looks), inSection(http, looks), { maps });
  assert.deepEqual(both.map(({ kind, what, before, after }) => [kind, what, before, after]), [
    ["lost", "b.com", "y", undefined],
    ["changed", "a.com", "x", "z"],
  ]);
  const one = compare(inSection(http, looks), inSection(http, "mode http"), { maps });
  assert.ok(one.every(({ section }) => section === http));
});

Deno.test("passwords are not reported", () => {
  const lists = (password: string) =>
    `userlist user_web_1\n  user alice password ${password}\nlisten stats\n  stats auth a:${password}\n`;
  const found = compare(lists("hunter2"), lists("hunter3"));
  assert.equal(found.length, 2);
  assert.ok(!JSON.stringify(found).includes("hunter"), JSON.stringify(found));
});

Deno.test("directives that HAProxy removed, and nothing replaces, come with what to write", () => {
  const [found] = compare(inSection("global", "nbproc 2"), inSection("global", "maxconn 1"));
  assert.equal(found!.before, "nbproc 2");
  assert.match(found!.advice!, /nbthread/);
});

Deno.test("what is no configuration of HAProxy is refused", () => {
  for (const text of ["", "# nothing\n", "<html>\n<body>no</body>", '{"message": "not found"}']) {
    assert.throws(() => compare(text, "global\n"), RangeError, text);
  }
});
