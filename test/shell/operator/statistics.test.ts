import assert from "node:assert/strict";
import type { SocketCommand } from "../../../lib/core/haproxy/socketCommand.ts";
import { Statistics } from "../../../lib/shell/operator/statistics.ts";
import { FakeClock } from "../../support/FakeClock.ts";

const head = "# pxname,svname,scur,status,act,bck,iid,rate\n";

/** A HAProxy with these backends, by their numbers, which has one server in each. */
function bench(backends: Record<number, string>) {
  const clock = new FakeClock();
  const asked: string[] = [];
  const haproxy = { backends };
  const answer = (command: SocketCommand) => {
    asked.push(command);
    const [, , id, types] = command.split(" ").map(Number);
    return head + Object.entries(haproxy.backends).filter(([number]) => id === -1 || Number(number) === id)
      .map(([number, name]) =>
        (types! & 4 ? `${name},s,1,UP,1,0,${number},7\n` : "") + `${name},BACKEND,1,UP,1,0,${number},7\n`
      ).join("");
  };
  const statistics = new Statistics({ clock, ask: (commands) => Promise.resolve(commands.map(answer)) });
  return { statistics, haproxy, clock, asked };
}

Deno.test("Statistics: asks for what is looked at only, by the numbers that it learns once", async () => {
  const { statistics, asked } = bench({ 4: "a", 7: "b", 9: "c" });
  assert.deepEqual(asked, [], "nothing before somebody looks");
  const rows = await statistics.backends(["b"]);
  assert.deepEqual([...rows.keys()], ["b"]);
  assert.deepEqual(asked.splice(0), ["show stat -1 2 -1", "show stat 7 2 -1"]);
  const servers = await statistics.servers(["a", "c"]);
  assert.deepEqual(
    [...servers].map(([name, rows]) => [name, rows.map(({ server, rate }) => `${server} ${rate}`)]),
    [
      ["a", ["s 7"]],
      ["c", ["s 7"]],
    ],
  );
  assert.deepEqual(asked.splice(0), ["show stat 4 6 -1", "show stat 9 6 -1"]);
  assert.deepEqual([...await statistics.backends([])], []);
  assert.deepEqual(asked, []);
});

Deno.test("Statistics: learns the numbers again after a reload, which gives them to others", async () => {
  const { statistics, haproxy, asked } = bench({ 4: "a", 7: "b" });
  await statistics.backends(["a"]);
  haproxy.backends = { 4: "b", 5: "a" };
  asked.length = 0;
  assert.deepEqual([...(await statistics.backends(["a"])).values()].map(({ id }) => id), [5]);
  assert.deepEqual(asked, ["show stat 4 2 -1", "show stat -1 2 -1", "show stat 5 2 -1"]);
});

Deno.test("Statistics: a backend that HAProxy does not have is looked for every few seconds at most", async () => {
  const { statistics, haproxy, clock, asked } = bench({ 4: "a" });
  assert.deepEqual([...(await statistics.backends(["a", "new"])).keys()], ["a"]);
  asked.length = 0;
  assert.deepEqual([...(await statistics.backends(["a", "new"])).keys()], ["a"]);
  assert.deepEqual(asked.splice(0), ["show stat 4 2 -1"]);
  haproxy.backends = { 4: "a", 5: "new" };
  await clock.advance(3_000);
  assert.deepEqual([...(await statistics.backends(["a", "new"])).keys()], ["a", "new"]);
});

Deno.test("Statistics: the rows of all are kept for a few seconds", async () => {
  const { statistics, clock, asked } = bench({ 4: "a", 7: "b" });
  await Promise.all([statistics.all(), statistics.all()]);
  assert.deepEqual([...(await statistics.all()).keys()], ["a", "b"]);
  assert.equal(asked.length, 1);
  await clock.advance(3_000);
  await statistics.all();
  assert.equal(asked.length, 2);
});

Deno.test("Statistics: a HAProxy that does not answer is an error, and the next question is asked all the same", async () => {
  const clock = new FakeClock();
  let down = true;
  const ask = (commands: readonly SocketCommand[]) =>
    down
      ? Promise.reject(new Error("refused"))
      : Promise.resolve(commands.map(() => `${head}a,BACKEND,1,UP,1,0,1,7\n`));
  const statistics = new Statistics({ clock, ask });
  await assert.rejects(statistics.backends(["a"]), /refused/);
  down = false;
  assert.deepEqual([...(await statistics.backends(["a"])).keys()], ["a"]);
});

Deno.test("Statistics: rows of some seconds are shown while HAProxy is asked for newer ones, older ones are not", async () => {
  const { statistics, haproxy, clock } = bench({ 4: "a" });
  await statistics.all();
  haproxy.backends = { 4: "a", 5: "new" };
  await clock.advance(3_000);
  assert.deepEqual([...(await statistics.all()).keys()], ["a"]);
  // What was asked for meanwhile comes first.
  await statistics.backends(["a"]);
  assert.deepEqual([...(await statistics.all()).keys()], ["a", "new"]);
  haproxy.backends = { 5: "new" };
  await clock.advance(10_000);
  assert.deepEqual([...(await statistics.all()).keys()], ["new"]);
});
