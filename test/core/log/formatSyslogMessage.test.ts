import assert from "node:assert/strict";
import { formatSyslogMessage } from "../../../lib/core/log/formatSyslogMessage.ts";
import { type LogLevel, logLevels } from "../../../lib/core/log/logLevels.ts";
import type { LogRecord } from "../../../lib/core/log/LogRecord.ts";

const record: LogRecord = {
  // Local time, as syslog(3) writes it.
  time: new Date(2024, 0, 3, 4, 5, 6, 789).getTime(),
  level: "info",
  name: "marathon_lb",
  message: "not looked at",
  processId: 42,
};
const utc = new Date(record.time).toISOString();

function format(line: string, hostname?: string, changes: Partial<LogRecord> = {}): string {
  return new TextDecoder().decode(formatSyslogMessage({ ...record, ...changes }, line, hostname));
}

Deno.test("a message for another host is RFC 5424", () => {
  assert.equal(format("up, ü", "lb-1"), `<14>1 ${utc} lb-1 marathon_lb 42 - - up, ü`);
});

Deno.test("a message for this host is what syslog(3) writes", () => {
  assert.equal(format("up, ü"), "<14>Jan  3 04:05:06 marathon_lb[42]: up, ü");
  const time = new Date(2024, 11, 31, 23, 59, 59).getTime();
  assert.equal(format("up", undefined, { time }), "<14>Dec 31 23:59:59 marathon_lb[42]: up");
});

Deno.test("priorities are facility user and Python's severities", () => {
  const expected: Record<LogLevel, string> = {
    debug: "<15>",
    info: "<14>",
    warning: "<12>",
    error: "<11>",
    critical: "<10>",
  };
  for (const level of logLevels) {
    for (const hostname of ["lb", undefined]) {
      assert.ok(format("x", hostname, { level }).startsWith(expected[level]), level);
    }
  }
});

Deno.test("HAProxy's lines have its name", () => {
  assert.match(format("x", "lb", { name: "haproxy" }), / lb haproxy 42 - - x$/);
  assert.match(format("x", undefined, { name: "haproxy" }), / haproxy\[42\]: x$/);
});

const hosts: [hostname: string, field: string][] = [
  ["", "-"],
  ["my host", "myhost"],
  ["höst", "hst"],
  ["x".repeat(300), "x".repeat(255)],
];
for (const [hostname, field] of hosts) {
  Deno.test(`host ${JSON.stringify(hostname.slice(0, 20))} cannot break the header`, () => {
    assert.equal(format("line", hostname), `<14>1 ${utc} ${field} marathon_lb 42 - - line`);
  });
}

Deno.test("a line break of the log format does not make two messages of one", () => {
  for (const hostname of ["lb", undefined]) {
    assert.match(format("one\ntwo\0\r", hostname), /one\\ntwo\\u0000\\r$/);
  }
});

for (const letter of ["x", "ü", "€", "😀"]) {
  Deno.test(`a line of ${letter} that is too long is cut between two characters`, () => {
    const octets = formatSyslogMessage(record, letter.repeat(10_000), "lb");
    assert.ok(octets.length <= 8192 && octets.length > 8180, `${octets.length}`);
    const text = new TextDecoder("utf-8", { fatal: true }).decode(octets);
    assert.match(text, new RegExp(`- - (?:${letter})+…$`, "u"));
  });
}

Deno.test("a line of exactly the limit is whole", () => {
  const header = format("", "lb").length;
  assert.equal(format("x".repeat(8192 - header), "lb").at(-1), "x");
  assert.equal(format("x".repeat(8193 - header), "lb").at(-1), "…");
});
