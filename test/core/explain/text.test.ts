import assert from "node:assert/strict";
import type { AppExplanation, LiveServer, ServiceExplanation } from "../../../lib/core/explain/app.ts";
import { explanationText, unknownAppText, urlText } from "../../../lib/core/explain/text.ts";
import { styleFor } from "../../../lib/core/style.ts";
import type { UrlExplanation } from "../../../lib/core/explain/url.ts";
import type { Reason } from "../../../lib/core/explain/verdict.ts";

const plain = styleFor(false);

const live: LiveServer = {
  status: "UP",
  check: "L7OK/200",
  sessions: 3,
  rate: 2,
  errors: 1,
  weight: 1,
  queue: 4,
};

const taken: Reason = {
  code: "vhost-taken",
  message: "/web: service 0 is served without the vhost a.test",
  hint: "Give it another `HAPROXY_0_VHOST`.",
  index: 0,
  since: 0,
};

const served: ServiceExplanation = {
  index: 0,
  port: 10_000,
  standing: "partly",
  reasons: [taken],
  backend: "web_10000",
  vhosts: ["a.test"],
  up: 1,
  group: "external",
  mode: "http",
  rules: [{
    frontend: "marathon_http_in",
    kind: "vhost",
    host: "a.test",
    path: "/x",
    lines: ["  acl a", "  use b"],
  }],
  lines: [
    { text: "backend web_10000", from: "template HAPROXY_BACKEND_HEAD" },
    { text: "  balance roundrobin", from: "template HAPROXY_BACKEND_HEAD" },
    { text: "  option x", from: "label HAPROXY_0_BACKEND_HTTP_OPTIONS" },
  ],
  servers: [
    { name: "s1", address: "10.0.0.1", port: 31_000, task: "t1", draining: false, live },
    { name: "s2", address: "10.0.0.2", port: 31_000, draining: true },
  ],
};

const explanation: AppExplanation = {
  app: "/web",
  standing: "partly",
  labelled: true,
  reasons: [taken],
  labels: [
    { name: "HAPROXY_0_VHOST", value: "a.test", read: '["a.test"]' },
    { name: "HAPROXY_0_VHOTS", value: "b", reason: { ...taken, code: "label-ignored" } },
    { name: "HAPROXY_0_ODD", value: "c" },
  ],
  tasks: [
    { id: "t1", host: "10.0.0.1", state: "TASK_RUNNING", standing: "server" },
    { id: "t2", standing: "left-out", reason: { ...taken, message: "its state is TASK_STAGING" } },
  ],
  services: [served, {
    index: 1,
    standing: "not-served",
    reasons: [{ ...taken, code: "no-task-port" }],
    vhosts: [],
    up: 0,
    mode: "tcp",
    rules: [],
    lines: [],
    servers: [],
  }],
};

Deno.test("explanationText: the chain from labels to servers, with a verdict and reasons at each step", () => {
  assert.equal(
    explanationText(explanation, plain),
    `/web: served in part
vhost-taken: /web: service 0 is served without the vhost a.test (since 1970-01-01T00:00:00.000Z)
  To do: Give it another HAPROXY_0_VHOST.

Labels
  HAPROXY_0_VHOST=a.test  read as ["a.test"]
  HAPROXY_0_VHOTS=b  label-ignored
  HAPROXY_0_ODD=c

Tasks (2)
  t1  10.0.0.1  TASK_RUNNING  a server
  t2  no host  left out: its state is TASK_STAGING

Service 0, port 10000, http, vhost a.test, group external: served in part (vhost-taken)
  Rules
    vhost a.test/x, in frontend marathon_http_in
      acl a
      use b
  Backend web_10000
    # template HAPROXY_BACKEND_HEAD
    backend web_10000
    balance roundrobin
    # label HAPROXY_0_BACKEND_HTTP_OPTIONS
    option x
  Servers (2)
    s1  10.0.0.1:31000  UP, check L7OK/200, 3 sessions, 2/s, 1 errors, weight 1, 4 in the queue, task t1
    s2  10.0.0.2:31000  draining

Service 1, no port, tcp: not served (no-task-port)
`,
  );
});

const hostile = "<img onerror=x>\u001b[31m\n\u2028";
const escapes = "<img onerror=x>\\u001b[31m\\n\\u2028";

/** The same with this text in the place of each. */
function withTexts<Of>(value: Of, text: string): Of {
  return JSON.parse(JSON.stringify(value, (key, member) => {
    const isText = typeof member === "string" && !["standing", "kind", "scheme", "code"].includes(key);
    return isText ? text : member;
  }));
}

Deno.test("explanationText, urlText, unknownAppText: nothing that others wrote moves the cursor", () => {
  for (
    const text of [
      explanationText(withTexts(explanation, hostile), plain),
      urlText(withTexts(url, hostile), plain),
      unknownAppText(hostile, [hostile]),
    ]
  ) {
    assert.ok(text.includes(escapes), text);
    assert.ok(!text.includes("\u001b") && !text.includes("\u2028"));
  }
});

Deno.test("explanationText: of thousands of tasks and servers a person sees the first", () => {
  const many = Array.from(
    { length: 1_000 },
    (_, index) => ({ ...explanation.tasks[0]!, id: `task-${index}` }),
  );
  const text = explanationText({ ...explanation, tasks: many }, plain);
  assert.match(text, /^Tasks \(1000\)$/m);
  assert.ok(text.includes("task-39 ") && !text.includes("task-40 "));
  assert.match(text, /^ {2}… and 960 more: --json has all$/m);
});

Deno.test("explanationText: colours on a terminal only, by the standing", () => {
  const colours = (text: string) =>
    text.split("\u001b[").slice(1).map((piece) => /^(\d+)m(.*)$/s.exec(piece)!.slice(1));
  assert.deepEqual(colours(explanationText(explanation, plain)), []);
  const shown = colours(explanationText(explanation, styleFor(true)));
  for (const [code, of] of [["33", "served in part"], ["32", "UP"], ["31", "left out"], ["1", "/web"]]) {
    assert.ok(shown.some(([one, text]) => one === code && text === of), `${of}`);
  }
});

const url: UrlExplanation = {
  url: "http://a.test/x",
  scheme: "http",
  host: "a.test",
  port: 80,
  path: "/x",
  frontend: "marathon_http_in",
  matched: {
    app: "/web",
    index: 0,
    backend: "web_10000",
    rule: ["  acl a", "  use b"],
    why: "its vhost matches",
    servers: [{ name: "s1", address: "10.0.0.1", port: 31_000 }],
  },
  also: [{ app: "/other", index: 1, rule: ["  use c"], why: "it comes behind /web" }],
  reasons: [],
};

Deno.test("urlText: the rule that matches, who answers, and what else would", () => {
  assert.equal(
    urlText(url, plain),
    `http://a.test/x: served by /web, service 0

Request   http to port 80, host a.test, path /x
Frontend  marathon_http_in
Rule      its vhost matches
    acl a
    use b
Backend   web_10000
Servers (1)
  s1  10.0.0.1:31000

What else matches, and comes later
/other, service 1: it comes behind /web
    use c
`,
  );
});

Deno.test("urlText: nothing matches, and why", () => {
  const { matched: _, frontend: __, ...rest } = url;
  assert.equal(
    urlText({
      ...rest,
      also: [],
      reasons: [{ code: "url-without-vhost", message: "none", hint: "Mend it." }],
    }, plain),
    `http://a.test/x: not served
url-without-vhost: none
  To do: Mend it.

Request   http to port 80, host a.test, path /x
Frontend  none
`,
  );
});

Deno.test("unknownAppText: the nearest ids, where there are any", () => {
  assert.equal(
    unknownAppText("/wbe", ["/web", "/we"]),
    "there is no app /wbe; the nearest ids are /web, /we",
  );
  assert.equal(unknownAppText("/x", []), "there is no app /x");
});
