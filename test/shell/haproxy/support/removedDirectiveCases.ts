/** A request through a backend that was written for HAProxy 1.x, and what it must come to. */
export interface RemovedDirectiveCase {
  readonly old: string;
  readonly path?: string;
  readonly headers?: readonly string[];
  /** Header fields of the server's answer. */
  readonly answer?: readonly string[];
  /** What the server got (`GET /path`, `> field`) and the client (`200`, `< field`); fields nobody sets are left out. */
  readonly seen: readonly string[];
}

/** The outcomes are those of HAProxy 2.0 with the old lines (`no option http-use-htx`, the engine of 1.x). */
export const removedDirectiveCases: readonly RemovedDirectiveCase[] = [
  { old: "rspadd X-Foo:\\ bar", seen: ["GET /", "200", "< x-foo: bar"] },
  {
    old: "rspadd X-Foo:\\ bar",
    answer: ["X-Foo: own"],
    seen: ["GET /", "200", "< x-foo: own", "< x-foo: bar"],
  },
  {
    old: 'rspadd "X-Foo: 50%, \\"a b\\"; it\'s #1"',
    seen: ["GET /", "200", '< x-foo: 50%, "a b"; it\'s #1'],
  },
  { old: "rspadd 'X-Foo: %[src] %ci \\1 $HOME'", seen: ["GET /", "200", "< x-foo: %[src] %ci \\1 $HOME"] },
  { old: "rspadd X-Foo:\\ a\\ \\ b", seen: ["GET /", "200", "< x-foo: a  b"] },
  { old: "acl a res.hdr(A) -m found\nrspadd X-Foo:\\ bar if a", seen: ["GET /", "200"] },
  {
    old: "acl a res.hdr(A) -m found\nrspadd X-Foo:\\ bar if a",
    answer: ["A: 1"],
    seen: ["GET /", "200", "< a: 1", "< x-foo: bar"],
  },
  {
    old: "rspadd X-Foo:\\ bar unless { res.hdr(A) 1 } # why",
    answer: ["A: 1"],
    seen: ["GET /", "200", "< a: 1"],
  },
  {
    old: "reqadd X-Foo:\\ bar",
    headers: ["X-Foo: own"],
    seen: ["GET /", "> x-foo: own", "> x-foo: bar", "200"],
  },
  { old: "reqadd X-Foo:bar if { path_beg /a }", path: "/ab", seen: ["GET /ab", "> x-foo: bar", "200"] },
  { old: "reqadd X-Foo:bar if { path_beg /a }", path: "/b", seen: ["GET /b", "200"] },

  {
    old: "rspidel ^Server",
    answer: ["Server: a", "server-timing: b", "X-Server: c"],
    seen: ["GET /", "200", "< x-server: c"],
  },
  {
    old: "rspidel ^server:.*",
    answer: ["Server: a", "Server: b", "Server-Timing: c"],
    seen: ["GET /", "200", "< server-timing: c"],
  },
  {
    old: "rspidel ^(Server|X-Powered-By):",
    answer: ["SERVER: a", "X-Powered-By: b", "X-Powered: c"],
    seen: ["GET /", "200", "< x-powered: c"],
  },
  { old: "rspdel ^Server:", answer: ["Server: a", "A: 1"], seen: ["GET /", "200", "< a: 1"] },
  {
    old: "rspidel ^Server: if { res.hdr(A) 1 }",
    answer: ["Server: a"],
    seen: ["GET /", "200", "< server: a"],
  },
  {
    old: "reqidel ^X-Foo:",
    headers: ["x-foo: 1", "X-FOO: 2", "X-Food: 3"],
    seen: ["GET /", "> x-food: 3", "200"],
  },
  { old: "reqidel ^X-Fo", headers: ["x-foo: 1", "X-Food: 3"], seen: ["GET /", "200"] },
  { old: "reqdel ^X-Foo:\\ .*$", headers: ["X-Foo: 1, 2"], seen: ["GET /", "200"] },

  {
    old: 'reqirep "^([^ :]*)\\ /p/?(.*)" "\\1\\ /\\2"',
    path: "/P/a/b?c=/p/d",
    seen: ["GET /a/b?c=/p/d", "200"],
  },
  { old: 'reqirep "^([^ :]*)\\ /p/?(.*)" "\\1\\ /\\2"', path: "/p", seen: ["GET /", "200"] },
  { old: 'reqirep "^([^ :]*)\\ /p/?(.*)" "\\1\\ /\\2"', path: "/pa?x", seen: ["GET /a?x", "200"] },
  { old: 'reqirep "^([^ :]*)\\ /p/?(.*)" "\\1\\ /\\2"', path: "/a/p/b?/p", seen: ["GET /a/p/b?/p", "200"] },
  { old: "reqrep ^([^\\ :]*)\\ /p/(.*) \\1\\ /q/r/\\2", path: "/P/a", seen: ["GET /P/a", "200"] },
  { old: "reqrep ^([^\\ :]*)\\ /(.*) \\1\\ /app/\\2", path: "/a%20b?c", seen: ["GET /app/a%20b?c", "200"] },
  {
    old: "reqrep ^([^\\ :]*)\\ /v1\\.0/(.*)$ \\1\\ /\\2 if { hdr(A) 1 }",
    path: "/v1.0/a",
    headers: ["A: 1", "Referer: /v1.0/b"],
    seen: ["GET /a", "> a: 1", "> referer: /v1.0/b", "200"],
  },
  {
    old: "reqrep ^Host:\\ (.*) Host:\\ example.com",
    headers: ["Host: other:81"],
    seen: ["GET /", "> host: example.com", "200"],
  },
  {
    old: "reqirep ^Host:.* Host:\\ example.com",
    headers: ["Host: other"],
    seen: ["GET /", "> host: example.com", "200"],
  },
  {
    old: "reqirep ^X-Foo:\\ *(a+)-(b+) X-Foo:\\ 100%\\ \\2\\1",
    headers: ["x-foo: AA-bbb-cc", "X-Foo: c"],
    seen: ["GET /", "> x-foo: 100% bbbAA", "> x-foo: c", "200"],
  },
  {
    old: "reqrep ^X-Foo:\\ (a+) X-Foo:\\ <\\1>",
    headers: ["X-Foo: AA", "X-Foo: aa, aa"],
    seen: ["GET /", "> x-foo: AA", "> x-foo: <aa>", "200"],
  },

  {
    old: 'rspirep "^Location: (https?://h(:[0-9]+)?)?(/.*)" "Location: /r\\3"',
    answer: ["Location: HTTPS://h:81/a?b"],
    seen: ["GET /", "200", "< location: /r/a?b"],
  },
  {
    old: "acl hdr_location res.hdr(Location) -m found\n" +
      'rspirep "^Location: (https?://h(:[0-9]+)?)?(/.*)" "Location: /r\\3" if hdr_location',
    answer: ["Location: http://other/a"],
    seen: ["GET /", "200", "< location: http://other/a"],
  },
  { old: "rspirep ^(Server:).* \\1\\ x", answer: ["server: a b"], seen: ["GET /", "200", "< server: x"] },
  {
    old: "rspirep ^(Server):\\ (.*) \\1:\\ \\2%",
    answer: ["server: a"],
    seen: ["GET /", "200", "< server: a%"],
  },
  {
    old: "rspirep ^(Server:\\ )a(.*) \\1\\2c",
    answer: ["server: ab"],
    seen: ["GET /", "200", "< server: bc"],
  },
  {
    old: "rsprep ^(Server:)\\ (.)(.) \\1\\ \\3\\2",
    answer: ["Server: abc"],
    seen: ["GET /", "200", "< server: ba"],
  },
  {
    old: "rspirep ^(Set-Cookie:.*) \\1;\\ Secure",
    answer: ["Set-Cookie: a=1, 2", "Set-Cookie: b=3; Path=/"],
    seen: ["GET /", "200", "< set-cookie: a=1, 2; Secure", "< set-cookie: b=3; Path=/; Secure"],
  },
  {
    old: "rsprep ^(Set-Cookie:\\ (a)=[^;]*) \\1;\\ of=\\2",
    answer: ["Set-Cookie: a=1; Path=/", "Set-Cookie: b=3"],
    seen: ["GET /", "200", "< set-cookie: a=1; of=a", "< set-cookie: b=3"],
  },

  { old: "block if { path_beg /a } !{ hdr(A) 1 }", path: "/ab", seen: ["403"] },
  {
    old: "block if { path_beg /a } !{ hdr(A) 1 }",
    path: "/ab",
    headers: ["A: 1"],
    seen: ["GET /ab", "> a: 1", "200"],
  },
  { old: "block unless { path_beg /a }", path: "/b", seen: ["403"] },
  { old: "reqideny ^User-Agent:\\ .*bot", headers: ["User-Agent: aBot/1"], seen: ["403"] },
  { old: "reqdeny ^A:\\ x", headers: ["A: y", "A: xy"], seen: ["403"] },
  { old: "reqdeny ^A:\\ x", headers: ["A: X", "B: x"], seen: ["GET /", "> a: X", "> b: x", "200"] },
  { old: "reqideny ^A:", headers: ["a: 1"], seen: ["403"] },
  { old: "reqideny ^A:", headers: ["aa: 1"], seen: ["GET /", "> aa: 1", "200"] },
  { old: "reqitarpit ^A:\\ x$", headers: ["a: X"], seen: ["500"] },
  { old: "reqtarpit ^A:\\ x$", headers: ["a: xy"], seen: ["GET /", "> a: xy", "200"] },
  { old: "rspideny ^A:\\ .*secret", answer: ["A: my Secret"], seen: ["502"] },
  { old: "rspdeny ^A:", answer: ["B: 1"], seen: ["GET /", "200", "< b: 1"] },

  // Several together.
  {
    old: "rspidel ^X-Foo\nrspadd X-Foo:\\ bar\nreqidel ^X-Foo\nreqadd X-Foo:\\ foo",
    headers: ["X-Foo: 1"],
    answer: ["X-Foo: 2"],
    seen: ["GET /", "> x-foo: foo", "200", "< x-foo: bar"],
  },
  {
    old: "http-request set-header X-Foo a\nreqirep ^X-Foo:\\ (.*) X-Foo:\\ \\1b\nreqadd X-Foo:\\ c",
    seen: ["GET /", "> x-foo: ab", "> x-foo: c", "200"],
  },
  {
    old: "reqideny ^A:\\ 1\nblock if { path / }",
    headers: ["A: 1"],
    seen: ["403"],
  },
];
