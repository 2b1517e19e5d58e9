import assert from "node:assert/strict";
import { once } from "node:events";
import { copyFile, readFile, stat } from "node:fs/promises";
import { createServer, type ServerResponse } from "node:http";
import { connect } from "node:net";
import process from "node:process";
import { parseShowProc } from "../../../lib/core/haproxy/answers.ts";
import { socketCommand, toWorker } from "../../../lib/core/haproxy/socketCommand.ts";
import { type HaproxyCommand, type HaproxyMaster, spawnMaster } from "../../../lib/shell/haproxy/master.ts";
import { waitUntilReady } from "../../../lib/shell/haproxy/reload.ts";
import { MasterSocket } from "../../../lib/shell/haproxy/socket.ts";
import { type HaproxySupervisor, restartPause } from "../../../lib/shell/haproxy/supervisor.ts";
import { limit, TestBench } from "./support/TestBench.ts";

Deno.test("restartPause: doubles up to 30 s", () => {
  const pauses: number[] = [];
  for (let crash = 0; crash < 9; crash++) pauses.push(restartPause(pauses.at(-1), 59_999));
  assert.deepEqual(pauses, [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
});

Deno.test("restartPause: starts over after a minute without a crash", () => {
  assert.equal(restartPause(30_000, 60_000), 500);
});

async function refusesConnections(url: string): Promise<boolean> {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  try {
    await once(socket, "connect");
    return false;
  } catch {
    return true;
  } finally {
    socket.destroy();
  }
}

function test(name: string, run: (bench: TestBench) => Promise<void>): void {
  Deno.test(`HaproxySupervisor: ${name}`, () => TestBench.use(run));
}

/** How often HAProxy was reloaded, failed reloads included. */
async function reloads(supervisor: HaproxySupervisor): Promise<number | undefined> {
  return parseShowProc(await supervisor.socket.command(socketCommand`show proc`, limit()))?.master.reloads;
}

async function gone(path: string): Promise<boolean> {
  return await stat(path).then(() => false, () => true);
}

test("starts, serves and stops with nothing left", async (bench) => {
  await bench.answer("one");
  const supervisor = bench.supervisor();
  await supervisor.start(limit());
  assert.equal(await bench.get(), "200 one");
  assert.equal(supervisor.pids().length, 2, "a master and a worker");
  assert.deepEqual([...supervisor.pids()].sort(), bench.processes().sort());
  await supervisor.stop();
  assert.deepEqual(bench.processes(), []);
  assert.deepEqual(supervisor.pids(), []);
  assert.ok(await gone(bench.path("master.sock")));
  assert.ok(bench.logger.lines.some((line) => /^info haproxy: \(\d+\) Loading success\.$/.test(line)));
  assert.ok(bench.logger.lines.includes("info marathon_lb: HAProxy has stopped"));
});

test("reports HAProxy's message when it does not start", async (bench) => {
  await bench.configure("bogus keyword");
  const start = bench.supervisor().start(limit());
  await assert.rejects(start, ({ message }: Error) => {
    assert.match(message, /^HAProxy did not start, exit code 1: .*haproxy\.cfg:11: unknown keyword 'bogus'/);
    assert.doesNotMatch(message, /Fatal errors|Error\(s\) found/);
    return true;
  });
  assert.deepEqual(bench.processes(), []);
});

test("reports that HAProxy cannot be run at all", async (bench) => {
  await bench.answer("one");
  const haproxy = bench.path("no-haproxy");
  await assert.rejects(
    bench.supervisor({ haproxy }).start(limit()),
    /HAProxy cannot be started: .*no-haproxy: .*ENOENT/,
  );
});

test("reloads the file on disk", async (bench) => {
  await bench.answer("one");
  const supervisor = bench.supervisor();
  await supervisor.start(limit());
  const [master] = supervisor.pids();
  await bench.answer("two");
  const result = await supervisor.reload();
  assert.ok(result.ok && result.milliseconds > 0);
  await bench.until(async () => await bench.get() === "200 two");
  assert.equal(await reloads(supervisor), 1);
  assert.equal(supervisor.pids()[0], master);
});

test("reports a file that cannot be loaded, and the old worker serves on", async (bench) => {
  await bench.answer("one");
  const supervisor = bench.supervisor();
  await supervisor.start(limit());
  for (const bogus of ["bogus", "nonsense"]) {
    await bench.configure(bogus);
    const result = await supervisor.reload();
    assert.ok(!result.ok);
    assert.match(result.reason, new RegExp(`^\\S*haproxy\\.cfg:11: unknown keyword '${bogus}'`));
    assert.equal(await bench.get(), "200 one");
  }
  await bench.answer("two");
  assert.ok((await supervisor.reload()).ok);
  await bench.until(async () => await bench.get() === "200 two");
});

test("reports a port it cannot have, and recovers", async (bench) => {
  await bench.answer("one");
  const supervisor = bench.supervisor();
  await supervisor.start(limit());
  const taken = createServer();
  taken.listen(0, "127.0.0.1");
  await once(taken, "listening");
  const { port } = taken.address() as { port: number };
  await bench.configure("http-request return status 200", {
    more: `frontend taken\n  bind 127.0.0.1:${port}`,
  });
  const result = await supervisor.reload();
  taken.close();
  assert.ok(!result.ok);
  assert.match(result.reason, /cannot bind socket/);
  await bench.answer("two");
  // HAProxy 2.8.0 ends at this and is started again; others go on.
  await bench.until(async () => (await supervisor.reload()).ok);
  await bench.until(async () => await bench.get() === "200 two");
});

test("makes one more reload out of all that are asked for during one", async (bench) => {
  await bench.answer("one");
  const supervisor = bench.supervisor();
  await supervisor.start(limit());
  const results = await Promise.all([1, 2, 3, 4, 5].map(() => supervisor.reload()));
  assert.deepEqual(results.map(({ ok }) => ok), [true, true, true, true, true]);
  assert.equal(await reloads(supervisor), 2);
});

test("starts HAProxy again, after a pause, when its worker was killed", async (bench) => {
  await bench.answer("one");
  const supervisor = bench.supervisor();
  await supervisor.start(limit());
  const [master, worker] = supervisor.pids();
  await bench.answer("two");
  process.kill(worker!, "SIGKILL");
  await bench.until(() => ![master, undefined].includes(supervisor.pids()[0]));
  assert.equal(await bench.get(), "200 two");
  assert.equal(bench.clock.slept.filter((milliseconds) => milliseconds === 500).length, 1);
  assert.ok(bench.logger.lines.includes("error marathon_lb: HAProxy exited unexpectedly, exit code 137"));
});

test("leaves no worker behind when the master was killed", async (bench) => {
  await bench.answer("one");
  const supervisor = bench.supervisor();
  await supervisor.start(limit());
  const before = supervisor.pids();
  process.kill(before[0]!, "SIGKILL");
  await bench.until(() => supervisor.pids().length === 2 && supervisor.pids()[0] !== before[0]);
  assert.deepEqual(bench.processes().filter((pid) => before.includes(pid)), []);
  assert.ok(bench.logger.lines.includes("error marathon_lb: HAProxy exited unexpectedly, killed by SIGKILL"));
});

test("doubles the pause while HAProxy does not come up", async (bench) => {
  await bench.answer("one");
  const supervisor = bench.supervisor();
  await supervisor.start(limit());
  await bench.configure("bogus");
  process.kill(supervisor.pids()[0]!, "SIGKILL");
  await bench.until(() => bench.clock.slept.includes(1000));
  const refused = await supervisor.reload();
  assert.ok(!refused.ok);
  assert.match(refused.reason, /not running/);
  await bench.answer("two");
  await bench.until(() => supervisor.pids().length === 2);
  assert.equal(await bench.get(), "200 two");
  assert.ok(bench.logger.lines.some((line) => line.startsWith("error marathon_lb: HAProxy did not start")));
});

test("stops during the pause before a start", async (bench) => {
  await bench.answer("one");
  const supervisor = bench.supervisor();
  await supervisor.start(limit());
  process.kill(supervisor.pids()[0]!, "SIGKILL");
  await bench.until(() => bench.clock.slept.includes(500));
  await supervisor.stop();
  assert.deepEqual(bench.processes(), []);
});

test("stops during a start", async (bench) => {
  await bench.answer("one");
  const supervisor = bench.supervisor();
  const start = supervisor.start(limit());
  await bench.until(() => bench.processes().length > 0);
  const stop = supervisor.stop();
  await Promise.allSettled([start, stop]);
  await stop;
  assert.deepEqual(bench.processes(), []);
});

test("stops during a reload, once that is over", async (bench) => {
  const more = Array.from({ length: 2000 }, (_, i) => `backend b${i}\n  server s 127.0.0.1:1`).join("\n");
  await bench.configure("http-request return status 200", { more });
  const supervisor = bench.supervisor();
  await supervisor.start(limit());
  const reload = supervisor.reload();
  await bench.until(() => bench.logger.lines.some((line) => line.includes("Reloading HAProxy")));
  const waiting = supervisor.reload();
  await supervisor.stop();
  assert.ok((await reload).ok);
  assert.deepEqual({ ...await waiting, milliseconds: 0 }, {
    ok: false,
    reason: "HAProxy is being stopped",
    milliseconds: 0,
  });
  assert.deepEqual(bench.processes(), []);
  assert.ok(bench.logger.lines.includes("info marathon_lb: HAProxy has stopped"), "softly");
});

test("leaves HAProxy running for the next supervisor, once a reload is over", async (bench) => {
  await bench.answer("one");
  const supervisor = bench.supervisor();
  await supervisor.start(limit());
  const pids = supervisor.pids();
  await bench.answer("two");
  const reload = supervisor.reload();
  await bench.until(() => bench.logger.lines.some((line) => line.includes("Reloading HAProxy")));
  await supervisor.leave();
  assert.ok((await reload).ok);
  const refused = await supervisor.reload();
  assert.deepEqual(refused, { ok: false, reason: "HAProxy is left to the next start", milliseconds: 0 });
  assert.equal(await bench.get(), "200 two");

  const next = bench.supervisor();
  assert.ok(await next.adopt(limit()));
  assert.equal(next.pids()[0], pids[0]);
  await next.stop();
  assert.deepEqual(bench.processes(), []);
});

/** A task that leaves its requests open until the test answers them. */
async function slowTask() {
  const requests: ServerResponse[] = [];
  const server = createServer((_, response) => void requests.push(response));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  return {
    requests,
    rules: "default_backend task",
    more: `backend task\n  server task 127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

test("lets requests under way end when it stops", async (bench) => {
  await using task = await slowTask();
  await bench.configure(task.rules, task);
  const supervisor = bench.supervisor();
  await supervisor.start(limit());
  const answer = bench.get();
  await bench.until(() => task.requests.length === 1);
  const stop = supervisor.stop();
  await bench.until(() => refusesConnections(bench.url));
  task.requests[0]!.end("done");
  assert.equal(await answer, "200 done");
  await stop;
  assert.ok(bench.logger.lines.includes("info marathon_lb: HAProxy has stopped"));
});

test("cuts requests that do not end within the shutdown time-out", async (bench) => {
  await using task = await slowTask();
  await bench.configure(task.rules, task);
  const supervisor = bench.supervisor({ shutdownTimeout: 300 });
  await supervisor.start(limit());
  const answer = bench.get();
  await bench.until(() => task.requests.length === 1);
  await Promise.all([assert.rejects(answer), supervisor.stop()]);
  assert.deepEqual(bench.processes(), []);
  assert.ok(bench.clock.slept.includes(300));
});

test("stops at once when it is killed while it stops", async (bench) => {
  await using task = await slowTask();
  await bench.configure(task.rules, task);
  const supervisor = bench.supervisor({ shutdownTimeout: 600_000 });
  await supervisor.start(limit());
  const answer = bench.get();
  await bench.until(() => task.requests.length === 1);
  const stop = supervisor.stop();
  await Promise.all([assert.rejects(answer), supervisor.kill(), stop]);
  assert.deepEqual(bench.processes(), []);
});

test("counts old workers that still drain", async (bench) => {
  await using task = await slowTask();
  await bench.configure(task.rules, task);
  const supervisor = bench.supervisor();
  await supervisor.start(limit());
  const answer = bench.get();
  await bench.until(() => task.requests.length === 1);
  assert.ok((await supervisor.reload()).ok);
  assert.equal(supervisor.pids().length, 3);
  task.requests[0]!.end("done");
  assert.equal(await answer, "200 done");
  await bench.until(() => supervisor.pids().length === 2);
});

test("keeps the state of the servers over a reload", async (bench) => {
  const serverStateFile = bench.path("state");
  const config = {
    global: `server-state-file ${serverStateFile}`,
    more: "backend task\n  load-server-state-from-file global\n  server task 127.0.0.1:1 weight 100",
  };
  await bench.configure("default_backend task", config);
  const supervisor = bench.supervisor({ serverStateFile });
  await supervisor.start(limit());
  await supervisor.socket.command(
    toWorker("serving", socketCommand`set server task/task state drain`),
    limit(),
  );
  const drained = /^\d+ task 1 task 127\.0\.0\.1 2 [18] /m;
  for (let reload = 0; reload < 2; reload++) {
    // After a failed reload the worker is an old one to HAProxy 3.1 and later.
    await bench.configure("bogus");
    assert.ok(!(await supervisor.reload()).ok);
    await bench.configure("default_backend task", config);
    assert.ok((await supervisor.reload()).ok);
    assert.match(
      await supervisor.socket.command(toWorker("serving", socketCommand`show servers state`), limit()),
      drained,
    );
  }
  assert.match(await readFile(serverStateFile, "utf8"), drained);
  assert.ok(await gone(`${serverStateFile}.tmp`));
});

test("reloads without the state of the servers when it cannot be saved", async (bench) => {
  await bench.answer("one");
  const serverStateFile = bench.path("no/such/directory/state");
  const supervisor = bench.supervisor({ serverStateFile });
  await supervisor.start(limit());
  assert.ok((await supervisor.reload()).ok);
  assert.ok(bench.logger.lines.some((line) => /^warning marathon_lb: The state .* ENOENT/.test(line)));
});

test("stops an HAProxy that an earlier supervisor left behind", async (bench) => {
  await bench.answer("old");
  const { configFile, haproxy: path } = bench;
  const masterSocket = bench.path("master.sock");
  const left = await spawnMaster({ path, configFile, masterSocket, env: {} }, () => {});
  await waitUntilReady(new MasterSocket(masterSocket, bench), bench.clock, limit());
  await bench.answer("new");
  const supervisor = bench.supervisor();
  await supervisor.start(limit());
  assert.equal(await bench.get(), "200 new");
  assert.deepEqual(await left.exited, { code: 0, signal: null }, "softly");
  assert.ok(bench.logger.lines.includes(
    `warning marathon_lb: HAProxy of an earlier start still runs (process ${left.pid}): stopping it softly`,
  ));
});

/** A HAProxy as a supervisor leaves it behind when it is killed. */
async function leaveBehind(bench: TestBench, options: Partial<HaproxyCommand> = {}): Promise<HaproxyMaster> {
  const { configFile, haproxy: path } = bench;
  const command = { path, configFile, masterSocket: bench.path("master.sock"), env: {}, ...options };
  const master = await spawnMaster(command, () => {});
  await waitUntilReady(new MasterSocket(command.masterSocket, bench), bench.clock, limit());
  return master;
}

test("adopts an HAProxy that was left behind, reloads it and stops it", async (bench) => {
  await bench.answer("old");
  const left = await leaveBehind(bench);
  const supervisor = bench.supervisor();
  await bench.answer("new");
  assert.ok(await supervisor.adopt(limit()));
  assert.equal(await bench.get(), "200 old");
  assert.deepEqual(supervisor.pids().length, 2);
  assert.ok((await supervisor.reload()).ok);
  await bench.until(async () => await bench.get() === "200 new");
  assert.equal(supervisor.pids()[0], left.pid);
  await bench.configure("bogus");
  assert.ok(!(await supervisor.reload()).ok);
  await supervisor.stop();
  assert.deepEqual(await left.exited, { code: 0, signal: null }, "softly");
  assert.deepEqual(bench.processes(), []);
});

test("restarts HAProxy when an adopted one was killed", async (bench) => {
  await bench.answer("one");
  const left = await leaveBehind(bench);
  const supervisor = bench.supervisor();
  assert.ok(await supervisor.adopt(limit()));
  const before = supervisor.pids();
  process.kill(left.pid, "SIGKILL");
  await bench.until(() => supervisor.pids().length === 2 && supervisor.pids()[0] !== left.pid);
  assert.equal(await bench.get(), "200 one");
  assert.deepEqual(bench.processes().filter((pid) => before.includes(pid)), []);
  assert.ok(bench.clock.slept.includes(500));
});

test("adopts nothing where there is nothing", async (bench) => {
  await bench.answer("one");
  assert.equal(await bench.supervisor().adopt(limit()), false);
  assert.deepEqual(bench.logger.lines, []);
});

const strangers: [
  what: string,
  reason: RegExp,
  options: (bench: TestBench) => Promise<Partial<HaproxyCommand>>,
][] = [
  ["of another executable", /it runs another executable than /, async (bench) => {
    const path = bench.path("haproxy-of-old");
    await copyFile(bench.haproxy, path);
    return { path };
  }],
  [
    "with another control socket",
    /its environment has another MARATHON_LB_CONTROL_SOCKET$/,
    () => Promise.resolve({ env: { MARATHON_LB_CONTROL_SOCKET: "/elsewhere" } }),
  ],
  [
    "with another variable that the file reads",
    /its environment has another GREETING$/,
    () => Promise.resolve({ env: { GREETING: "hi", UNUSED: "1" } }),
  ],
  ["of another file", /it reads \S*other\.cfg$/, async (bench) => {
    const configFile = bench.path("other.cfg");
    await copyFile(bench.configFile, configFile);
    return { configFile };
  }],
];
for (const [what, reason, options] of strangers) {
  test(`does not adopt an HAProxy ${what}, but replaces it`, async (bench) => {
    await bench.configure(
      'http-request return status 200 lf-string "%[env(GREETING)]" content-type text/plain',
    );
    const left = await leaveBehind(bench, await options(bench));
    const supervisor = bench.supervisor({ env: { GREETING: "hello" } });
    assert.equal(await supervisor.adopt(limit()), false);
    assert.match(
      bench.logger.lines[0]!,
      /^warning marathon_lb: Cannot adopt the HAProxy of an earlier start \(process \d+\): /,
    );
    assert.match(bench.logger.lines[0]!, reason);
    await supervisor.start(limit());
    assert.equal(await bench.get(), "200 hello");
    assert.deepEqual(await left.exited, { code: 0, signal: null }, "softly");
  });
}

test("a reload asked for while HAProxy comes up is made when it is there", async (bench) => {
  const more = Array.from({ length: 2000 }, (_, i) => `backend b${i}\n  server s 127.0.0.1:1`).join("\n");
  await bench.configure("http-request return status 200", { more });
  const supervisor = bench.supervisor();
  const start = supervisor.start(limit());
  await bench.until(() => bench.processes().length > 0);
  const reload = supervisor.reload();
  assert.ok((await reload).ok);
  await start;
  assert.equal(await reloads(supervisor), 1);
});

test("passes its environment on to HAProxy, and nothing else", async (bench) => {
  await bench.configure(
    'http-request return status 200 content-type text/plain lf-string "%[env(GREETING)],%[env(HOME)]"',
  );
  const supervisor = bench.supervisor({ env: { GREETING: "hello" } });
  await supervisor.start(limit());
  assert.equal(await bench.get(), "200 hello,");
});
