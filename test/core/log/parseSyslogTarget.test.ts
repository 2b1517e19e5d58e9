import assert from "node:assert/strict";
import { describeSyslogTarget } from "../../../lib/core/log/describeSyslogTarget.ts";
import { parseSyslogTarget } from "../../../lib/core/log/parseSyslogTarget.ts";
import type { SyslogTarget } from "../../../lib/core/log/SyslogTarget.ts";

const accepted: [text: string, target: SyslogTarget, told?: string][] = [
  ["/dev/null", { transport: "none" }],
  ["/dev/log", { transport: "unix", path: "/dev/log" }],
  ["./log", { transport: "unix", path: "./log" }],
  ["udp://10.0.0.1:5514", { transport: "udp", host: "10.0.0.1", port: 5514 }],
  ["tcp://logs.example:601", { transport: "tcp", host: "logs.example", port: 601 }],
  [
    "tcp://logs.example:601/",
    { transport: "tcp", host: "logs.example", port: 601 },
    "tcp://logs.example:601",
  ],
  ["udp://logs", { transport: "udp", host: "logs", port: 514 }, "udp://logs:514"],
  ["tcp://[::1]:601", { transport: "tcp", host: "::1", port: 601 }],
  ["tcp://[::1]", { transport: "tcp", host: "::1", port: 514 }, "tcp://[::1]:514"],
];
for (const [text, target, told = text] of accepted) {
  Deno.test(`syslog socket ${text}`, () => {
    assert.deepEqual(parseSyslogTarget(text), target);
    assert.equal(describeSyslogTarget(target), told);
  });
}

const refused = [
  "",
  "log",
  "localhost:514",
  "http://a:514",
  "unix:///dev/log",
  "tcp://",
  "tcp://:514",
  "tcp://*:514",
  "tcp://a:0",
  "tcp://a:65536",
  "tcp://a:514/x",
  "tcp://me:pw@a:514",
  "udp://::1",
  "udp://10.0.0",
];
for (const text of refused) {
  Deno.test(`refused syslog socket ${JSON.stringify(text)}`, () => {
    assert.equal(parseSyslogTarget(text), undefined);
  });
}
