import assert from "node:assert/strict";
import { type SyslogConnection, SyslogSender, SyslogUnusable } from "../../../lib/shell/log/syslogSender.ts";
import { FakeClock } from "../../support/FakeClock.ts";
import { RecordingLogger } from "../../support/RecordingLogger.ts";

/** A server that is there or not, takes messages or not, as the test says. */
class FakeServer {
  readonly messages: string[] = [];
  opened = 0;
  /** Why connections fail. */
  away: Error | undefined;
  /** Whether messages are left unanswered. */
  stalls = false;
  flushed = 0;
  connected = 0;
  #gone = new AbortController();

  open(): Promise<SyslogConnection> {
    this.opened++;
    if (this.away) return Promise.reject(this.away);
    this.connected++;
    this.#gone = new AbortController();
    const { signal: gone } = this.#gone;
    return Promise.resolve({
      gone,
      send: (message, signal) => {
        if (this.stalls) {
          return new Promise((_, reject) => {
            for (const end of [signal, gone]) end.addEventListener("abort", () => reject(end.reason));
          });
        }
        this.messages.push(new TextDecoder().decode(message));
        return Promise.resolve();
      },
      flush: () => {
        this.flushed++;
        return Promise.resolve();
      },
      destroy: () => this.connected--,
    });
  }

  hangUp(): void {
    this.#gone.abort(new Error("it hung up"));
  }
}

function bench({ maxOctets, optional, away }: { maxOctets?: number; optional?: boolean; away?: Error } = {}) {
  const clock = new FakeClock();
  const server = new FakeServer();
  server.away = away;
  const [console, logger] = [new RecordingLogger(), new RecordingLogger()];
  const sender = new SyslogSender({
    name: "tcp://logs:514",
    open: () => server.open(),
    clock,
    optional,
    maxOctets,
  });
  sender.start({ console, logger });
  const send = (...texts: string[]) => {
    for (const text of texts) sender.send(new TextEncoder().encode(text));
  };
  /** The pauses between attempts, without the deadlines for connecting. */
  const pauses = () => clock.slept.filter((time) => time !== 10_000);
  return { clock, server, console: console.lines, logger: logger.lines, sender, send, pauses };
}

const refused = new Error("connect ECONNREFUSED");
const awayLine =
  "warning marathon_lb: Syslog at tcp://logs:514 cannot be reached: connect ECONNREFUSED. Check the " +
  "server and --syslog-socket; lines wait, retrying after 1 to 30 s";

Deno.test("SyslogSender: messages arrive in their order, nothing else is logged, and the end flushes", async () => {
  const { clock, server, console, logger, sender, send } = bench();
  send("a", "b");
  await clock.advance(0);
  send("c");
  await clock.advance(0);
  assert.deepEqual(server.messages, ["a", "b", "c"]);
  send("d");
  await sender.close();
  assert.deepEqual(server.messages, ["a", "b", "c", "d"]);
  assert.deepEqual([console, logger, server.opened, server.flushed, server.connected], [[], [], 1, 1, 0]);
  assert.equal(clock.sleeping, 0, "timers are left");
});

Deno.test("SyslogSender: while the server is away lines wait, and the pauses double to half a minute", async () => {
  const { clock, server, console, logger, sender, send, pauses } = bench({ away: refused });
  send("a");
  await clock.advance(1_000 + 2_000 + 4_000 + 8_000 + 16_000 + 30_000);
  send("b");
  assert.deepEqual(pauses(), [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
  assert.deepEqual(console, [awayLine], "told once");
  server.away = undefined;
  await clock.advance(30_000);
  assert.deepEqual(server.messages, ["a", "b"]);
  assert.deepEqual(logger, ["info marathon_lb: Syslog at tcp://logs:514 accepts lines again"]);
  await sender.close();
  assert.deepEqual(console, [awayLine]);
});

Deno.test("SyslogSender: the queue is bounded, the oldest lines are dropped, and their number is logged", async () => {
  const { clock, server, console, logger, sender, send } = bench({ away: refused, maxOctets: 4 });
  send("aa", "bb", "cc", "dd", "ee");
  await clock.advance(0);
  assert.deepEqual(console, [
    "warning marathon_lb: Syslog at tcp://logs:514 is too slow: dropping the oldest of the lines that wait for it",
    awayLine,
  ]);
  server.away = undefined;
  await clock.advance(1_000);
  assert.deepEqual(server.messages, ["dd", "ee"]);
  assert.deepEqual(logger, [
    "warning marathon_lb: Syslog at tcp://logs:514 accepts lines again; it missed 3 lines",
  ]);
  await sender.close();
  assert.equal(console.length, 2, "what was told of is not told again");
});

Deno.test("SyslogSender: a connection that breaks is made again, and the message in hand comes again", async () => {
  const { clock, server, console, sender, send } = bench();
  server.stalls = true;
  send("a", "b");
  await clock.advance(0);
  server.hangUp();
  await clock.advance(0);
  assert.match(console[0]!, /cannot be reached: it hung up\. /);
  server.stalls = false;
  await clock.advance(1_000);
  assert.deepEqual([server.messages, server.opened, server.connected], [["a", "b"], 2, 1]);
  await sender.close();
});

Deno.test("SyslogSender: an idle connection that breaks is noticed before the next line is lost in it", async () => {
  const { clock, server, sender, send } = bench();
  await clock.advance(0);
  server.hangUp();
  await clock.advance(0);
  send("a");
  await clock.advance(999);
  assert.deepEqual([server.messages, server.opened], [[], 1]);
  await clock.advance(1);
  assert.deepEqual([server.messages, server.opened], [["a"], 2]);
  await sender.close();
});

Deno.test("SyslogSender: the pauses keep growing over connections that do not last, and start over after one that does", async () => {
  const { clock, server, sender, pauses } = bench();
  for (const pause of [1_000, 2_000, 4_000]) {
    await clock.advance(0);
    server.hangUp();
    await clock.advance(pause);
  }
  await clock.advance(31_000);
  server.hangUp();
  await clock.advance(0);
  assert.deepEqual(pauses(), [1_000, 2_000, 4_000, 1_000]);
  await sender.close();
});

Deno.test("SyslogSender: the end retries instead of pausing, and logs what is missing", async () => {
  const { clock, server, console, sender, send } = bench({ away: refused });
  send("a", "b");
  await clock.advance(3_500);
  assert.equal(server.opened, 3);
  await sender.close();
  assert.equal(server.opened, 4);
  assert.deepEqual(console.slice(1), ["warning marathon_lb: Syslog at tcp://logs:514 missed 2 lines"]);

  const back = bench({ away: refused });
  back.send("a");
  await back.clock.advance(0);
  back.server.away = undefined;
  await back.sender.close();
  assert.deepEqual(back.server.messages, ["a"]);
});

Deno.test("SyslogSender: the end waits 2 s for a server that takes nothing, no longer", async () => {
  const { clock, server, console, sender, send } = bench();
  server.stalls = true;
  send("a", "b", "c");
  let closed = false;
  const closing = sender.close().then(() => closed = true);
  await clock.advance(1_999);
  assert.equal(closed, false);
  await clock.advance(1);
  assert.equal(closed, true);
  await closing;
  assert.deepEqual(console, ["warning marathon_lb: Syslog at tcp://logs:514 missed 3 lines"]);
  assert.equal(server.connected, 0, "the connection is left");
  send("d");
  await clock.advance(60_000);
  assert.equal(server.opened, 1);
});

for (const optional of [false, true]) {
  const level = optional ? "debug" : "warning";
  Deno.test(`SyslogSender: a server that cannot be used is a ${level} and is not retried`, async () => {
    const { clock, server, console, sender, send } = bench({ away: new SyslogUnusable("no way"), optional });
    send("a");
    await clock.advance(60_000);
    send("b");
    await sender.close();
    assert.deepEqual([server.opened, console], [1, [
      `${level} marathon_lb: Syslog at tcp://logs:514 gets no lines: no way`,
    ]]);
  });
}
