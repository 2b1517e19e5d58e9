import assert from "node:assert/strict";
import { readStatistics, showAllBackends, showServers } from "../../../lib/core/haproxy/statistics.ts";

/** Columns of HAProxy 2.6 in its order, with some in between that are not read. */
const head =
  "# pxname,svname,qcur,qmax,scur,econ,eresp,wretr,status,weight,act,bck,lastchg,iid,sid,rate,check_status," +
  "check_code,hrsp_5xx,last_chk,last_agt,-,ssl_sess,\n";

Deno.test("readStatistics: backends and servers with the columns that are used", () => {
  const answer = head +
    "shop_10001,127_0_0_1_31001,1,9,2,3,4,0,UP,1,1,0,57,7,1,12,L7OK,200,5,OK,,-,0,\n" +
    "shop_10001,BACKEND,0,0,2,0,0,0,UP,1,1,1,57,7,0,12,,,0,,,-,0,\n\n";
  const [server, backend, ...more] = [...readStatistics(answer)];
  assert.deepEqual(server, {
    id: 7,
    backend: "shop_10001",
    server: "127_0_0_1_31001",
    status: "UP",
    check: "L7OK/200",
    said: "OK",
    sessions: 2,
    total: 0,
    rate: 12,
    errors: 12,
    weight: 1,
    queue: 1,
    active: 1,
    since: 57,
  });
  assert.deepEqual([backend!.server, backend!.active, "check" in backend!], ["BACKEND", 2, false]);
  assert.deepEqual(more, []);
});

Deno.test("readStatistics: a text in quotes with commas, quotes and a line feed", () => {
  const answer = head + 'a,s,0,0,0,0,0,0,DOWN,1,1,0,1,7,1,0,L4CON,,0,"said ""no"", then\nnothing",,-,0,\n' +
    "a,t,0,0,0,0,0,0,no check,1,1,0,1,7,2,0,,,0,,,-,0,\n";
  assert.deepEqual([...readStatistics(answer)].map(({ server, status, said }) => [server, status, said]), [
    ["s", "DOWN", 'said "no", then\nnothing'],
    ["t", "no check", undefined],
  ]);
});

for (const answer of ["", "No such proxy.\n", "# pxname,svname", "# a,b\n1,2\n"]) {
  Deno.test(`readStatistics: nothing in ${JSON.stringify(answer)}`, () => {
    assert.deepEqual([...readStatistics(answer)], []);
  });
}

Deno.test("readStatistics: a row that is cut off, and columns of another order", () => {
  assert.deepEqual(
    [...readStatistics("# status,svname,pxname,\nUP,s,b,\nDOWN,t")].map(({ server }) => server),
    ["s"],
  );
  const [row] = readStatistics("# rate,status,svname,pxname\n5,UP,s,b\n");
  assert.deepEqual([row!.backend, row!.rate, row!.active], ["b", 5, 0]);
});

Deno.test("showServers, showAllBackends: the commands name types by their bits", () => {
  assert.equal(showServers(12), "show stat 12 6 -1");
  assert.equal(showAllBackends(), "show stat -1 2 -1");
});
