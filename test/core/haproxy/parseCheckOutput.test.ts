import assert from "node:assert/strict";
import { describeAlerts } from "../../../lib/core/haproxy/describeAlerts.ts";
import { parseCheckOutput } from "../../../lib/core/haproxy/parseCheckOutput.ts";

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
