/**
 * What five broken apps among a thousand cost until the other 995 are served: `deno run -A bench/broken.ts`. Counts the runs of
 * `haproxy -c` by a wrapper around it, and generations by the log.
 */
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { BenchMarathon } from "./support/BenchMarathon.ts";
import { makeCluster } from "./support/makeCluster.ts";
import { get, Subject } from "./support/Subject.ts";
import { ms, printTable } from "./support/table.ts";
import { BenchTasks } from "./support/BenchTasks.ts";

const bad = [
  { HAPROXY_0_BACKEND_HTTP_OPTIONS: "  no such directive\n" },
  { HAPROXY_0_BALANCE: "nonsense" },
  { HAPROXY_0_BIND_OPTIONS: "no-such-option" },
  { HAPROXY_0_BACKEND_HEAD: "\nbackend {backend}\n  timeout server never\n" },
  { HAPROXY_0_BACKEND_NETWORK_ALLOWED_ACL: "300.0.0.0/8" },
];
const directory = await mkdtemp(join(tmpdir(), "marathon-lb-bench-"));
const calls = join(directory, "calls");
const wrapper = join(directory, "haproxy");
const path = (process.env.PATH ?? "") + ":/usr/sbin:/usr/local/sbin";
await writeFile(calls, "");
await writeFile(
  wrapper,
  `#!/bin/sh\ncase " $* " in *" -c "*) echo run >> ${calls};; esac\nPATH=${path} exec haproxy "$@"\n`,
);
await chmod(wrapper, 0o755);

const apps = makeCluster({ apps: 1_000 });
for (const [index, labels] of bad.entries()) {
  const app = apps[index * 190 + 7]!;
  app.labels = { ...app.labels as object, ...labels };
}
const tasks = await BenchTasks.start();
const marathon = await BenchMarathon.start(apps);
marathon.prepare();
const begin = performance.now();
const subject = await Subject.start(marathon.url, ["--haproxy-binary", wrapper]);
const served = performance.now() - begin;
const runs = (await readFile(calls, "utf8")).split("\n").length - 1;
const excluded = subject.lb.lines.filter((line) => line.includes("is left out")).length;
const answer = await get("http://127.0.0.1:10002/");
await subject.stop();
await marathon.stop();
await tasks.stop();
await rm(directory, { recursive: true });
printTable(["figure", "measured"], [
  ["left out", `${excluded} of ${apps.length}`],
  ["runs of haproxy -c until HAProxy served", `${runs}`],
  ["start of the process to HAProxy serving", ms(served)],
  ["another app answers", answer],
]);
