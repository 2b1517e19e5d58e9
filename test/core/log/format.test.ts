import assert from "node:assert/strict";
import { formatLogLine, type LogRecord, parseLogFormat } from "../../../lib/core/log/format.ts";

const record: LogRecord = {
  // Local time, as %(asctime)s is.
  time: new Date(2024, 0, 31, 12, 34, 56, 789).getTime(),
  level: "warning",
  name: "marathon_lb",
  message: "reloaded",
  processId: 42,
};

/** What Python's `logging` writes for the same format and record. */
const lines: [format: string, line: string][] = [
  ["%(asctime)-15s %(name)s: %(message)s", "2024-01-31 12:34:56,789 marathon_lb: reloaded"],
  ["%(asctime)s", "2024-01-31 12:34:56,789"],
  ["%(asctime)-25s|", "2024-01-31 12:34:56,789  |"],
  ["%(asctime)25s|", "  2024-01-31 12:34:56,789|"],
  ["%(asctime).10s", "2024-01-31"],
  ["%(levelname)-8s|%(levelname)8s|%(levelno)d", "WARNING | WARNING|30"],
  ["%(process)d", "42"],
  ["%(process)s", "42"],
  ["%(process)5d|%(process)-5d|%(process)05i", "   42|42   |00042"],
  ["%(processName)s %(threadName)s", "MainProcess MainThread"],
  ["%(msecs)03d %(msecs)d", "789 789"],
  ["%(msecs).1f", "789.0"],
  ["%(created)f", `${(record.time / 1000).toFixed(6)}`],
  ["100%% %(message)s%%", "100% reloaded%"],
  ["%%(message)s", "%(message)s"],
  ["", ""],
  ["plain", "plain"],
];

for (const [format, line] of lines) {
  Deno.test(`log format ${JSON.stringify(format)}`, () => {
    assert.equal(formatLogLine(parseLogFormat(format), record), line);
  });
}

const escaped: [message: string, text: string][] = [
  ["two\nlines", "two\\nlines"],
  ["two\r\nlines", "two\\r\\nlines"],
  ["\u001b[31mred\u0007", "\\u001b[31mred\\u0007"],
  ["\u0085\u2028\u2029", "\\u0085\\u2028\\u2029"],
  ["a\ttab, ünïcode and \\n stay", "a\ttab, ünïcode and \\n stay"],
];

for (const [message, text] of escaped) {
  Deno.test(`one event is one line: ${JSON.stringify(message)}`, () => {
    assert.equal(formatLogLine(parseLogFormat("%(message)s"), { ...record, message }), text);
    const json = formatLogLine("json", { ...record, message });
    assert.ok(!/[\n\r]/.test(json));
    assert.equal(JSON.parse(json).message, message);
  });
}

Deno.test("json has the time in UTC", () => {
  assert.deepEqual(JSON.parse(formatLogLine(parseLogFormat("json"), record)), {
    time: new Date(record.time).toISOString(),
    level: "warning",
    name: "marathon_lb",
    process: 42,
    message: "reloaded",
  });
});

const refused: [format: string, message: RegExp][] = [
  ["%(lineno)d", /^no field is named lineno \(there are asctime, /],
  ["%(constructor)s", /^no field is named constructor /],
  ["50% off", /^"% off" is no field/],
  ["%", /^"%" is no field/],
  ["%s", /^"%s" is no field/],
  ["%(message", /^"%\(message" is no field/],
  ["%(message)", /^"%\(message\)" is no field/],
  ["%(message)d", /^%\(message\)d asks for a number, but message is text/],
  ["%(message)x", /^%\(message\)x ends with x, where s, d or f is expected$/],
];

for (const [format, message] of refused) {
  Deno.test(`refused log format ${JSON.stringify(format)}`, () => {
    assert.throws(() => parseLogFormat(format), { name: "SyntaxError", message });
  });
}

Deno.test("json has what a line is about as fields", () => {
  const fields = { app: "/a", service: 0, code: "no-group", reason: "it has no group" };
  const line = JSON.parse(formatLogLine("json", { ...record, fields }));
  const { app, service, code, reason } = line;
  assert.deepEqual({ app, service, code, reason }, fields);
  assert.equal(line.message, "reloaded");
});
