import assert from "node:assert/strict";
import { socketCommand, toWorker, withPayload } from "../../../lib/core/haproxy/socketCommand.ts";
import { MasterSocket } from "../../../lib/shell/haproxy/socket.ts";
import { systemClock } from "../../../lib/shell/system/clock.ts";
import { FakeClock } from "../../support/FakeClock.ts";
import { FakeMaster } from "./support/FakeMaster.ts";
import { limit, TestBench } from "./support/TestBench.ts";

Deno.test("MasterSocket: the answer, however long", async () => {
  const long = "x".repeat(3_000_000);
  await using master = await FakeMaster.listen((command) => command === "long" ? `${long}\n\n` : "short\n");
  const socket = new MasterSocket(master.path, { clock: systemClock });
  assert.equal(await socket.command(socketCommand`long`, limit()), long);
  assert.equal(await socket.command(socketCommand`other`, limit()), "short");
  assert.deepEqual(master.commands, ["long", "other"]);
});

Deno.test("MasterSocket: no listener", async () => {
  const socket = new MasterSocket("/no/such/socket", { clock: systemClock });
  await assert.rejects(
    socket.command(socketCommand`show proc`, limit()),
    /^Error: HAProxy's master socket \/no\/such\/socket did not answer "show proc": ENOENT$/,
  );
});

Deno.test("MasterSocket: a payload is in no message", async () => {
  const socket = new MasterSocket("/no/such/socket", { clock: systemClock });
  await assert.rejects(
    socket.command(toWorker("serving", withPayload(socketCommand`set ssl cert a.pem`, "SECRET\n")), limit()),
    /^Error: HAProxy's master socket \/no\/such\/socket did not answer "@1 set ssl cert a.pem <<": ENOENT$/,
  );
});

Deno.test("MasterSocket: no answer in time", async () => {
  await using master = await FakeMaster.listen(() => undefined);
  const clock = new FakeClock();
  const socket = new MasterSocket(master.path, { clock, timeout: 5_000 });
  const answer = assert.rejects(
    socket.command(socketCommand`show proc`, limit()),
    /did not answer "show proc" within 5000 ms$/,
  );
  await clock.advance(5_000);
  await answer;
});

Deno.test("MasterSocket: no timer is left after an answer", async () => {
  await using master = await FakeMaster.listen(() => "done");
  const clock = new FakeClock();
  await new MasterSocket(master.path, { clock }).command(socketCommand`show proc`, limit());
  assert.equal(clock.sleeping, 0);
});

Deno.test("MasterSocket: ends with its signal", async () => {
  await using master = await FakeMaster.listen(() => undefined);
  const socket = new MasterSocket(master.path, { clock: systemClock });
  const stop = new AbortController();
  const answer = assert.rejects(socket.command(socketCommand`show proc`, stop.signal), /enough/);
  stop.abort(new Error("enough"));
  await answer;
  await assert.rejects(socket.command(socketCommand`show proc`, stop.signal), /enough/);
});

Deno.test("MasterSocket: commands to a worker of the real HAProxy", () =>
  TestBench.use(async (bench) => {
    await bench.answer("one");
    const supervisor = bench.supervisor();
    await supervisor.start(limit());
    const worker = supervisor.pids()[1];
    assert.match(
      await supervisor.socket.command(toWorker("serving", socketCommand`show info`), limit()),
      new RegExp(`^Pid: ${worker}$`, "m"),
    );
    assert.match(
      await supervisor.socket.command(toWorker(worker!, socketCommand`show version`), limit()),
      /^\d+\.\d+/,
    );
  }));
