import fc from "fast-check";
import assert from "node:assert/strict";
import { type LogLevel, logLevels, type LogRecord } from "../../../lib/core/log/format.ts";
import {
  describeSyslogTarget,
  formatSyslogMessage,
  MessageQueue,
  parseSyslogTarget,
  type SyslogTarget,
} from "../../../lib/core/log/syslog.ts";

function message(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function takeAll(queue: MessageQueue): string[] {
  const texts = [];
  for (let next = queue.take(); next; next = queue.take()) texts.push(new TextDecoder().decode(next));
  return texts;
}

Deno.test("messages come out in their order", () => {
  const queue = new MessageQueue(100);
  for (const text of ["a", "b", "c"]) queue.add(message(text));
  assert.equal(queue.size, 3);
  assert.deepEqual(takeAll(queue), ["a", "b", "c"]);
  assert.deepEqual([queue.size, queue.dropped], [0, 0]);
});

Deno.test("where there is no room the oldest are dropped and counted", () => {
  const queue = new MessageQueue(6);
  for (const text of ["aaa", "bb", "cc", "dd"]) queue.add(message(text));
  assert.equal(queue.dropped, 1);
  assert.deepEqual(takeAll(queue), ["bb", "cc", "dd"]);
  queue.forgetDropped();
  queue.add(message("longer than all"));
  assert.deepEqual([queue.size, queue.dropped], [0, 1]);
});

Deno.test("a message that is put back is the next one, unless others took its room", () => {
  const queue = new MessageQueue(4);
  for (const text of ["aa", "bb"]) queue.add(message(text));
  const first = queue.take()!;
  queue.putBack(first);
  assert.deepEqual(takeAll(queue), ["aa", "bb"]);

  queue.putBack(message("aa"));
  assert.deepEqual(takeAll(queue), ["aa"]);

  for (const text of ["bb", "cc"]) queue.add(message(text));
  queue.putBack(message("aa"));
  assert.equal(queue.dropped, 1);
  assert.deepEqual(takeAll(queue), ["bb", "cc"]);
});

Deno.test("it behaves as a list does", () => {
  const operation = fc.oneof(
    fc.record({ add: fc.string({ minLength: 1, maxLength: 8, unit: "grapheme-ascii" }) }),
    fc.constant("take" as const),
    fc.constant("take and put back" as const),
  );
  fc.assert(fc.property(fc.array(operation, { maxLength: 200 }), (operations) => {
    const queue = new MessageQueue(40);
    let [model, dropped] = [[] as string[], 0];
    for (const step of operations) {
      if (typeof step === "object") {
        queue.add(message(step.add));
        model.push(step.add);
        while (model.join("").length > 40) {
          model = model.slice(1);
          dropped++;
        }
      } else {
        const taken = queue.take();
        assert.equal(taken && new TextDecoder().decode(taken), model[0]);
        if (step === "take") model = model.slice(1);
        else if (taken) queue.putBack(taken);
      }
      assert.deepEqual([queue.size, queue.dropped], [model.length, dropped]);
    }
    assert.deepEqual(takeAll(queue), model);
  }));
});

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
