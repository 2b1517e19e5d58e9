import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { endToEnd } from "../support/endToEnd.ts";
import { OwnMount } from "../support/OwnMount.ts";
import { late, untilLate } from "./support/late.ts";
import { measure, stopwatch } from "./support/measure.ts";
import { startMarathon, taskIds, withTraffic } from "./support/underTraffic.ts";
import type { Bench } from "../support/Bench.ts";

interface Fault {
  readonly name: string;
  readonly begin: (mount: OwnMount) => Promise<void> | void;
  readonly end: (mount: OwnMount) => Promise<void> | void;
  /** What is told of it, with what to do. */
  readonly line: RegExp;
}

// Both by a small tmpfs in a mount namespace: as root, we would write to a directory without permissions.
const faults: readonly Fault[] = [
  {
    name: "the disk is full",
    begin: (mount) => mount.fill(),
    end: (mount) => mount.free(),
    line:
      /ERROR .*Cannot write \S+: no space left on the device; free some on that file system.* Retrying in/,
  },
  {
    name: "the work directory is read-only",
    begin: (mount) => mount.remount("ro"),
    end: (mount) => mount.remount("rw"),
    line: /ERROR .*Cannot \S.*: the file system is read-only; mount it writable.* Retrying in/,
  },
];

for (const { name, begin, end, line } of faults) {
  endToEnd(
    `${name} (tmpfs in a mount namespace): what runs serves on, then the change is made`,
    async (bench) => {
      const mount = await OwnMount.prepare(bench);
      const marathon = await startMarathon(bench);
      const lb = await bench.serve({ flags: ["--haproxy-map"] });
      mount.of(lb);
      await withTraffic({ bench, marathon, lb }, async ({ traffic }) => {
        const before = await files(mount);
        await begin(mount);
        await marathon.createApp(await late());
        await marathon.settled();
        await lb.until(line);
        await lb.until(/Retrying in 2 s/);
        await traffic.untilAnsweredBy(taskIds(marathon));
        assert.deepEqual(await files(mount), before, "files were changed, or left behind");
        assert.match(await health(bench), /./);

        await end(mount);
        const time = stopwatch();
        await untilLate(bench);
        measure(`${name}, right again after`, time());
        assert.equal(lb.count(/is left out|HAProxy exited unexpectedly/), 0);
      });
      assert.match(await readFile(mount.path("haproxy.cfg"), "utf8"), /backend web_/);
    },
  );
}

/** The files that HAProxy reads, with their content, and the names of all. */
async function files(mount: OwnMount): Promise<unknown> {
  const names = (await readdir(mount.path(""))).filter((name) => name !== "filler").sort();
  const read = ["haproxy.cfg", "domain2backend.map", "app2backend.map"];
  return [names, await Promise.all(read.map((name) => readFile(mount.path(name), "utf8")))];
}

/** Its answer, whichever: it comes from the process that cannot write. */
async function health(bench: Bench): Promise<string> {
  return await bench.ask("/_mlb_status");
}
