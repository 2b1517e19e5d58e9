/** What both syntaxes of templates care about. */
export const templateSyntax = ["{", "}", "{{", "}}", "[", "]"] as const;

/** Labels of an app at service 0, made as long as asked: each is the worst that some reader of them might get. */
export const hostileLabels: Readonly<Record<string, (length: number) => Readonly<Record<string, string>>>> = {
  "one long text": (length) => ({ HAPROXY_0_BIND_OPTIONS: `name ${"x".repeat(length - 5)}` }),
  "white space inside": (length) => ({ HAPROXY_0_VHOST: `a${" ".repeat(length)}b` }),
  "white space around": (length) => ({ HAPROXY_0_PORT: `${" ".repeat(length)}x` }),
  "control characters": (length) => ({ HAPROXY_0_PATH: "/\u0000\u001b\u009b\u2028".repeat(length / 5) }),
  "a number without end": (length) => ({ HAPROXY_0_BACKEND_WEIGHT: "9".repeat(length) }),
  "colons": (length) => ({ HAPROXY_0_AUTH: ":".repeat(length) }),
  "commas": (length) => ({ HAPROXY_0_VHOST: ",".repeat(length) }),
  "many vhosts, with all that makes rules of them": (length) => ({
    HAPROXY_0_VHOST: repeated(length, (n) => `h${n}.a.com,`),
    HAPROXY_0_AUTH: "r:u:$5$s$h",
    HAPROXY_0_PATH: "/x",
    HAPROXY_0_HTTP_BACKEND_REDIR: "/y",
    HAPROXY_0_HTTP_BACKEND_REVPROXY_PATH: "/z",
  }),
  "many paths": (length) => ({ HAPROXY_0_VHOST: "a.b", HAPROXY_0_PATH: "/a ".repeat(length / 3) }),
  "many networks": (length) => ({ HAPROXY_0_BACKEND_NETWORK_ALLOWED_ACL: "10.0.0.1 ".repeat(length / 9) }),
  "many options": (length) => ({ HAPROXY_0_BIND_OPTIONS: "tfo ".repeat(length / 4) }),
  "many arguments": (length) => ({ HAPROXY_0_BALANCE: `uri${" len 1".repeat(length / 6 - 1)}` }),
  "many ranges of all ports": (length) => ({ HAPROXY_0_BIND_ADDR: `${"*:1-65535,".repeat(length / 10)}*` }),
  "a date that ends late": (length) => ({
    HAPROXY_DEPLOYMENT_GROUP: "a",
    HAPROXY_DEPLOYMENT_STARTED_AT: `2024-01-01${" ".repeat(length)}x`,
  }),
  "a long group": (length) => ({ HAPROXY_DEPLOYMENT_GROUP: "a/".repeat(length / 2) }),
  "escaped braces": (length) => ({ HAPROXY_0_BACKEND_HEAD: "{{".repeat(length / 2) }),
  "many values": (length) => ({ HAPROXY_0_BACKEND_HEAD: "{backend}".repeat(length / 9) }),
  "an unknown value": (length) => ({ HAPROXY_0_BACKEND_HEAD: `{${"a\u001b\n\u009b".repeat(length / 4)}}` }),
  "entries of entries": (length) => ({ HAPROXY_0_BACKEND_HEAD: `{backend${"[a]".repeat(length / 3)}}` }),
  "entries that do not end": (length) => ({ HAPROXY_0_BACKEND_HEAD: `{backend${"[a".repeat(length / 2)}}` }),
  "nested braces": (length) => ({ HAPROXY_0_BACKEND_HEAD: "{a".repeat(length / 2) }),
  "one removed directive over and over": (length) => options(length, () => "  rspadd X:\\ y\n"),
  "many removed directives": (length) => options(length, (n) => `  reqdel ^X${n}:\n`),
  "many rules beside a removed directive": (length) =>
    options(length, (n) => n === 0 ? "  rspadd X:\\ y\n" : `  http-response set-header X${n} y\n`),
  "rules that all name one ACL of many lines": (length) =>
    options(
      length,
      (n) => n === 0 ? "  rspadd X:\\ y\n" : `  acl a path /${n}\n  http-response set-header X y if a\n`,
    ),
  "quotes": (length) => options(length, () => `  http-request set-header X "\n`),
  "escapes in a quote without end": (length) => ({
    HAPROXY_0_BACKEND_HTTP_OPTIONS: `  http-request set-header X "${"\\a".repeat(length / 2)}`,
  }),
  "conditions without end": (length) => ({
    HAPROXY_0_BACKEND_HTTP_OPTIONS: `  http-request deny if ${"{ ".repeat(length / 2)}`,
  }),
  "groups in a pattern without end": (length) => ({
    HAPROXY_0_BACKEND_HTTP_OPTIONS: `  reqrep ^([^\\ :]*)\\ ${"(a".repeat(length / 2)} \\1\\ /\\2`,
  }),
  "one line of many words": (length) => ({ HAPROXY_0_BACKEND_HTTP_OPTIONS: `  ${"a ".repeat(length / 2)}` }),
  "line breaks of two kinds": (length) => ({ HAPROXY_0_BACKEND_HTTP_OPTIONS: "\r\n\n\r".repeat(length / 4) }),
};

function options(length: number, line: (n: number) => string): Readonly<Record<string, string>> {
  return { HAPROXY_0_BACKEND_HTTP_OPTIONS: repeated(length, line) };
}

/** Pieces until they have that length together. */
function repeated(length: number, piece: (n: number) => string): string {
  const pieces: string[] = [];
  for (let n = 0, made = 0; made < length; n++) {
    pieces.push(piece(n));
    made += pieces[n]!.length;
  }
  return pieces.join("");
}
