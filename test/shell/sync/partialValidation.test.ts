import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import type { Service } from "../../../lib/core/model/service.ts";
import { serviceOf } from "../../core/model/support/serviceOf.ts";
import { withDirectory } from "../system/withDirectory.ts";
import { ServicesBench } from "./support/ServicesBench.ts";

/** A service of the app `/<name>`, whose line in the configuration says something. */
function serviceThatSays(name: string, word: string, rest: Partial<Service> = {}): Service {
  const port = 10_000 + name.charCodeAt(0);
  return serviceOf({ appId: `/${name}`, port, labels: { BALANCE: word }, ...rest });
}

const [a, b, c] = ["a", "b", "c"].map((name) => serviceThatSays(name, "x")) as [Service, Service, Service];

function test(name: string, run: (bench: ServicesBench) => Promise<void>): void {
  Deno.test(`partial validation: ${name}`, () =>
    withDirectory(async (directory) => {
      const bench = new ServicesBench(directory);
      await run(bench);
      await bench.settle();
    }));
}

const refusing = (word: string) => (line: string) => line.endsWith(`says ${word}`) ? `no ${word}` : undefined;

test("the first configuration is looked at as a whole", async (bench) => {
  bench.services = [a, b];
  await bench.synchronise();
  assert.deepEqual(bench.takeSteps(), ["check /a: x, /b: x", "load /a: x, /b: x"]);
});

test("then only services that are new or changed are", async (bench) => {
  await bench.begin(a, b);
  bench.services = [a, b, c];
  await bench.synchronise();
  assert.deepEqual(bench.takeSteps(), ["check /c: x", "load /a: x, /b: x, /c: x"]);
  bench.services = [a, serviceThatSays("b", "y"), c];
  await bench.synchronise();
  assert.deepEqual(bench.takeSteps(), ["check /b: y", "load /a: x, /b: y, /c: x"]);
  bench.services = [a, c];
  await bench.synchronise();
  assert.deepEqual(bench.takeSteps(), ["load /a: x, /c: x"]);
});

test("files that another process has written are no reason to trust the rest", async (bench) => {
  await bench.begin(a, b);
  await writeFile(bench.store.configFile, "edited by hand\n");
  bench.services = [a, b, c];
  await bench.synchronise();
  assert.deepEqual(bench.takeSteps(), ["check /a: x, /b: x, /c: x", "load /a: x, /b: x, /c: x"]);
});

test("a new service that HAProxy refuses is found in the whole, and left out", async (bench) => {
  await bench.begin(a, b);
  bench.refuse = refusing("bad");
  bench.services = [a, b, serviceThatSays("c", "bad")];
  const { outcome, problems } = await bench.synchronise();
  assert.equal(outcome, "nothing");
  assert.deepEqual(problems.map(({ app, severity }) => [app, severity]), [["/c", "excluded"]]);
  assert.deepEqual(bench.takeSteps(), ["check /c: bad", "check /a: x, /b: x, /c: bad"]);
  assert.equal(await bench.onDisk(), "/a: x, /b: x");

  // It is known now, and no reason to look at the whole again.
  bench.services = [serviceThatSays("a", "y"), b, serviceThatSays("c", "bad")];
  await bench.synchronise();
  assert.deepEqual(bench.takeSteps(), ["check /a: y", "load /a: y, /b: x"]);
});

test("a service that becomes bad is served by its last good sections, with the tasks of today", async (bench) => {
  await bench.begin(a, b);
  bench.refuse = refusing("bad");
  const backends = [{ host: "h", ip: "10.0.0.9", port: 31_009, draining: false }];
  bench.services = [serviceThatSays("a", "bad", { backends }), b, c];
  const first = await bench.synchronise();
  assert.match(first.problems[0]!.message, /^\/a: .* no bad; its last good sections are served instead$/);
  assert.equal(await bench.onDisk(), "/a: x, /b: x, /c: x");
  await bench.judge();
  const { problems } = await bench.synchronise();
  assert.deepEqual(problems.map(({ severity }) => severity), ["excluded"]);
  assert.match(problems[0]!.message, /^\/a: .* no bad; its last good sections are served instead$/);
  assert.equal(await bench.onDisk(), "/a: x, /b: x, /c: x");
  const served = bench.told.synchronised.at(-1)!.services;
  assert.deepEqual(served.find(({ appId }) => appId === "/a")!.backends, backends);

  // So it is at the next change, too.
  bench.services = [serviceThatSays("a", "bad", { backends }), b];
  await bench.synchronise();
  assert.equal(await bench.onDisk(), "/a: x, /b: x");
});

test("a service that needs another one's sections is not refused for their absence", async (bench) => {
  await bench.begin(a, b);
  bench.refuse = (line, text) =>
    line.endsWith("says like b") && !text.includes("/b says") ? "no /b is there" : undefined;
  bench.services = [a, b, serviceThatSays("c", "like b")];
  const { problems } = await bench.synchronise();
  assert.deepEqual(problems, []);
  assert.deepEqual(bench.takeSteps(), [
    "check /c: like b",
    "check /a: x, /b: x, /c: like b",
    "load /a: x, /b: x, /c: like b",
  ]);
});

test("when HAProxy does not load what was looked at in part, the whole is, and the culprit left out", async (bench) => {
  await bench.begin(a, b);
  const conflict = (line: string, text: string) =>
    line.endsWith("says clash") && text.includes("/a says x") ? "it clashes with /a" : undefined;
  bench.refuse = conflict;
  bench.reload = () =>
    Promise.resolve(
      bench.steps.at(-1)!.includes("clash") ? { ok: false, reason: "it clashes with /a" } : { ok: true },
    );
  bench.services = [a, b, serviceThatSays("c", "clash"), serviceThatSays("d", "x")];
  const { outcome, problems } = await bench.synchronise();
  assert.equal(outcome, "applied");
  assert.deepEqual(problems.map(({ app }) => app), ["/c"]);
  assert.deepEqual(bench.takeSteps(), [
    "check /c: clash, /d: x",
    "load /a: x, /b: x, /c: clash, /d: x",
    "check /a: x, /b: x, /c: clash, /d: x",
    "check /a: x, /b: x, /d: x",
    "load /a: x, /b: x, /d: x",
  ]);
  assert.match(
    bench.takeLines()[0]!,
    /^warning marathon_lb: HAProxy did not load .* it clashes with \/a; retrying with full validation$/,
  );
  assert.equal(await bench.onDisk(), "/a: x, /b: x, /d: x");
});

test("a reload that fails though the whole is good is an error, and the old files are back", async (bench) => {
  await bench.begin(a);
  bench.reload = () => Promise.resolve({ ok: false, reason: "not now" });
  bench.services = [a, b];
  await assert.rejects(bench.synchronise(), /the old one stays: not now$/);
  assert.equal(await bench.onDisk(), "/a: x");
  bench.reload = () => Promise.resolve({ ok: true });
  bench.takeSteps();
  assert.equal((await bench.synchronise()).outcome, "applied");
  assert.equal(await bench.onDisk(), "/a: x, /b: x");
});
