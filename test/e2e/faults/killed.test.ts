import assert from "node:assert/strict";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import type { Bench } from "../support/Bench.ts";
import { endToEnd } from "../support/endToEnd.ts";
import { Gate, type Reading } from "../support/Gate.ts";
import { late, untilLate } from "./support/late.ts";
import { measure, stopwatch } from "./support/measure.ts";
import { startMarathon, taskIds, withTraffic } from "./support/underTraffic.ts";

const flags = ["--haproxy-map"];
const tookOver = /Adopted the HAProxy of an earlier start/;

const names = async (bench: Bench) =>
  (await readdir(bench.path("work"))).filter((name) => name !== "archive").sort();

for (const reading of ["check", "load"] as const satisfies Reading[]) {
  const when = reading === "check" ? "a validation" : "a reload";
  endToEnd(
    `killed in the middle of ${when}: HAProxy serves on, the next start makes the change`,
    async (bench) => {
      const gate = await Gate.prepare(bench);
      const marathon = await startMarathon(bench);
      const lb = await bench.serve({ flags });
      const before = await names(bench);
      await withTraffic({ bench, marathon, lb }, async ({ traffic }) => {
        await gate.shut(reading);
        await marathon.createApp(await late());
        await marathon.settled();
        await gate.untilWaiting(reading);
        lb.signal("SIGKILL");
        await lb.exited;
        const { answered } = traffic;
        await gate.open(reading);
        await traffic.untilAnsweredBy(taskIds(marathon));
        assert.ok(traffic.answered > answered);

        const time = stopwatch();
        const next = bench.start({ flags });
        await next.until(tookOver);
        await next.until(/HAProxy serves/);
        await untilLate(bench);
        measure(`killed in ${when}: right again after the next start within`, time());
        await next.until(/triggered by .*a new connection to the event stream/);
        assert.deepEqual(await names(bench), before, "something was left behind");
      });
    },
  );
}

endToEnd("killed between two files of a change: the next start puts the others in place", async (bench) => {
  const marathon = await startMarathon(bench);
  const lb = await bench.serve({ flags });
  const before = await names(bench);
  await withTraffic({ bench, marathon, lb }, async ({ traffic }) => {
    lb.signal("SIGKILL");
    await lb.exited;
    // The moment after the first of the files was moved: the map is new, the configuration with its backend is not there yet.
    const config = await bench.readConfig();
    const [backend] = /^backend (web_\d+)(?: from \S+)?$/m.exec(config)!.slice(1);
    const map = bench.path("work/domain2backend.map");
    await writeFile(map, (await readFile(map, "utf8")).replaceAll(backend!, "renamed"));
    await mkdir(bench.path("work/.pending"));
    const next = config.replaceAll(backend!, "renamed");
    await writeFile(bench.path("work/.pending/2-haproxy.cfg"), next);
    // Nobody puts it right but what is on disk.
    await marathon.stopNode(0);

    const time = stopwatch();
    const again = bench.start({ flags });
    await again.until(/killed during a change: completing the change/);
    await again.until(tookOver);
    await again.until(/Reloaded .*haproxy\.cfg as it is on disk/);
    assert.equal(await bench.readConfig(), next);
    assert.deepEqual(await names(bench), before);
    await traffic.untilAnsweredBy(taskIds(marathon));
    measure("killed between two files: right again after the next start within", time());
    await marathon.startNode(0);
    await again.until(/Applied .*backend renamed removed|Applied .*renamed/);
  });
});
