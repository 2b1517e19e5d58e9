import assert from "node:assert/strict";
import fc from "fast-check";
import { modernise } from "../../../lib/core/directives/modernise.ts";

/** What requests through a real HAProxy prove is in `test/shell/haproxy/directives.test.ts`; here is the text. */
const translated: readonly [old: string, by: string][] = [
  [
    "rspadd Strict-Transport-Security:\\ max-age=1",
    "http-response add-header Strict-Transport-Security max-age=1",
  ],
  ['reqirep "^([^ :]*)\\ /p/?(.*)" "\\1\\ /\\2"', "http-request replace-path '(?i)^/p/?(.*)' '/\\1'"],
  ["reqdel ^X-A:", "http-request del-header X-A"],
  ['reqadd X-A:\\ 5% if a { path "/b c" }', 'http-request add-header X-A 5%% if a { path "/b c" }'],
  ["block unless { src 10.0.0.0/8 }", "http-request deny unless { src 10.0.0.0/8 }"],
  ["option forceclose", "option httpclose"],
  ["no option forceclose", "no option httpclose"],
  ["no option http-tunnel", ""],
  ["redispatch", "option redispatch"],
  ["contimeout 5s", "timeout connect 5s"],
  ['timeout clitimeout "$T"', 'timeout client "$T"'],
  ["srvtimeout 50000", "timeout server 50000"],
  ["bind-process all", ""],
  ["stats bind-process 1 2", ""],
  ["nbproc 1", ""],
  ["bind *:80 process 1-4 ssl crt 'a b'", "bind *:80 ssl crt 'a b'"],
  ["stats socket /run/haproxy process 1", "stats socket /run/haproxy"],
  [
    "option httpchk GET /a HTTP/1.1\\r\\nHost:\\ example.com",
    "option httpchk GET /a HTTP/1.1\nhttp-check send hdr Host example.com",
  ],
];

for (const [old, by] of translated) {
  Deno.test(`modernise: ${old}`, () => {
    assert.deepEqual(modernise(`\t ${old}`), {
      text: by.split("\n").map((line) => by && `\t ${line}`).join("\n"),
      replaced: [{ line: old, by }],
      refused: [],
    });
  });
}

const refused: readonly [old: string, advice: RegExp][] = [
  ["rspadd X-A", /^write `http-response add-header Name value`$/],
  ["rspadd X-A:", /add-header/],
  ["rspadd X-A:\\ a\\r\\nX-B:\\ b", /add-header/],
  ['rspadd "X-A: $HOST"', /add-header/],
  ["rspadd X-A:\\ b c", /add-header/],
  ["reqadd Connection:\\ close", /add-header/],
  ["rspidel Server", /^write `http-response del-header Name`/],
  ["rspidel ^Server:\\ nginx", /res\.hdr\(Name\)/],
  ["rspidel ^.*:", /del-header/],
  ["reqidel ^X-A|^X-B", /del-header/],
  ["reqrep ^([^\\ ]*)\\ /a/(.*) \\1\\ /\\2", /replace-path pattern text/],
  ["reqrep ^([^\\ :]*)\\ /a.b/(.*) \\1\\ /\\2", /replace-path/],
  ["reqrep ^([^\\ :]*)\\ /(.*) \\1\\ /index.php?q=\\2", /replace-pathq/],
  ["reqrep ^([^\\ :]*)\\ /a/(.*) \\1\\ /b", /replace-path/],
  ["reqrep ^X-A:\\ (.*) X-B:\\ \\1", /replace-header Name/],
  ["reqrep ^X-A:\\ a|b X-A:\\ c", /replace-header/],
  ["reqrep ^X-A:\\ {2}a X-A:\\ c", /replace-header/],
  ["reqrep ^X-A:\\ (a)\\1 X-A:\\ c", /replace-header/],
  ["reqrep ^X-A:\\ (.*) X-A:\\ \\0", /replace-header/],
  ["reqrep ^X-A:(.*) X-A:\\ b\\1", /replace-header/],
  ["reqrep ^(X-A:\\ a)(b) \\1c", /replace-header/],
  ["rspirep ^(X-A:.*) \\1\\1", /http-response replace-header/],
  ["reqrep ^X-A:\\ a", /replace-header/],
  ["reqideny ^X-A:\\ b if c", /^write `http-request deny if/],
  ["reqdeny ^[^:\\ ]*\\ /admin", /path_reg/],
  ["rspdeny .", /http-response deny if \{ res\.fhdr/],
  ["reqtarpit /admin", /http-request tarpit/],
  ["reqiallow ^X-A:", /unless \{ req\.fhdr/],
  ["reqpass ^X-A:", /unless/],
  ["reqsetbe ^X-A: b", /use_backend/],
  ["block", /^write `http-request deny if condition`$/],
  ["option http-tunnel", /^remove it/],
  ["option http_proxy", /set-dst/],
  ["option httpchk GET / HTTP/1.0\\r\\nHost:\\ a\\r\\nX-B:\\ c", /http-check send hdr/],
  ["nbproc 4", /nbthread/],
  ["bind *:80 process 1/2", /thread 2/],
  ["appsession ID len 52 timeout 3h", /cookie JSESSIONID prefix/],
  ["monitor-net 192.0.2.0/24", /http-request return status 200/],
  ["mode health", /mode http/],
  ["grace 10s", /global/],
  ["tune.chksize 4096", /tune\.bufsize/],
  ["rspadd 'X-A: b", /add-header/],
];

for (const [old, advice] of refused) {
  Deno.test(`modernise: refuses ${old}`, () => {
    const { text, replaced, refused } = modernise(`  ${old}`);
    assert.deepEqual({ text, replaced, lines: refused.map(({ line }) => line) }, {
      text: `  ${old}`,
      replaced: [],
      lines: [old],
    });
    assert.match(refused[0]!.advice, advice);
  });
}

Deno.test("modernise: keeps indentation, comments and every other line", () => {
  const { text } = modernise(
    "backend b\r\n\n   rspadd A:\\ b   # why\r\n nbproc 1 # one\n  nbproc 1\n# rspadd A:\\ c\n",
  );
  assert.equal(
    text,
    "backend b\r\n\n   http-response add-header A b   # why\r\n # one\n# rspadd A:\\ c\n",
  );
});

Deno.test("modernise: changes nothing without a removed directive", () => {
  const plain = fc.string().filter((text) =>
    !/req|rsp|block|option|timeout|bind|process|nbproc|grace|mode/.test(text)
  );
  fc.assert(fc.property(plain, (text) => {
    assert.deepEqual(modernise(text), { text, replaced: [], refused: [] });
  }));
  const fine =
    "option httpchk GET / HTTP/1.1\nbind *:80 ssl\nmode http\ntimeout client 5s\nredirect scheme https\n" +
    "acl a req_ssl_sni -i b\noption httpclose\nstats enable\nstats socket /run/a expose-fd listeners";
  assert.deepEqual(modernise(fine), { text: fine, replaced: [], refused: [] });
});

/** HAProxy 1.x ran `block`, `http-request`, reqrep and reqadd in this order, whatever the order of the lines. */
const orders: readonly [name: string, text: string, advice?: RegExp][] = [
  ["in the old order", "block if a\nhttp-request set-header A b\nreqidel ^A:\nreqadd A:\\ c"],
  ["of two headers", "reqadd A:\\ x\nhttp-request set-header B y\nreqidel ^C:"],
  ["of two sections", "backend a\nreqadd A:\\ c\nbackend b\nhttp-request set-header A b"],
  ["of two directions", "rspadd A:\\ c\nhttp-request set-header A b"],
  ["of two denials", "reqdeny ^A:\nblock if { path /a }"],
  ["in front of allow", "reqadd A:\\ c\nhttp-request allow if b\nhttp-request deny"],
  [
    "add before delete",
    "rspadd A:\\ c\nrspidel ^A:",
    /^write `http-response add-header A c` behind `http-response del-header A`, which used to run first$/,
  ],
  [
    "add before a condition",
    "reqadd A:\\ c\nhttp-request deny if { hdr(a) c }",
    /behind `http-request deny if/,
  ],
  [
    "delete before a named condition",
    "acl debug hdr(A) -m found\nreqidel ^A:\nhttp-request deny if debug",
    /behind `http-request deny if debug`/,
  ],
  [
    "path before a condition",
    "reqrep ^([^\\ :]*)\\ /a/(.*) \\1\\ /\\2\nhttp-request redirect location / if { path /a/ }",
    /behind `http-request redirect/,
  ],
  [
    "denial before a redirect",
    "reqdeny ^A:\nhttp-request redirect location /",
    /behind `http-request redirect/,
  ],
  [
    "block behind a header it reads",
    "http-request set-header A b\nblock if { hdr(A) b }",
    /^write `http-request deny if \{ hdr\(A\) b \}` before `http-request set-header A b`: it used to run first$/,
  ],
  [
    "block behind a variable it reads",
    "http-request set-var(txn.a) src\nblock if { var(txn.a) 192.0.2.1 }",
    /before `http-request set-var/,
  ],
  [
    "behind allow",
    "http-request allow if b\nreqadd A:\\ c",
    /^write `http-request add-header A c` before `http-request allow if b`, which ends the rules$/,
  ],
];

for (const [name, text, advice] of orders) {
  Deno.test(`modernise: rules ${name}`, () => {
    const { refused } = modernise(text);
    assert.equal(refused.length, advice ? 1 : 0);
    if (advice) assert.match(refused[0]!.advice, advice);
  });
}

Deno.test("modernise: among thousands of rules a removed directive is refused, not compared with each", () => {
  const rules = Array.from({ length: 3_000 }, (_, n) => `http-response set-header X${n} y`);
  const { refused, text } = modernise(["rspadd X:\\ y", ...rules].join("\n"));
  assert.deepEqual(refused.map(({ line }) => line), ["rspadd X:\\ y"]);
  assert.match(refused[0]!.advice, /^too many rules stand beside it .*; write today's syntax$/);
  assert.match(text, /^rspadd X/);
  const few = modernise(["rspadd X:\\ y", ...rules.slice(0, 300)].join("\n"));
  assert.deepEqual(few.refused, []);
  assert.equal(few.replaced.length, 1);
});
