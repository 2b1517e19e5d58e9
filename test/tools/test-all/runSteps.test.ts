import assert from "node:assert/strict";
import { describeMatrix } from "../../../tools/test-all/counts.ts";
import { runSteps, type Step, steps, stepsFor } from "../../../tools/test-all/runSteps.ts";

const errors =
  " ERRORS \n\na title => ./a.test.ts:2:6\nerror: AssertionError: why\n\n FAILURES \n\na title => ./a.test.ts:2:6\n";
const versions: Record<string, string> = { "2.6": "2.6.12-1", "3.0": "3.0.11-1" };

/**
 * Runs the steps of `deno task test` on a machine with HAProxy 2.6 and an archive that has 3.0, but no other. Those named end
 * badly.
 */
async function run({ failing = [], install = () => Promise.resolve(), only }: {
  failing?: string[];
  install?: () => Promise<void>;
  only?: string;
}) {
  const said: string[] = [];
  const ran: string[] = [];
  let chosen: readonly Step[] = [];
  const choose = (own: string | undefined) => chosen = stepsFor({ own, only });
  const provide = (haproxy = "2.6") => {
    const version = versions[haproxy];
    if (version === undefined) return Promise.reject(new Error("the archive cannot be reached"));
    return Promise.resolve({ version, directory: `/cache/${version}` });
  };
  const runDeno = (words: readonly string[], haproxy?: { directory: string }) => {
    const command = words.join(" ");
    ran.push(haproxy === undefined ? command : `${haproxy.directory} ${words[0]}`);
    const ok = !failing.includes(ran.at(-1)!);
    const tests = chosen.find((step) => step.words === words)!.runsTests;
    const output = !tests
      ? ""
      : ok
      ? "ok | 5 passed | 0 failed (1s)\n"
      : `${errors}\nFAILED | 4 passed | 1 failed (1s)\n`;
    return Promise.resolve({ ok, output });
  };
  const results = await runSteps(choose, { install, provide, runDeno, say: (line) => said.push(line) });
  return { ...results, counts: results.total, ran, said: said.join("\n") };
}

const all = [...steps.map(({ words }: Step) => words.join(" ")), "/cache/3.0.11-1 test"];

Deno.test("deno task test: every step counts, one after the other", async () => {
  const { counts, ran } = await run({});
  assert.deepEqual(ran, all);
  assert.deepEqual(counts, { passed: 1 + 4 + 15, failed: 0, skipped: 1 });
});

Deno.test("deno task test: a check or test that fails keeps no other from being run", async () => {
  const { counts, ran, failures } = await run({
    failing: ["lint", "task test:unit", "/cache/3.0.11-1 test"],
  });
  assert.deepEqual(ran, all);
  const text = "a title => ./a.test.ts:2:6\nerror: AssertionError: why";
  assert.deepEqual(failures.map((failure) => failure.replace(/test -A .*/, "test …")), [
    "deno lint",
    `deno task test:unit\n${text}`,
    `on HAProxy 3.0: deno test …\n${text}`,
  ]);
  assert.deepEqual(counts, { passed: 1 + 3 + 13, failed: 3, skipped: 1 });
});

Deno.test("deno task test: a build that fails ends the run, without end-to-end tests, as failed", async () => {
  const { counts, ran, said } = await run({ failing: ["task build"] });
  assert.deepEqual(ran, all.slice(0, all.indexOf("task build") + 1));
  assert.ok(!ran.includes("task test:e2e"));
  assert.deepEqual(counts, { passed: 1 + 3 + 5, failed: 1, skipped: 0 });
  assert.match(said, /Stopped: deno task build did not make the executable/);
});

Deno.test("deno task test: where a program cannot be installed it stops with one line, as failed", async () => {
  const message = "haproxy: not installed, and there is no apt-get to do it: install haproxy";
  const { counts, ran, said } = await run({ install: () => Promise.reject(new Error(message)) });
  assert.deepEqual([ran, said], [[], message]);
  assert.deepEqual(counts, { passed: 0, failed: 1, skipped: 0 });
});

Deno.test("deno task test: the matrix has a row for each HAProxy, and one that cannot be had is not run, never passed", async () => {
  const { haproxies } = await run({ failing: ["/cache/3.0.11-1 test"] });
  assert.deepEqual(describeMatrix(haproxies), [
    "HAProxy 2.6.12-1  10 passed, 0 failed  all tests",
    "HAProxy 3.0.11-1  4 passed, 1 failed   the tests that depend on HAProxy",
    "HAProxy 3.2       not run              the archive cannot be reached",
  ]);
});

Deno.test("deno task test: --haproxy runs what depends on HAProxy, on that one alone", async () => {
  const { ran, haproxies } = await run({ only: "3.0" });
  assert.deepEqual(ran, ["task build", "/cache/3.0.11-1 test"]);
  assert.deepEqual(describeMatrix(haproxies), [
    "HAProxy 3.0.11-1  5 passed, 0 failed  the tests that depend on HAProxy",
  ]);
  const missing = await run({ only: "3.2" });
  assert.deepEqual(missing.ran, ["task build"]);
  assert.deepEqual(describeMatrix(missing.haproxies), [
    "HAProxy 3.2  not run  the archive cannot be reached",
  ]);
});
