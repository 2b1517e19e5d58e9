import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { hasTrait } from "../../../lib/core/haproxy/versions.ts";
import { endHandover, forgetCounters, saveCounters } from "../../../lib/shell/haproxy/counters.ts";
import { findHaproxy } from "../../../lib/shell/haproxy/binary.ts";
import { MasterSocket } from "../../../lib/shell/haproxy/socket.ts";
import { systemClock } from "../../../lib/shell/system/clock.ts";
import { RecordingLogger } from "../../support/RecordingLogger.ts";
import { FakeMaster } from "./support/FakeMaster.ts";
import { limit, TestBench } from "./support/TestBench.ts";

type Handover = Parameters<typeof saveCounters>[0];

/** What a handover by a master with these answers has asked, written to a file with counters of long ago, and logged. */
async function handOver(
  answers: Record<string, string>,
  action: (handover: Handover) => Promise<void>,
  name = "counters",
) {
  await using master = await FakeMaster.listen((command) => answers[command] ?? "\n");
  const file = join(master.directory, name);
  if (name === "counters") await writeFile(file, "#fe guid,stot,\nf:web,1000,\n");
  const logger = new RecordingLogger();
  await action({ file, socket: new MasterSocket(master.path, { clock: systemClock }), logger });
  const text = await readFile(file, "utf8").catch(() => undefined);
  return { commands: master.commands, text, lines: logger.lines };
}

const dump = "@1 dump stats-file";
const pause = "@1 add acl virt@marathon-lb-reloading /metrics";

Deno.test("saveCounters: scrapes are answered no more, then the counters are dumped", async () => {
  const { commands, text, lines } = await handOver(
    { [dump]: "#fe guid,stot,\nf:web,7,\n" },
    (handover) => saveCounters(handover, limit()),
  );
  assert.deepEqual(commands, [pause, dump]);
  assert.equal(text, "#fe guid,stot,\nf:web,7,\n");
  assert.deepEqual(lines, []);
});

Deno.test("saveCounters: a HEAD template without the list of paths does not matter", async () => {
  const { text } = await handOver(
    { [pause]: "Unknown ACL identifier. Please use #<id> or <name>.\n", [dump]: "#fe guid,\n" },
    (handover) => saveCounters(handover, limit()),
  );
  assert.equal(text, "#fe guid,\n");
});

Deno.test("saveCounters: without an answer no counters of long ago come back, and the log says so", async () => {
  const { text, lines } = await handOver(
    { [dump]: "Unknown command\n" },
    (handover) => saveCounters(handover, limit()),
  );
  assert.equal(text, "");
  assert.deepEqual(lines, [
    "warning marathon_lb: The counters start over at this reload: " +
    'HAProxy answered no counters but "Unknown command"',
  ]);
});

Deno.test("endHandover: after a reload the file is empty, for a start to begin with nothing", async () => {
  const { commands, text } = await handOver({}, (handover) => endHandover(handover, true, limit()));
  assert.deepEqual({ commands, text }, { commands: [], text: "" });
});

Deno.test("endHandover: after a failed reload the worker answers scrapes again", async () => {
  const { commands, text } = await handOver({}, (handover) => endHandover(handover, false, limit()));
  assert.deepEqual({ commands, text }, { commands: ["@1 clear acl virt@marathon-lb-reloading"], text: "" });
});

Deno.test("forgetCounters: a file that cannot be written is a line in the log", async () => {
  const { lines } = await handOver({}, forgetCounters, "no/such/counters");
  assert.equal(lines.length, 1);
  assert.match(lines[0]!, /^warning marathon_lb: Counters of an earlier HAProxy may come back: .*no\/such/);
});

Deno.test("saveCounters: HAProxy answers 503 to scrapes, and to nothing else, until the handover ends", () =>
  TestBench.use(async (bench) => {
    const { version } = await findHaproxy(bench.haproxy, { env: {}, signal: limit() });
    if (!hasTrait(version, "keptCounters")) return;
    const file = bench.path("counters");
    const rules = [
      "guid f:test",
      "http-request return status 503 if { path -f virt@marathon-lb-reloading }",
      "http-request return status 200 content-type text/plain string served",
    ].join("\n  ");
    await bench.configure(rules, { global: `stats-file ${file}` });
    const supervisor = bench.supervisor({ countersFile: file });
    await supervisor.start(limit());
    const handover = { file, socket: supervisor.socket, logger: bench.logger };
    assert.equal(await bench.get("/metrics"), "200 served");
    await saveCounters(handover, limit());
    assert.match(await bench.get("/metrics"), /^503 /);
    assert.equal(await bench.get("/other"), "200 served");
    assert.match(await readFile(file, "utf8"), /^f:test,1,/m);
    await endHandover(handover, false, limit());
    assert.equal(await bench.get("/metrics"), "200 served");

    // The same by a reload, of which the first is refused.
    await bench.configure("bogus");
    assert.equal((await supervisor.reload()).ok, false);
    assert.equal(await bench.get("/metrics"), "200 served");
    await bench.configure(rules, { global: `stats-file ${file}` });
    assert.equal((await supervisor.reload()).ok, true);
    assert.equal(await bench.get("/metrics"), "200 served");
    await saveCounters(handover, limit());
    assert.match(await readFile(file, "utf8"), /^f:test,[4-9],/m);
    assert.deepEqual(bench.logger.lines.filter((line) => /ounters|\/metrics/.test(line)), []);
  }));
