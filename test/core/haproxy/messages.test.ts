import assert from "node:assert/strict";
import {
  describeAlerts,
  describeServerChanges,
  isProxyStopped,
  parseCheckOutput,
  parseHaproxyLine,
  readServerChange,
} from "../../../lib/core/haproxy/messages.ts";

const lines: [line: string, is: boolean][] = [
  ["[WARNING]  (31259) : Proxy web_10000 stopped (cumulated conns: FE: 0, BE: 12).", true],
  ["[NOTICE]   (7) : Proxy marathon_http_in stopped (cumulated conns: FE: 1, BE: 0).", true],
  ["[WARNING]  (31259) : Server web_10000/s1 is DOWN, reason: Layer4 connection problem.", false],
  ["[ALERT]    (31259) : config : Proxy web_10000 stopped (cumulated conns: no", false],
  ["Proxy web_10000 stopped (cumulated conns: FE: 0, BE: 12).", false],
];
for (const [line, is] of lines) {
  Deno.test(`isProxyStopped: ${is ? "" : "not "}${line}`, () => assert.equal(isProxyStopped(line), is));
}

const output = `[NOTICE]   (7573) : haproxy version is 2.6.12-1+deb12u4
[NOTICE]   (7573) : path to executable is /usr/sbin/haproxy
[WARNING]  (7573) : config : missing timeouts for backend 'b'.
   | While not properly invalid, you will certainly encounter various problems
   | with such a configuration.
[WARNING]  (7573) : config : parsing [/w/a.cfg:8] : a rule placed after another.
[ALERT]    (7573) : config : parsing [/w/a.cfg:10]: Missing LF on last line.
[ALERT]    (7573) : config : Parsing [/w/odd:3].cfg:7]: failed to parse log-format.
[ALERT]    (7573) : config : [/w/a.cfg:4] : 'server b/s1' : could not resolve address 'nohost.invalid'.
[ALERT]    (7573) : config : Proxy 'f': unable to find required use_backend: 'nope'.
[ALERT]    (7573) : config : Error(s) found in configuration file : /w/a.cfg
[ALERT]    (7573) : config : Fatal errors found in configuration.
[ALERT]    (7573) : config : Failed to initialize server(s) addr.
`;

Deno.test("parseCheckOutput: all shapes, without summary lines", () => {
  assert.deepEqual(parseCheckOutput(output), [
    {
      severity: "warning",
      message:
        "missing timeouts for backend 'b'. While not properly invalid, you will certainly encounter various " +
        "problems with such a configuration.",
    },
    { severity: "warning", file: "/w/a.cfg", line: 8, message: "a rule placed after another." },
    { severity: "alert", file: "/w/a.cfg", line: 10, message: "Missing LF on last line." },
    { severity: "alert", file: "/w/odd:3].cfg", line: 7, message: "failed to parse log-format." },
    {
      severity: "alert",
      file: "/w/a.cfg",
      line: 4,
      message: "'server b/s1' : could not resolve address 'nohost.invalid'.",
    },
    { severity: "alert", message: "Proxy 'f': unable to find required use_backend: 'nope'." },
  ]);
});

Deno.test("parseCheckOutput: nothing to say", () => {
  assert.deepEqual(parseCheckOutput(""), []);
  assert.deepEqual(parseCheckOutput("Warnings were found.\nConfiguration file is valid\n"), []);
  assert.deepEqual(parseCheckOutput("   | a continuation of nothing\n"), []);
});

Deno.test("describeAlerts: one line, without warnings", () => {
  assert.equal(
    describeAlerts(output),
    "/w/a.cfg:10: Missing LF on last line.; /w/odd:3].cfg:7: failed to parse log-format.; " +
      "/w/a.cfg:4: 'server b/s1' : could not resolve address 'nohost.invalid'.; " +
      "Proxy 'f': unable to find required use_backend: 'nope'.",
  );
  assert.equal(describeAlerts("[NOTICE]   (1) : Loading success."), "");
  const denied =
    "[ALERT]    (1) : Binding [/a.cfg:4] for frontend in: cannot bind socket (Permission denied) for [*:80]";
  assert.match(
    describeAlerts(denied),
    /^Binding .*\[\*:80\]; .*give that the capability CAP_NET_BIND_SERVICE, or /,
  );
});

const parseHaproxyLineLines: [line: string, expected: ReturnType<typeof parseHaproxyLine>][] = [
  ["[NOTICE]   (4587) : New worker (4590) forked", {
    severity: "notice",
    pid: 4587,
    message: "New worker (4590) forked",
  }],
  ["[WARNING]  (4590) : Server b/s1 is DOWN", {
    severity: "warning",
    pid: 4590,
    message: "Server b/s1 is DOWN",
  }],
  ["[ALERT]    (1) : [brackets] : kept", { severity: "alert", pid: 1, message: "[brackets] : kept" }],
  ["[DIAG]     (1) : config : note", { severity: "diag", pid: 1, message: "config : note" }],
  ["   | a continuation", undefined],
  ["127.0.0.1:5000 [22/Nov/2026:21:16:34.000] f b/s1 0/0/0/1/1 200", undefined],
  ["[ALERT] without a process", undefined],
  ["", undefined],
];

for (const [line, expected] of parseHaproxyLineLines) {
  Deno.test(`parseHaproxyLine: ${JSON.stringify(line)}`, () =>
    assert.deepEqual(parseHaproxyLine(line), expected));
}

const serverLines: [message: string, change: string | undefined][] = [
  ["Server web_10000/s1 is UP/READY (leaving forced maintenance).", "up"],
  ["Server web_10000/s1 is UP, reason: Layer7 check passed, code: 200, check duration: 1ms.", "up"],
  [
    "Server web_10000/s1 is going DOWN for maintenance. 1 active and 0 backup servers left.",
    "in maintenance",
  ],
  ["Server web_10000/s1 was DOWN and now enters maintenance.", "in maintenance"],
  [
    "Server web_10000/s1 is DOWN, changed from server-state after a reload. 0 active servers left.",
    "still down",
  ],
  ["Server web_10000/s1 is going DRAIN", "draining"],
  ["Server web_10000/s1 is DOWN, reason: Layer4 connection problem, info: refused.", undefined],
  ["Server web_10000/s1 is DOWN.", undefined],
  ["backend 'web_10000' has no server available!", undefined],
  ["Proxy web_10000 stopped", undefined],
];
for (const [message, change] of serverLines) {
  Deno.test(`readServerChange: ${message}`, () => {
    assert.deepEqual(readServerChange(message), change && { server: "web_10000/s1", change });
  });
}

Deno.test("describeServerChanges: counts by change, and a few names", () => {
  const changes = ["a", "b", "c", "d", "e", "f", "a"].map((name, index) => ({
    server: `web/${name}`,
    change: index < 5 ? "up" as const : "in maintenance" as const,
  }));
  assert.equal(
    describeServerChanges(changes),
    "Servers changed: 5 up, 2 in maintenance (web/a, web/b, web/c, web/d, web/e, …)",
  );
});
