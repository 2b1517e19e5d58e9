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
  const ask = (commands: readonly SocketCommand[]) => Promise.resolve(commands.map(answer));
  const statistics = new Statistics({ clock, ask, isBusy: () => false });
  return { statistics, haproxy, clock, asked };
}

/** The names and rates of the servers of these backends. */
async function servers(statistics: Statistics, ...names: string[]): Promise<[string, string[]][]> {
  const found = await statistics.servers(names);
  return [...found].map(([name, rows]) => [name, rows.map(({ server, rate }) => `${server} ${rate}`)]);
}

Deno.test("Statistics: asks for servers by the numbers of their backends, which it learns once", async () => {
  const { statistics, asked } = bench({ 4: "a", 7: "b", 9: "c" });
  assert.deepEqual(asked, [], "nothing before a client asks");
  assert.deepEqual(await servers(statistics, "b"), [["b", ["s 7"]]]);
  assert.deepEqual(asked.splice(0), ["show stat -1 2 -1", "show stat 7 6 -1"]);
  assert.deepEqual(await servers(statistics, "a", "c"), [["a", ["s 7"]], ["c", ["s 7"]]]);
  assert.deepEqual(asked.splice(0), ["show stat 4 6 -1", "show stat 9 6 -1"]);
  assert.deepEqual(await servers(statistics), []);
  assert.deepEqual(asked, []);
});

Deno.test("Statistics: learns the numbers again after a reload, which gives them to others", async () => {
  const { statistics, haproxy, asked } = bench({ 4: "a", 7: "b" });
  await servers(statistics, "a");
  haproxy.backends = { 4: "b", 5: "a" };
  asked.length = 0;
  assert.deepEqual(await servers(statistics, "a"), [["a", ["s 7"]]]);
  assert.deepEqual(asked, ["show stat 4 6 -1", "show stat -1 2 -1", "show stat 5 6 -1"]);
});

Deno.test("Statistics: a backend that HAProxy does not have is looked for every few seconds at most", async () => {
  const { statistics, haproxy, clock, asked } = bench({ 4: "a" });
  assert.deepEqual(await servers(statistics, "a", "new"), [["a", ["s 7"]]]);
  asked.length = 0;
  assert.deepEqual(await servers(statistics, "a", "new"), [["a", ["s 7"]]]);
  assert.deepEqual(asked.splice(0), ["show stat 4 6 -1"]);
  haproxy.backends = { 4: "a", 5: "new" };
  await clock.advance(3_000);
  assert.deepEqual(await servers(statistics, "a", "new"), [["a", ["s 7"]], ["new", ["s 7"]]]);
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
      : Promise.resolve(commands.map(() => `${head}a,s,1,UP,1,0,1,7\na,BACKEND,1,UP,1,0,1,7\n`));
  const statistics = new Statistics({ clock, ask, isBusy: () => false });
  await assert.rejects(statistics.all(), /refused/);
  await assert.rejects(statistics.servers(["a"]), /refused/);
  down = false;
  assert.deepEqual(await servers(statistics, "a"), [["a", ["s 7"]]]);
  assert.deepEqual([...(await statistics.all()).keys()], ["a"]);
});

Deno.test("Statistics: rows of some seconds are shown while HAProxy is asked for newer ones, older ones are not", async () => {
  const { statistics, haproxy, clock } = bench({ 4: "a" });
  await statistics.all();
  haproxy.backends = { 4: "a", 5: "new" };
  await clock.advance(3_000);
  assert.deepEqual([...(await statistics.all()).keys()], ["a"]);
  // What was begun meanwhile ends first.
  await clock.advance(0);
  assert.deepEqual([...(await statistics.all()).keys()], ["a", "new"]);
  haproxy.backends = { 5: "new" };
  await clock.advance(10_000);
  assert.deepEqual([...(await statistics.all()).keys()], ["new"]);
});
