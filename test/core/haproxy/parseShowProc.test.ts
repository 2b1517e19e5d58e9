import assert from "node:assert/strict";
import { parseShowProc } from "../../../lib/core/haproxy/parseShowProc.ts";
import { servingWorker } from "../../../lib/core/haproxy/servingWorker.ts";

const head = "#<PID>          <type>          <reloads>       <uptime>        <version>      \n";

Deno.test("parseShowProc: 2.6 with old workers and a program", () => {
  const processes = parseShowProc(
    head +
      "4587            master          3 [failed: 1]   0d00h01m27s     2.6.12-1+deb12u4\n" +
      "# workers\n" +
      "5480            worker          1               0d00h00m02s     2.6.12-1+deb12u4\n" +
      "# old workers\n" +
      "4815            worker          2               0d00h01m25s     2.6.11\n" +
      "4701            worker          3               0d00h01m26s     2.6.11\n" +
      "# programs\n" +
      "4600            exporter        0               0d00h01m27s     -\n\n",
  );
  assert.deepEqual(processes, {
    master: { pid: 4587, reloads: 3, failed: 1, version: "2.6.12-1+deb12u4" },
    workers: [{ pid: 5480, reloads: 1, version: "2.6.12-1+deb12u4" }],
    oldWorkers: [{ pid: 4815, reloads: 2, version: "2.6.11" }, { pid: 4701, reloads: 3, version: "2.6.11" }],
  });
  assert.equal(servingWorker(processes!)?.pid, 5480);
});

Deno.test("parseShowProc: 3.2 after a failed reload, where the worker that serves is an old one", () => {
  const processes = parseShowProc(
    head +
      "9427            master          4 [failed: 1]   0d00h00m04s     3.2.0-e134140d2\n" +
      "# workers\n" +
      "# old workers\n" +
      "9600            worker          3               0d00h00m00s     3.2.0-e134140d2\n" +
      "9732            worker          1               0d00h00m00s     3.2.0-e134140d2\n",
  );
  assert.deepEqual(processes?.workers, []);
  assert.equal(servingWorker(processes!)?.pid, 9732);
});

Deno.test("parseShowProc: without any worker", () => {
  const processes = parseShowProc(`${head}17  master  0 [failed: 0]  0d00h00m00s  2.6.12\n# workers\n`);
  assert.equal(processes && servingWorker(processes), undefined);
  assert.equal(processes?.master.pid, 17);
});

for (const busy of ["", "\n", head, "Unknown command\n"]) {
  Deno.test(`parseShowProc: nothing in ${JSON.stringify(busy.slice(0, 20))}`, () => {
    assert.equal(parseShowProc(busy), undefined);
  });
}
