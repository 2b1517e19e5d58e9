import assert from "node:assert/strict";
import { readdir, rm } from "node:fs/promises";
import { endToEnd } from "../support/endToEnd.ts";
import { request } from "../support/request.ts";
import { late, untilLate } from "./support/late.ts";
import { measure, stopwatch } from "./support/measure.ts";
import { underTraffic } from "./support/underTraffic.ts";

/** Removed while it runs: directories of the bench. */
const cases: readonly (readonly string[])[] = [["work"], ["run"], ["work", "run", "state"]];

for (const names of cases) {
  endToEnd(
    `${names.join(", ")} directory removed: it is made anew with the next change`,
    (bench) =>
      underTraffic(bench, { flags: ["--haproxy-map"] }, async ({ lb, marathon, scaleBy }) => {
        const before = await Promise.all(names.map((name) => list(bench.path(name))));
        const pids = await bench.ask("/_haproxy_getpids");
        for (const name of names) await rm(bench.path(name), { recursive: true });
        const time = stopwatch();
        await marathon.createApp(await late());
        await untilLate(bench);
        measure(`${names.join(", ")} directory removed, right again after`, time());

        // Everything HAProxy needs is there, for its next start too; and the ways back to us.
        const after = await Promise.all(names.map((name) => list(bench.path(name))));
        for (const [index, files] of before.entries()) {
          assert.deepEqual(files.filter((file) => !after[index]!.includes(file)), [], `of ${names[index]}`);
        }
        assert.equal((await request(`${bench.admin}/_mlb_health`)).status, 200);
        assert.notEqual(await bench.ask("/_haproxy_getpids"), pids, "HAProxy was not reloaded");
        assert.equal(
          (await bench.ask("/_haproxy_getpids")).split(" ")[0],
          pids.split(" ")[0],
          "another master",
        );
        await scaleBy(1);
        assert.match(await bench.ask("/_mlb_signal/hup"), /./);
        await lb.until(/triggered by .*SIGHUP/);
        assert.equal(lb.count(/HAProxy exited unexpectedly|is left out|Retrying in/), 0);
      }),
  );
}

/** The files and sockets, without what is not needed again: a master socket's lock or the archive. */
async function list(directory: string): Promise<string[]> {
  const names = await readdir(directory);
  return names.filter((name) => name !== "archive" && name !== "socket").sort();
}
