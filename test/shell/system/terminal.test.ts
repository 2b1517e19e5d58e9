import assert from "node:assert/strict";
import { hasColours, isLive, Screen } from "../../../lib/shell/system/terminal.ts";
import { FakeClock } from "../../support/FakeClock.ts";
import { FakeTerminal } from "../../support/FakeTerminal.ts";

Deno.test("hasColours: on a terminal that shows them, where NO_COLOR does not switch them off", () => {
  const terminal = { isTTY: true };
  assert.equal(hasColours({}, terminal), true);
  assert.equal(hasColours({ NO_COLOR: "" }, terminal), true);
  assert.equal(hasColours({ NO_COLOR: "1" }, terminal), false);
  assert.equal(hasColours({ TERM: "dumb" }, terminal), false);
  assert.equal(hasColours({}, {}), false);
});

Deno.test("isLive: on a terminal that can replace lines, but not in a job of CI", () => {
  const terminal = { isTTY: true };
  assert.equal(isLive({ TERM: "xterm", NO_COLOR: "1" }, terminal), true);
  assert.equal(isLive({ TERM: "dumb" }, terminal), false);
  assert.equal(isLive({ CI: "true" }, terminal), false);
  assert.equal(isLive({}, {}), false);
});

function open(size: { columns?: number; rows?: number } = {}, live = true) {
  const terminal = new FakeTerminal(size);
  const clock = new FakeClock();
  return { terminal, clock, screen: new Screen(terminal, live, clock) };
}

Deno.test("Screen: a line that stays goes above the block", () => {
  const { terminal, screen } = open();
  screen.log("first");
  screen.show(() => ["a", "b"]);
  screen.log("second");
  assert.deepEqual(terminal.lines, ["first", "second", "a", "b"]);
  screen.show(() => ["c"]);
  assert.deepEqual(terminal.lines, ["first", "second", "c"]);
  screen.end();
  screen.log("last");
  assert.deepEqual(terminal.lines, ["first", "second", "last"]);
});

Deno.test("Screen: the block follows the time, and only changes are written", async () => {
  const { terminal, clock, screen } = open();
  const start = clock.monotonic();
  screen.show(() => [`${Math.floor((clock.monotonic() - start) / 1_000)} s`]);
  const before = terminal.written.length;
  await clock.advance(990);
  assert.equal(terminal.written.length, before);
  await clock.advance(260);
  assert.deepEqual(terminal.lines, ["1 s"]);
  screen.end();
  assert.equal(clock.sleeping, 0);
});

Deno.test("Screen: no line of the block wraps, and no block leaves the terminal at its top", () => {
  const { terminal, screen } = open({ columns: 10, rows: 4 });
  screen.show(() => ["123456789012", "b", "c", "d", "e"]);
  assert.deepEqual(terminal.lines, ["12345678…", "b", "… and 3 …"]);
  screen.show(() => ["x"]);
  assert.deepEqual(terminal.lines, ["x"]);
});

Deno.test("Screen: a terminal that became narrower is erased as a whole", () => {
  const { terminal, screen } = open({ columns: 40 });
  screen.log("stays");
  screen.show(() => ["123456789012345", "second"]);
  terminal.narrow(10);
  screen.end();
  assert.deepEqual(terminal.lines, ["stays"]);
});

Deno.test("Screen: what other streams write meanwhile stays above the block", async () => {
  const { terminal, clock, screen } = open();
  screen.show(() => ["block"]);
  screen.aside(() => terminal.write("log\n"));
  assert.deepEqual(terminal.lines, ["log", "block"]);
  const { promise, resolve } = Promise.withResolvers<void>();
  const writing = screen.aside(async () => {
    terminal.write("half");
    await promise;
    terminal.write(" a line\n");
  });
  await clock.advance(1_000);
  assert.deepEqual(terminal.lines, ["log", "half"]);
  resolve();
  await writing;
  assert.deepEqual(terminal.lines, ["log", "half a line", "block"]);
  const failure = new Error("cannot be written");
  assert.throws(() =>
    screen.aside(() => {
      throw failure;
    }), failure);
  await assert.rejects(screen.aside(() => Promise.reject(failure)), failure);
  assert.deepEqual(terminal.lines, ["log", "half a line", "block"]);
  screen.end();
});

Deno.test("Screen.during: says what is under way and for how long, and leaves nothing", async () => {
  const { terminal, clock, screen } = open();
  let apps = 1;
  const { promise, resolve } = Promise.withResolvers<void>();
  const reading = screen.during(() => `reading ${apps} apps`, () => promise);
  assert.deepEqual(terminal.lines, []);
  await clock.advance(500);
  apps = 2;
  await clock.advance(500);
  assert.deepEqual(terminal.lines, ["reading 2 apps (1.0 s)"]);
  // What follows is said at once: its work may leave no time for it.
  const checking = screen.during(() => "checking", () => promise.then(() => 7));
  assert.deepEqual(terminal.lines, ["reading 2 apps (1.0 s)", "checking (0.0 s)"]);
  resolve();
  assert.equal(await checking, 7);
  await reading;
  assert.deepEqual([terminal.lines, clock.sleeping], [[], 0]);
});

Deno.test("Screen.during: work that is quick or fails leaves nothing", async () => {
  const { terminal, clock, screen } = open();
  assert.equal(await screen.during(() => "quick", () => Promise.resolve(7)), 7);
  const failure = new Error("it does not answer");
  await assert.rejects(screen.during(() => "in vain", () => Promise.reject(failure)), failure);
  assert.deepEqual([terminal.written, clock.sleeping], [[], 0]);
});

Deno.test("Screen: where it is not live, only lines that stay are written", async () => {
  const { terminal, clock, screen } = open({}, false);
  screen.show(() => ["block"]);
  const during = screen.during(() => "reading", () => clock.sleep(5_000));
  screen.log("line");
  screen.aside(() => terminal.write("log\n"));
  await clock.advance(5_000);
  await during;
  screen.end();
  assert.deepEqual(terminal.written, ["line\n", "log\n"]);
});
