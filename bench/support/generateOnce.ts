/** Generates one cluster's configuration in a new process, cold, as `bench/generation.ts` asks for it: apps, then the file. */
import { writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import process from "node:process";
import { emptyCluster } from "../../lib/core/marathon/cluster.ts";
import { AppsReader } from "../../lib/core/marathon/appsReader.ts";
import { parseCommandLine } from "../../lib/core/flags/commandLine.ts";
import { systemClock } from "../../lib/shell/system/clock.ts";
import { createLogger } from "../../lib/shell/log/logger.ts";
import { createGenerator } from "../../lib/run/parts.ts";
import { makeCluster } from "./makeCluster.ts";

const [apps = "", file = ""] = process.argv.slice(2);
const bytes = new TextEncoder().encode(JSON.stringify({ apps: makeCluster({ apps: Number(apps) }) }));
const invocation = parseCommandLine(["--group", "external", "--health-check"], {});
if (invocation.kind !== "run") throw new Error("The command line of the benchmark is wrong");
const generator = await createGenerator(invocation.options, {
  environment: {},
  sslCerts: () => [join(dirname(file), "cert.pem")],
  clock: systemClock,
  logger: createLogger({ level: "error", format: "%(message)s" }),
});

const begin = performance.now();
const reader = new AppsReader();
// As they come from a connection.
for (let start = 0; start < bytes.length; start += 65_536) reader.feed(bytes.subarray(start, start + 65_536));
const generation = await generator.generate({
  cluster: reader.end(),
  changes: [],
  from: emptyCluster,
  partial: false,
});
const { text } = generator.render(generation.services);
console.log(performance.now() - begin);
await writeFile(file, text);
