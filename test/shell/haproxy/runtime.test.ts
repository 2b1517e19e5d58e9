import assert from "node:assert/strict";
import { socketCommand } from "../../../lib/core/haproxy/socketCommand.ts";
import process from "node:process";
import fc from "fast-check";
import { parseShowProc } from "../../../lib/core/haproxy/answers.ts";
import { runtimeCommands, serverKey } from "../../../lib/core/plan/plan.ts";
import { limit } from "./support/TestBench.ts";
import { RuntimeBench } from "./support/RuntimeBench.ts";
import { Upstream } from "./support/Upstream.ts";
import { FakeClock } from "../../support/FakeClock.ts";
import { eventually } from "../../../tools/harness/eventually.ts";

Deno.test("HaproxyRuntime: a server that is added takes its share, beside those in the file", async () => {
  await using a = await Upstream.listen("a");
  await using b = await Upstream.listen("b");
  await RuntimeBench.use({ app: a.line(1) }, async (bench) => {
    await bench.update({ app: a.line(1) + b.line(2) });
    assert.deepEqual(await bench.answers("app"), { a: 5, b: 5 });
  });
});

Deno.test("HaproxyRuntime: a backend without any server gets its first", async () => {
  await using a = await Upstream.listen("a");
  await RuntimeBench.use({ app: "" }, async (bench) => {
    await bench.update({ app: a.line(1, "check inter 10s fall 3") });
    assert.deepEqual(await bench.answers("app"), { a: 10 });
  });
});

Deno.test("HaproxyRuntime: a server that is removed gets no traffic, waits, and comes back as it was", async () => {
  await using a = await Upstream.listen("a");
  await using b = await Upstream.listen("b");
  const [both, one] = [a.line(1) + b.line(2), a.line(1)];
  await RuntimeBench.use({ app: both }, async (bench) => {
    await bench.update({ app: one });
    assert.deepEqual(await bench.answers("app"), { a: 10 });
    assert.deepEqual([...bench.leftovers.keys()], [serverKey("app", { name: "b" })]);

    const { plan } = bench.runtimePlan({ app: both });
    assert.deepEqual(plan.changes.map(({ kind }) => kind), ["return"]);
    await bench.update({ app: both });
    assert.deepEqual(await bench.answers("app"), { a: 5, b: 5 });
    assert.equal(bench.leftovers.size, 0);
  });
});

Deno.test("HaproxyRuntime: a removed server is deleted once it is idle (HAProxy 3.0), and added when it comes back", async () => {
  await using a = await Upstream.listen("a");
  await using b = await Upstream.listen("b");
  const [both, one] = [a.line(1) + b.line(2), a.line(1)];
  await RuntimeBench.use({ app: both }, async (bench) => {
    assert.deepEqual(await bench.answers("app"), { a: 5, b: 5 });
    const inService = ["app/a"];
    assert.deepEqual(await bench.runtime.delete(inService, limit()), [], "it is not in maintenance");
    await bench.update({ app: one });
    if (!bench.runtime.abilities.deletesServers) {
      assert.deepEqual(await bench.deleteRemoved(), []);
      assert.deepEqual([...bench.leftovers.keys()], ["app/b"]);
      return;
    }
    assert.deepEqual(await bench.deleteRemoved(), ["app/b"]);
    assert.equal(bench.leftovers.size, 0);
    assert.deepEqual(Object.keys(await bench.states("app", "srv_id")), ["a"]);
    assert.deepEqual(await bench.runtime.delete(["app/b"], limit()), ["app/b"], "it is not there any more");
    const { plan } = bench.runtimePlan({ app: both });
    assert.deepEqual(plan.changes.map(({ kind }) => kind), ["add"]);
    await bench.update({ app: both });
    assert.deepEqual(await bench.answers("app"), { a: 5, b: 5 });
    // As another one, which needs a reload where the first one waits.
    await bench.update({ app: one });
    await bench.deleteRemoved();
    await bench.update({ app: a.line(1) + b.line(2, "weight 5") });
    assert.deepEqual(await bench.states("app", "srv_uweight"), { a: ["1"], b: ["5"] });
  });
});

Deno.test("HaproxyRuntime: a HAProxy that does not answer has deleted nothing for certain", async () => {
  await RuntimeBench.use({ app: "" }, async (bench) => {
    await bench.supervisor.stop();
    assert.deepEqual(await bench.runtime.delete(["app/b"], limit()), []);
  });
});

Deno.test("HaproxyRuntime: a server that comes back as another one needs a reload, which forgets it", async () => {
  await using a = await Upstream.listen("a");
  await using b = await Upstream.listen("b");
  await RuntimeBench.use({ app: a.line(1) + b.line(2) }, async (bench) => {
    await bench.update({ app: a.line(1) });
    const other = { app: a.line(1) + b.line(2, "weight 5") };
    const { plan } = bench.plan(other);
    assert.ok(plan.kind === "reload");
    assert.match(plan.why ?? "", /server b comes back as another one in backend app/);
    await bench.reload(other);
    assert.equal(bench.leftovers.size, 0);
    assert.deepEqual(await bench.states("app", "srv_admin_state", "srv_uweight"), {
      a: ["0", "1"],
      b: ["0", "5"],
    });
  });
});

Deno.test("HaproxyRuntime: a server drains and comes back", async () => {
  await using a = await Upstream.listen("a");
  await using b = await Upstream.listen("b");
  const together = { app: a.line(1) + b.line(2) };
  await RuntimeBench.use(together, async (bench) => {
    await bench.update({ app: a.line(1, "disabled") + b.line(2) });
    assert.deepEqual(await bench.answers("app"), { b: 10 });
    await bench.update(together);
    assert.deepEqual(await bench.answers("app"), { a: 5, b: 5 });
  });
});

Deno.test("HaproxyRuntime: a server may come draining, and drain before it goes and after it returns", async () => {
  await using a = await Upstream.listen("a");
  await using b = await Upstream.listen("b");
  await RuntimeBench.use({ app: a.line(1) }, async (bench) => {
    for (const line of ["disabled", "", "disabled", undefined, "disabled", undefined, ""]) {
      await bench.update({ app: a.line(1) + (line === undefined ? "" : b.line(2, line)) });
      assert.deepEqual(await bench.answers("app"), line === "" ? { a: 5, b: 5 } : { a: 10 }, `b ${line}`);
    }
  });
});

Deno.test("HaproxyRuntime: a reload leaves in maintenance what its file says, whatever was done by commands before", async () => {
  await using a = await Upstream.listen("a");
  await using b = await Upstream.listen("b");
  const lines = ["", "disabled", undefined];
  /** What `b` is when HAProxy is started, after commands, after a reload, and after commands again. */
  const cases = lines.flatMap((one) => lines.flatMap((two) => lines.map((three) => [one, two, three])))
    .filter(([one, two]) => one !== two)
    .map((lines) => [...lines, lines[2] === "" ? "disabled" : ""]);
  const backends = (step: number) =>
    Object.fromEntries(cases.map((lines, index) => {
      const line = lines[step];
      return [`case${index}`, a.line(1) + (line === undefined ? "" : b.line(2, line))];
    }));
  await RuntimeBench.use(backends(0), async (bench) => {
    for (const step of [0, 1, 2, 3]) {
      if (step === 2) await bench.reload(backends(step));
      else if (step > 0) await bench.update(backends(step));
      for (const [index, lines] of cases.entries()) {
        const seen = await bench.answers(`case${index}`, 4);
        assert.deepEqual(seen, lines[step] === "" ? { a: 2, b: 2 } : { a: 4 }, `step ${step} of ${lines}`);
      }
    }
  });
});

/** What the answer of a slow server becomes when its backend changes meanwhile. */
async function answerOver(line: string, change: (bench: RuntimeBench, slow: Upstream) => Promise<void>) {
  await using slow = await Upstream.listen("slow");
  const held = Promise.withResolvers<void>();
  slow.ready = held.promise;
  let answer: Promise<string> | undefined;
  await RuntimeBench.use({ app: slow.line(1, line) }, async (bench) => {
    answer = bench.bench.get("/app");
    await eventually(() => slow.requests === 1);
    await change(bench, slow);
    held.resolve();
    await answer;
  });
  return await answer;
}

Deno.test("HaproxyRuntime: requests under way end at the server that is removed or drains", async () => {
  for (const next of [() => "", (slow: Upstream) => slow.line(1, "disabled")]) {
    assert.equal(await answerOver("", (bench, slow) => bench.update({ app: next(slow) })), "200 slow");
  }
});

Deno.test("HaproxyRuntime: they do too where HAProxy would end them, because that takes a reload", async () => {
  const option = "on-marked-down shutdown-sessions";
  const answer = await answerOver(option, async (bench, slow) => {
    for (const app of ["", slow.line(1, `disabled ${option}`)]) {
      const { plan } = bench.plan({ app });
      assert.ok(plan.kind === "reload");
      assert.equal(plan.why, "on-marked-down would end requests in backend app");
    }
    await bench.reload({ app: "" });
  });
  assert.equal(answer, "200 slow");
});

Deno.test("HaproxyRuntime: a server with a cookie is added where HAProxy can, from 3.0 on", async () => {
  await using a = await Upstream.listen("a");
  await using b = await Upstream.listen("b");
  const sticky = "  cookie id insert indirect nocache\n";
  const backends = [a.line(1, "cookie one"), a.line(1, "cookie one") + b.line(2, "check cookie two")].map((
    lines,
  ) => ({
    app: sticky + lines,
  }));
  await RuntimeBench.use(backends[0]!, async (bench) => {
    if (bench.runtime.abilities.dynamicCookies) await bench.update(backends[1]!);
    else {
      const { plan } = bench.plan(backends[1]!);
      assert.ok(plan.kind === "reload");
      assert.match(plan.why ?? "", /a server with cookie cannot be added/);
      await bench.reload(backends[1]!);
    }
    for (const [value, name] of [["one", "a"], ["two", "b"]]) {
      const headers = { cookie: `id=${value}`, connection: "close" };
      const answers = await Promise.all(
        [1, 2, 3].map(() => fetch(`${bench.bench.url}/app`, { headers, signal: limit() })),
      );
      assert.deepEqual(await Promise.all(answers.map((answer) => answer.text())), [name, name, name]);
    }
  });
});

Deno.test("HaproxyRuntime: a reload takes an added server over without complaint, with its id and its health", async () => {
  await using a = await Upstream.listen("a");
  await using b = await Upstream.listen("b");
  b.healthy = false;
  const head = "  option httpchk GET /health\n";
  const both = { app: head + a.line(1) + b.line(77, "check inter 50ms fall 1") };
  await RuntimeBench.use({ app: head + a.line(1) }, async (bench) => {
    await bench.update(both);
    await eventually(async () => (await bench.states("app", "srv_op_state")).b![0] === "0");
    const lines = bench.bench.logger.lines.length;
    await bench.reload(both);
    assert.deepEqual(await bench.states("app", "srv_id", "srv_op_state", "srv_admin_state"), {
      a: ["1", "2", "0"],
      b: ["77", "0", "0"],
    });
    const said = bench.bench.logger.lines.slice(lines)
      .filter((line) => /server-state|config :|parsing|ALERT/.test(line));
    assert.deepEqual(said.filter((line) => !line.includes("is DOWN, changed from server-state")), []);
  });
});

Deno.test("HaproxyRuntime: entries of a map come, change and go", async () => {
  await using a = await Upstream.listen("a");
  await using b = await Upstream.listen("b");
  const backends = { one: a.line(1), two: b.line(1) };
  await RuntimeBench.use(backends, async (bench) => {
    const get = (host: string) =>
      new Promise<string>((resolve, reject) => {
        import("node:http").then(({ get }) =>
          get({ port: bench.bench.port, host: "127.0.0.1", headers: { host }, agent: false }, (response) => {
            let text = `${response.statusCode} `;
            response.setEncoding("utf8").on("data", (piece) => text += piece).on("end", () => resolve(text));
          }).on("error", reject)
        );
      });
    assert.match(await get("x.test"), /^503/);
    await bench.update(backends, "x.test one\ny.test two\n");
    assert.deepEqual([await get("x.test"), await get("y.test")], ["200 a", "200 b"]);
    await bench.update(backends, "x.test two\n");
    assert.equal(await get("x.test"), "200 b");
    assert.match(await get("y.test"), /^503/);
  });
});

Deno.test("HaproxyRuntime: an unexpected answer is reported", async () => {
  await using a = await Upstream.listen("a");
  await using b = await Upstream.listen("b");
  const without = (line: string) => line.replace(/ id \d+/, "");
  for (
    const [second, expected] of [
      // Which of the two HAProxy finds first depends on its version.
      [b.line(2), /'id' : custom id 2 already used|Already exists a server with the same name in backend/],
      [without(b.line(2)), /Already exists a server with the same name in backend/],
    ] as const
  ) {
    await RuntimeBench.use({ app: a.line(1) }, async (bench) => {
      const { plan } = bench.runtimePlan({ app: a.line(1) + second });
      assert.ok((await bench.runtime.update(plan, limit())).ok);
      const outcome = await bench.runtime.update(plan, limit());
      assert.ok(!outcome.ok);
      assert.match(outcome.reason, expected);
      assert.match(outcome.reason, /to "add server app\/b /);
    });
  }
});

Deno.test("HaproxyRuntime: a backend that HAProxy does not have is reported", async () => {
  await using a = await Upstream.listen("a");
  await RuntimeBench.use({ app: a.line(1) }, async (bench) => {
    const { plan } = bench.runtimePlan({ app: a.line(1) + a.line(2).replace(" a ", " b ") });
    const elsewhere = plan.changes.map((change) => ({ ...change, backend: "other" }));
    const commands = runtimeCommands({ changes: elsewhere, maps: [] }, bench.bench.directory);
    const outcome = await bench.runtime.update({ ...plan, changes: elsewhere, commands }, limit());
    assert.ok(!outcome.ok);
    assert.match(outcome.reason, /No such backend/);
  });
});

Deno.test("HaproxyRuntime: a worker that differs from the plan afterwards is reported", async () => {
  await using a = await Upstream.listen("a");
  await using b = await Upstream.listen("b");
  await RuntimeBench.use({ app: a.line(1) + b.line(2) }, async (bench) => {
    const { plan } = bench.runtimePlan({ app: a.line(1, "disabled") + b.line(2) });
    await bench.ask(socketCommand`set server app/b addr 127.0.0.9`);
    const outcome = await bench.runtime.update(plan, limit());
    assert.ok(!outcome.ok);
    assert.match(outcome.reason, /backend app is not as it should be: server b is at 127\.0\.0\.9/);
  });
});

Deno.test("HaproxyRuntime: a master socket without a listener is reported", async () => {
  await using a = await Upstream.listen("a");
  await RuntimeBench.use({ app: a.line(1) }, async (bench) => {
    const { plan } = bench.runtimePlan({ app: "" });
    await bench.supervisor.kill();
    const outcome = await bench.runtime.update(plan, limit());
    assert.ok(!outcome.ok);
    assert.match(outcome.reason, /master socket .*master\.sock: (ECONNREFUSED|ENOENT)/);
  });
});

Deno.test("HaproxyRuntime: a worker that is killed meanwhile is reported", async () => {
  await using a = await Upstream.listen("a");
  await RuntimeBench.use({ app: a.line(1) }, async (bench) => {
    const { plan } = bench.runtimePlan({ app: "" });
    const [worker] = workersOf(bench);
    process.kill(worker!, "SIGSTOP");
    const outcome = bench.runtime.update(plan, limit());
    process.kill(worker!, "SIGKILL");
    const ended = await outcome;
    assert.ok(!ended.ok);
    assert.match(ended.reason, /master socket .* answered 0 of 2 commands|ECONN|ENOENT|EPIPE/);
  });
});

Deno.test("HaproxyRuntime: a worker that hangs is given up after ten seconds", async () => {
  await using a = await Upstream.listen("a");
  const clock = new FakeClock();
  await RuntimeBench.use({ app: a.line(1) }, async (bench) => {
    const { plan } = bench.runtimePlan({ app: "" });
    const [worker] = workersOf(bench);
    process.kill(worker!, "SIGSTOP");
    const outcome = bench.runtime.update(plan, limit());
    await clock.advance(10_000);
    const ended = await outcome;
    assert.ok(!ended.ok);
    assert.match(ended.reason, /did not answer 2 commands within 10000 ms/);
    process.kill(worker!, "SIGCONT");
  }, clock);
});

Deno.test("HaproxyRuntime: a thousand changes in one session", async () => {
  await using a = await Upstream.listen("a");
  const line = (rank: number, host: number) =>
    `  server s${host}_${rank} 127.0.${host}.${rank + 1}:${a.port} id ${
      host * 200 + rank + 1
    } check inter 600s\n`;
  const backends = (host: number) =>
    Object.fromEntries(
      Array.from({ length: 10 }, (_, index) => [
        `app${index}`,
        Array.from({ length: 50 }, (_, rank) => line(rank, host)).join(""),
      ]),
    );
  await RuntimeBench.use(backends(1), async (bench) => {
    // The leftovers would be more than a tenth of all: these stay, and as many come.
    const next = Object.fromEntries(
      Object.entries(backends(2)).map(([name, lines]) => [name, backends(1)[name]! + lines]),
    );
    const { plan } = bench.runtimePlan(next);
    assert.equal(plan.changes.length, 500);
    await bench.update(next);
    const drained = Object.fromEntries(
      Object.entries(next).map(([name, lines]) => [name, lines.replaceAll("check", "disabled check")]),
    );
    assert.equal(bench.runtimePlan(drained).plan.changes.length, 1_000);
    await bench.update(drained);
    const states = await bench.states("app9", "srv_admin_state");
    assert.equal(Object.keys(states).length, 100);
    assert.deepEqual([...new Set(Object.values(states).flat())], ["1"]);
    await bench.update(next);
    assert.equal(
      Object.values(await bench.states("app0", "srv_admin_state")).flat().every((state) => state === "0"),
      true,
    );
  });
});

Deno.test("HaproxyRuntime: an added server is up at once, and down after its first failed check, as one in the file", async () => {
  await using filed = await Upstream.listen("filed");
  await using added = await Upstream.listen("added");
  const lines = (upstream: Upstream) =>
    `  option httpchk GET /health\n${upstream.line(1, "check inter 2s fall 3")}`;
  const app = `  option httpchk GET /health\n`;
  [filed.healthy, added.healthy] = [false, false];
  await RuntimeBench.use({ app, other: lines(filed) }, async (bench) => {
    await bench.update({ app: lines(added), other: lines(filed) });
    assert.deepEqual(await bench.states("app", "srv_op_state"), { added: ["2"] });
    for (const [backend, upstream] of [["other", filed], ["app", added]] as const) {
      const state = async () => (await bench.states(backend, "srv_op_state"))[upstream.name]![0];
      await eventually(async () => await state() === "0");
      assert.equal(upstream.checks, 1, upstream.name);
    }
  });
});

Deno.test("HaproxyRuntime: connections to an added server are kept and used again, as to one in the file", async () => {
  await using filed = await Upstream.listen("filed");
  await using added = await Upstream.listen("added");
  const reuse = "  http-reuse always\n";
  await RuntimeBench.use({ app: reuse, other: reuse + filed.line(1) }, async (bench) => {
    await bench.update({ app: reuse + added.line(1), other: reuse + filed.line(1) });
    assert.deepEqual(await bench.answers("other", 100), { filed: 100 });
    assert.deepEqual(await bench.answers("app", 100), { added: 100 });
    console.log(
      `for 100 requests: ${filed.connections} connections (in the file), ${added.connections} (added)`,
    );
    for (const { connections } of [filed, added]) assert.ok(connections <= 10, `${connections} connections`);
  });
});

/** The entries of the vhost map that HAProxy has, as lines of the file. */
async function runningMap(bench: RuntimeBench): Promise<string> {
  const [answer] = await bench.ask(socketCommand`show map ${bench.bench.path("domain2backend.map")}`);
  return answer!.split("\n").filter((line) => line !== "").map((line) => `${line.replace(/^\S+ /, "")}\n`)
    .join("");
}

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);
const pieces = [
  "a",
  "b.test",
  "/",
  "-",
  "_",
  ";",
  "@master",
  "@1",
  "hard-reload",
  " <<",
  "\\\\",
  "#",
  '"',
  "'",
  "ü",
  " x",
  "$",
  "<",
];

Deno.test(`HaproxyRuntime: whatever stands in a map, HAProxy has the file's entries or is reloaded, and its master gets no command (SEED=${seed})`, async () => {
  await using a = await Upstream.listen("a");
  const backends = { one: a.line(1), two: a.line(1) };
  const texts = fc.sample(
    fc.array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 4 }).map((parts) => parts.join("")),
    { seed, numRuns: 150 },
  );
  const known = ["e2.com;@master;hard-reload", "e6.com <<", "e8.com victim_33100", "#0", "@1", "-x"];
  let [commands, reloads] = [0, 0];
  await RuntimeBench.use(backends, async (bench) => {
    for (const text of [...known, ...texts]) {
      const file = `${text} one\n`;
      const { plan, next } = bench.plan(backends, file);
      if (plan.kind !== "runtime") {
        assert.match(plan.kind === "reload" ? plan.why ?? "" : "", /cannot stand in a command for HAProxy/);
        reloads++;
        continue;
      }
      commands++;
      assert.ok((await bench.runtime.update(plan, limit())).ok, text);
      await bench.took(next, plan);
      assert.equal(await runningMap(bench), file);
      await bench.update(backends, "");
    }
    const master = await bench.supervisor.socket.command(socketCommand`show proc`, limit());
    assert.equal(parseShowProc(master)?.master.reloads, 0);
  });
  console.log(`${commands} by commands, ${reloads} by reloads`);
  assert.ok(commands >= 10 && reloads >= 10);
});

Deno.test("HaproxyRuntime: a map that differs from the file afterwards is reported", async () => {
  await using a = await Upstream.listen("a");
  const backends = { one: a.line(1), two: a.line(1) };
  await RuntimeBench.use(backends, async (bench) => {
    const map = bench.bench.path("domain2backend.map");
    const { plan } = bench.runtimePlan(backends, "x.test one\ny.test one\n");
    await bench.ask(socketCommand`add map ${map} x.test two`);
    const outcome = await bench.runtime.update(plan, limit());
    assert.ok(!outcome.ok);
    assert.equal(outcome.reason, "domain2backend.map leads x.test to two and one instead of one");
  });
});

Deno.test("HaproxyRuntime: a server line of 65 words, which ends a worker of 2.6, is a reload", async () => {
  await using a = await Upstream.listen("a");
  await using b = await Upstream.listen("b");
  // "add server", its name and its address are four of them.
  const long = (words: number) => b.line(2, Array.from({ length: words - 6 }, () => "check").join(" "));
  await RuntimeBench.use({ app: a.line(1) }, async (bench) => {
    const { plan } = bench.plan({ app: a.line(1) + long(65) });
    assert.ok(plan.kind === "reload");
    assert.match(plan.why ?? "", /is too long for a command for HAProxy/);
    await bench.reload({ app: a.line(1) + long(65) });
    assert.deepEqual(await bench.answers("app"), { a: 5, b: 5 });
  });
});

function workersOf(bench: RuntimeBench): number[] {
  const [master] = bench.supervisor.pids();
  return bench.bench.processes().filter((pid) => pid !== master);
}
