import assert from "node:assert/strict";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { selfSignedCertificate } from "../../lib/shell/certificates/prepare.ts";
import { systemClock } from "../../lib/shell/system/clock.ts";
import type { SimulatedMarathon } from "../../tools/simulated-marathon/SimulatedMarathon.ts";
import type { Bench } from "./support/Bench.ts";
import { endToEnd } from "./support/endToEnd.ts";
import { webApp } from "./support/webApp.ts";
import { writeScript } from "./support/writeScript.ts";

/** A direct mode that works: a certificate, and a reload command that notes each time it is run. */
async function prepare(bench: Bench) {
  const marathon = await bench.startMarathon();
  await marathon.createApp(await webApp("/web", { labels: { HAPROXY_0_VHOST: "web.test" } }));
  await marathon.settled();

  const certificate = bench.path("cert.pem");
  await writeFile(certificate, await selfSignedCertificate("web.test", systemClock));
  const reloads = bench.path("reloads with a space");
  await writeFile(reloads, "");
  const script = await writeScript(bench.path("reload"), `echo "$1" >> "$2"`);
  await mkdir(bench.path("etc"));
  const configFile = bench.path("etc/haproxy.cfg");
  const command = `${script} reloaded '${reloads}'`;
  return {
    marathon,
    configFile,
    flags: [
      ...bench.flags,
      ...["--haproxy-config", configFile, "--ssl-certs", certificate, "--command", command],
    ],
    config: () => readFile(configFile, "utf8"),
    reloads: async () => (await readFile(reloads, "utf8")).split("\n").filter(Boolean).length,
  };
}

endToEnd("direct mode writes the configuration once, has HAProxy reloaded, and ends", async (bench) => {
  const { flags, config, reloads, marathon } = await prepare(bench);
  const first = await bench.run(flags);
  assert.equal(first.code, 0);
  assert.equal(first.output, "");
  assert.match(await config(), /^backend web_\d+$/m);
  assert.equal(await reloads(), 1);
  assert.deepEqual(await readdir(bench.path("etc")).then(withoutArchive), ["haproxy.cfg"]);

  const again = await bench.run(flags);
  assert.equal(again.code, 0);
  assert.equal(await reloads(), 1, "nothing had changed");

  await scale(marathon, 2);
  assert.equal((await bench.run(flags)).code, 0);
  assert.equal(await reloads(), 2);
  assert.equal((await config()).match(/^ {2}server /gm)?.length, 2);
  bench.assertNothingRuns();
});

endToEnd("direct mode keeps the last --archive-versions", async (bench) => {
  const { flags, config, marathon } = await prepare(bench);
  const written: string[] = [];
  for (const instances of [1, 2, 3, 4]) {
    await scale(marathon, instances);
    assert.equal((await bench.run([...flags, "--archive-versions", "2"])).code, 0);
    written.push(await config());
  }
  const archived = (await readdir(bench.path("etc/archive"))).sort();
  assert.deepEqual(archived, ["haproxy.cfg.1", "haproxy.cfg.2"]);
  const [first, second] = await Promise.all(
    archived.map((name) => readFile(bench.path(`etc/archive/${name}`), "utf8")),
  );
  assert.equal(first, written[2]);
  assert.equal(second, written[1]);
});

endToEnd("direct mode keeps the old configuration when HAProxy refuses the new one", async (bench) => {
  const { flags, config, reloads, marathon } = await prepare(bench);
  assert.equal((await bench.run(flags)).code, 0);
  const good = await config();

  const labels = { HAPROXY_GROUP: "external", HAPROXY_0_VHOST: "web.test" };
  const nonsense = { HAPROXY_0_BACKEND_HTTP_OPTIONS: "  option nonsense\n" };
  await marathon.updateApp("/web", { labels: { ...labels, ...nonsense } });
  await marathon.settled();
  const refused = await bench.run([...flags, "--skip-config-cleanup"]);
  assert.equal(refused.code, 1);
  assert.match(refused.lines.at(-1)!, /^marathon-lb: HAProxy refuses the new configuration.*nonsense/);
  assert.equal(await config(), good);
  assert.equal(await reloads(), 1);

  assert.equal((await bench.run([...flags, "--skip-validation"])).code, 0);
  assert.match(await config(), /nonsense/);
});

endToEnd("direct mode fails when the reload command does, and keeps the old configuration", async (bench) => {
  const { flags, config, marathon } = await prepare(bench);
  assert.equal((await bench.run(flags)).code, 0);
  const good = await config();
  await scale(marathon, 2);

  const failing = await writeScript(bench.path("failing"), "exit 3");
  const retries = ["--max-reload-retries", "1", "--reload-interval", "0"];
  const run = await bench.run([...flags, ...retries, "--command", failing]);
  assert.equal(run.code, 1);
  assert.match(run.lines.at(-1)!, /^marathon-lb: .*failing" ended with code 3/);
  assert.equal(run.lines.filter((line) => /retrying in/.test(line)).length, 1);
  assert.equal(await config(), good);
});

endToEnd("direct mode with --sse stays and follows the events", async (bench) => {
  const { flags, config, reloads, marathon } = await prepare(bench);
  const lb = bench.spawn([...flags, "--sse"]);
  await lb.until(/triggered by .*a new connection to the event stream/);
  const begin = lb.lines.length;
  await scale(marathon, 2);
  await lb.until(/Applied/, begin);
  assert.equal((await config()).match(/^ {2}server /gm)?.length, 2);
  assert.equal(await reloads(), 2);
});

for (const mode of ["sse", "poll", "direct"]) {
  endToEnd(`--dry (${mode}) prints the configuration and touches nothing`, async (bench) => {
    const { flags, configFile, config, reloads, marathon } = await prepare(bench);
    const words = [...mode === "direct" ? [] : [mode], ...flags];
    const before = await readdir(bench.directory, { recursive: true });
    marathon.requests.clear();

    const dry = await bench.run([...words, "--dry"]);
    assert.equal(dry.code, 0);
    assert.match(dry.output, /^global\n[^]*^backend web_\d+$/m);
    assert.deepEqual(await readdir(bench.directory, { recursive: true }), before);
    assert.equal(await reloads(), 0);
    assert.deepEqual(marathon.requests.all.map(({ method, path }) => `${method} ${path}`), ["GET /v2/apps"]);

    if (mode !== "direct") return;
    assert.equal((await bench.run(words)).code, 0);
    assert.equal(await config(), dry.output, `${configFile} holds what --dry printed`);
  });
}

endToEnd("--dry where there is no HAProxy says which names of frontends it assumes", async (bench) => {
  const { flags } = await prepare(bench);
  const dry = await bench.run([...flags, "--dry"], { PATH: bench.path("cwd") });
  assert.equal(dry.code, 0);
  assert.match(dry.output, /^frontend web_\d+$/m);
  assert.match(
    dry.lines.join("\n"),
    /WARNING .*No HAProxy to generate for: .*; frontends get the names that HAProxy before 3\.2 has/,
  );
});

async function scale(marathon: SimulatedMarathon, instances: number): Promise<void> {
  await marathon.scale("/web", instances);
  await marathon.settled();
}

function withoutArchive(names: string[]): string[] {
  return names.filter((name) => name !== "archive");
}
