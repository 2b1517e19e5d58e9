import assert from "node:assert/strict";
import { TemplateSet } from "../../../lib/core/templates/templateSet.ts";
import type { TemplateSource } from "../../../lib/core/templates/compile.ts";
import { marathonApp } from "../model/support/marathonApp.ts";
import { generate } from "../render/support/generate.ts";

const victim = marathonApp({
  id: "/b",
  portDefinitions: [{ port: 10_002 }],
  labels: { HAPROXY_0_VHOST: "b.com" },
});

/** What an app with these labels comes to, beside another one. */
function served(
  labels: Readonly<Record<string, string>>,
  { templates = new TemplateSet(), path = "/", haproxyMap = false } = {},
) {
  const hostile = marathonApp({
    id: "/a",
    portDefinitions: [{ port: 10_001 }],
    healthChecks: [{ protocol: "HTTP", path, portIndex: 0 }],
    labels: { HAPROXY_0_VHOST: "a.com", ...labels },
  });
  const { text, problems } = generate({ apps: [hostile, victim] }, {}, { templates, haproxyMap });
  const excluded = problems.filter(({ severity }) => severity === "excluded").map(({ message }) => message);
  return { text, excluded };
}

const globalSection = "\nglobal\n  stats socket /tmp/x level admin\n";
const auth = { HAPROXY_0_AUTH: "r:u:$5$s$h" };

const foreign: [what: string, labels: Record<string, string>, said: RegExp][] = [
  [
    "options that open global",
    { HAPROXY_0_BACKEND_HTTP_OPTIONS: globalSection },
    /has the line "global", which begins a section; expected no section/,
  ],
  [
    "a head with global behind its own",
    { HAPROXY_0_BACKEND_HEAD: `backend {backend}\n${globalSection}` },
    /which begins a section; expected no section other than its own, once/,
  ],
  [
    "a head with global before its own",
    { HAPROXY_0_FRONTEND_HEAD: `${globalSection}frontend {backend}\n` },
    /has the line "global"; expected "frontend a_10001"/,
  ],
  [
    "the backend of another app",
    { HAPROXY_0_BACKEND_HEAD: "backend b_10002\n" },
    /expected "backend a_10001" before any other/,
  ],
  [
    "the frontend of another app",
    { HAPROXY_0_FRONTEND_HEAD: "frontend b_10002\n" },
    /expected "frontend a_10001"/,
  ],
  [
    "listen instead of frontend",
    { HAPROXY_0_FRONTEND_HEAD: "listen {backend}\n" },
    /expected "frontend a_10001"/,
  ],
  [
    "its own section twice",
    { HAPROXY_0_BACKEND_HEAD: "backend {backend}\nbackend {backend}\n" },
    /other than its own, once/,
  ],
  [
    "lines before the head",
    { HAPROXY_0_BACKEND_HEAD: "  http-request deny\nbackend {backend}\n" },
    /has the line "http-request deny"; expected "backend a_10001"/,
  ],
  [
    "a head of comments",
    { HAPROXY_0_BACKEND_HEAD: "# nothing\n" },
    /HAPROXY_0_BACKEND_HEAD begins no section, and what stands under it would be in another one/,
  ],
  [
    "an empty head above its glue",
    { HAPROXY_0_FRONTEND_HEAD: "" },
    /HAPROXY_0_FRONTEND_HEAD begins no section/,
  ],
  [
    "a userlist without its head",
    { ...auth, HAPROXY_0_USERLIST_HEAD: "  user eve insecure-password x\n" },
    /expected "userlist user_a_10001"/,
  ],
  [
    "the userlist of another app",
    { ...auth, HAPROXY_0_USERLIST_HEAD: "userlist user_b_10002\n" },
    /expected "userlist user_a_10001"/,
  ],
  [
    "a word behind white space",
    { HAPROXY_0_HTTP_FRONTEND_ACL: "\t\v\f\r global\n" },
    /which begins a section/,
  ],
  ["a word before a comment", { HAPROXY_0_HTTP_FRONTEND_ACL: "global#x\n" }, /which begins a section/],
  [
    "a word before a carriage return",
    { HAPROXY_0_HTTP_FRONTEND_ACL: "global\rx\n" },
    /which begins a section/,
  ],
  [
    "a word in quotes",
    { HAPROXY_0_HTTP_FRONTEND_ACL: '"global"\n' },
    /expected a first word without quotes, escapes and dots/,
  ],
  [
    "a word half in quotes",
    { HAPROXY_0_HTTP_FRONTEND_ACL: "glo''bal\n" },
    /expected a first word without quotes/,
  ],
  [
    "a word in hexadecimal",
    { HAPROXY_0_HTTP_FRONTEND_ACL: "\\x67lobal\n" },
    /expected a first word without quotes/,
  ],
  [
    "a word with an escape inside",
    { HAPROXY_0_HTTP_FRONTEND_ACL: "glob\\x61l\n" },
    /expected a first word without quotes/,
  ],
  [
    "a word out of a variable",
    { HAPROXY_0_HTTP_FRONTEND_ACL: '"$' + '{{NONE-global}}"\n' },
    /expected a first word without quotes/,
  ],
  [
    "a directive of conditions",
    { HAPROXY_0_HTTP_FRONTEND_ACL: ".if 0\n" },
    /expected a first word without quotes, escapes and dots/,
  ],
  ["a scope", { HAPROXY_0_HTTP_FRONTEND_ACL: "[x]\n" }, /expected a first word without quotes/],
  [
    "a word out of a value",
    { HAPROXY_0_BACKEND_HTTP_HEALTHCHECK_OPTIONS: "{healthCheckPath}\n" },
    /has the line "global", which begins/,
  ],
  ["a second line of an inline template", {
    HAPROXY_0_BACKEND_SERVER_HTTP_HEALTHCHECK_OPTIONS: "check\nglobal\n x",
  }, /has the line "global", which begins/],
  [
    "the line of a server",
    { HAPROXY_0_BACKEND_SERVER_OPTIONS: "defaults\n" },
    /has the line "defaults", which begins/,
  ],
  [
    "an app id rule",
    { HAPROXY_0_HTTP_FRONTEND_APPID_ACL: "peers x\n" },
    /has the line "peers x", which begins/,
  ],
  ["a proxy path's rules", {
    HAPROXY_0_HTTP_BACKEND_PROXYPASS_PATH: "/x",
    HAPROXY_0_HTTP_BACKEND_PROXYPASS_GLUE: "cache x\n",
  }, /has the line "cache x", which begins/],
];
for (const [what, labels, said] of foreign) {
  Deno.test(`a template label stays in its section: ${what} leaves the service out`, () => {
    const { text, excluded } = served(labels, { path: "global" });
    assert.equal(excluded.length, 1);
    assert.match(excluded[0]!, said);
    assert.match(excluded[0]!, /--trust-template-labels allows all/);
    assert.doesNotMatch(text, /a_10001/);
    assert.match(text, /\nbackend b_10002\n/);
    assert.equal(text.match(/^\s*global\b/gm)?.length, 1);
  });
}

const own: [what: string, labels: Record<string, string>][] = [
  ["heads as the reference documents them", {
    ...auth,
    HAPROXY_0_USERLIST_HEAD: "\nuserlist user_{backend}\n  user {user} password {passwd}\n",
    HAPROXY_0_FRONTEND_HEAD:
      "\nfrontend {backend}\n  bind {bindAddr}:{servicePort}{sslCert}{bindOptions}\n  mode {mode}\n",
    HAPROXY_0_BACKEND_HEAD: "\nbackend {backend}\n  balance {balance}\n  mode {mode}\n",
  }],
  ["comments and white space around a head", {
    HAPROXY_0_BACKEND_HEAD: "# mine\n\n  \tbackend   {backend} # and no other's\n  mode {mode}\n",
  }],
  ["no frontend at all", { HAPROXY_0_FRONTEND_HEAD: "", HAPROXY_0_FRONTEND_BACKEND_GLUE: "" }],
  ["section words that are not the first of a line", {
    HAPROXY_0_BACKEND_HTTP_OPTIONS:
      "  http-request set-header X global\n  # frontend x\n  email-alert mailers m\n",
    HAPROXY_0_BACKEND_SERVER_HTTP_HEALTHCHECK_OPTIONS: "global",
  }],
  ["words that begin like sections", {
    HAPROXY_0_BACKEND_HTTP_OPTIONS: "  cache-x y\n  peersx\n  http-errors-x\n  no option x\n",
  }],
];
for (const [what, labels] of own) {
  Deno.test(`a template label stays in its section: ${what} is served`, () => {
    const { text, excluded } = served(labels);
    assert.deepEqual(excluded, []);
    assert.match(text, /backend +a_10001/);
  });
}

Deno.test("a template label may open any section with --trust-template-labels", () => {
  const templates = new TemplateSet(new Map(), { trustLabels: true });
  const labels = { HAPROXY_0_BACKEND_HTTP_OPTIONS: globalSection, HAPROXY_0_FRONTEND_HEAD: "" };
  const { text, excluded } = served(labels, { templates });
  assert.deepEqual(excluded, []);
  assert.ok(text.includes(globalSection));
});

Deno.test("templates of the operator may open any section, also beside template labels", () => {
  const source = (text: string): TemplateSource => ({ text, syntax: "placeholders", origin: "a file" });
  const templates = new TemplateSet(
    new Map([
      ["BACKEND_HEAD", source("resolvers r_{backend}\n\nbackend {backend}\n  mode {mode}\n")],
      ["FRONTEND_HEAD", source("")],
      ["FRONTEND_BACKEND_GLUE", source("listen {backend}_x\n")],
    ]),
  );
  const { text, excluded } = served({ HAPROXY_0_BACKEND_HTTP_OPTIONS: "  option forwardfor\n" }, {
    templates,
  });
  assert.deepEqual(excluded, []);
  assert.match(text, /\nlisten a_10001_x\n/);
  assert.match(text, /resolvers r_a_10001\n/);
});
