/**
 * Where a reload goes: `deno run -A bench/reload.ts [apps] [rounds] [variant…]`; ten thousand apps, three rounds and all
 * variants by default. Each variant is the configuration of such a cluster without one part of it. `HAPROXY_BINARIES`
 * (`dir:dir`) names the directories of several HAProxies; by default it is the one on the `PATH`.
 */
import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { parseCommandLine } from "../lib/core/flags/commandLine.ts";
import { AppsReader } from "../lib/core/marathon/appsReader.ts";
import { emptyCluster } from "../lib/core/marathon/cluster.ts";
import { prepareDirectories } from "../lib/run/firstStart.ts";
import { fileDescriptorLimit } from "../lib/run/machine.ts";
import { createGenerator } from "../lib/run/parts.ts";
import { selfSignedCertificate } from "../lib/shell/certificates/prepare.ts";
import { findHaproxy } from "../lib/shell/haproxy/binary.ts";
import { createLogger } from "../lib/shell/log/logger.ts";
import { ConfigurationStore } from "../lib/shell/sync/store.ts";
import { systemClock } from "../lib/shell/system/clock.ts";
import { freePorts } from "../tools/harness/freePort.ts";
import { BenchTasks } from "./support/BenchTasks.ts";
import { makeCluster } from "./support/makeCluster.ts";
import { RunningHaproxy } from "./support/RunningHaproxy.ts";
import { ms, percentile, printTable } from "./support/table.ts";

interface Variant {
  readonly name: string;
  readonly flags?: readonly string[];
  /** What is done to the text. */
  readonly edit?: (text: string) => string;
  /** How many certificates the directory holds; one by default. */
  readonly certificates?: number;
  /** Whether the state of the servers is saved before a reload, as marathon-lb does; true by default. */
  readonly saved?: false;
}

const maps = ["--haproxy-map"];
const withoutLines = (pattern: RegExp) => (text: string) => text.replace(pattern, "");
const withoutChecks = withoutLines(
  / check inter \S+ fall \d+|^ {2}option {2}httpchk .*\n|^ {2}timeout check .*\n/gm,
);
const withoutServers = withoutLines(/^ {2}server .*\n/gm);
const withoutState = withoutLines(/^ {2}(?:server-state-|load-server-state-).*\n/gm);
const withoutLua = withoutLines(/^ {2}(?:lua-load|filter lua\.|http-request use-service lua\.).*\n/gm);

const variants: readonly Variant[] = [
  { name: "all" },
  { name: "without listeners of service ports", flags: ["--service-ports", "none"] },
  { name: "without health checks", edit: withoutChecks },
  { name: "without servers", edit: withoutServers },
  { name: "without the state of servers", edit: withoutState, saved: false },
  { name: "without Lua", edit: withoutLua },
  { name: "100 certificates", certificates: 100 },
  { name: "with maps", flags: maps },
  { name: "with maps and named defaults", flags: maps, edit: shareBodies },
  { name: "with maps, without listeners", flags: [...maps, "--service-ports", "none"] },
];

/** Each distinct body of a backend becomes named `defaults`, from which its backends are. */
function shareBodies(text: string): string {
  const names = new Map<string, string>();
  // Unnamed defaults have a name for those that come from them.
  const named = text.replace(/^defaults$/m, "defaults common");
  const shared = named.replace(
    /^(backend \S+)\n((?: {2}(?!server ).*\n)+)/gm,
    (_, head: string, body: string) => {
      // A condition in `defaults` is refused before 2.7; it stays in the backend.
      const lines = body.split(/(?<=\n)/);
      const own = lines.filter((line) => /^ {2}(?:acl|http-request|use_backend|tcp-request) /.test(line));
      const common = lines.filter((line) => !own.includes(line)).join("");
      const name = names.get(common) ?? `body-${names.size}`;
      names.set(common, name);
      return `${head} from ${name}\n${own.join("")}`;
    },
  );
  const sections = [...names].map(([body, name]) => `defaults ${name} from common\n${body}\n`).join("");
  const first = shared.search(/^backend /m);
  return shared.slice(0, first) + sections + shared.slice(first);
}

interface Measured {
  readonly checks: number[];
  readonly reloads: number[];
  /** Processor time of the reloads. */
  readonly processor: number[];
  /** Megabytes of a worker. */
  memory: number;
  kilobytes: number;
}

const [size = 10_000, rounds = 3] = process.argv.slice(2, 4).map(Number);
const chosen = process.argv.slice(4);
const programs = process.env.HAPROXY_BINARIES?.split(":").map((folder) => join(folder, "haproxy")) ??
  ["haproxy"];
const directory = await mkdtemp(join(tmpdir(), "marathon-lb-bench-"));
const ports = await freePorts(4);
const reading = readCluster();
const tasks = await BenchTasks.start();
try {
  for (const program of programs) await measureProgram(program);
} finally {
  await tasks.stop();
  await rm(directory, { recursive: true });
}

async function measureProgram(program: string): Promise<void> {
  const rows: string[][] = [];
  let all: Measured | undefined;
  for (const variant of variants) {
    if (chosen.length > 0 && !chosen.includes(variant.name)) continue;
    const measured = await measure(program, variant);
    all ??= measured;
    const { checks, reloads, processor } = measured;
    rows.push([
      variant.name,
      `${(measured.kilobytes / 1024).toFixed(1)} MB`,
      ms(median(checks)),
      ms(median(reloads)),
      ms(median(processor)),
      (median(processor) / median(all.processor)).toFixed(2),
      `${measured.memory.toFixed(0)} MB`,
    ]);
  }
  console.log(spawnSync(program, ["-v"], { encoding: "utf8" }).stdout.split("\n")[0]);
  printTable([
    "configuration",
    "file",
    "haproxy -c",
    "reload",
    "its processor time",
    "beside all",
    "memory of a worker",
  ], rows);
}

async function measure(program: string, variant: Variant): Promise<Measured> {
  const file = join(directory, "haproxy.cfg");
  const kilobytes = await generate(program, variant) / 1024;
  const measured: Measured = { checks: [], reloads: [], processor: [], memory: 0, kilobytes };
  const haproxy = await RunningHaproxy.start(program, directory);
  try {
    for (let round = 0; round < rounds; round++) {
      const begin = performance.now();
      const { status, stderr } = spawnSync(program, ["-c", "-f", file], { encoding: "utf8" });
      measured.checks.push(performance.now() - begin);
      if (status !== 0) throw new Error(`haproxy -c failed: ${stderr}`);
      if (variant.saved !== false) await haproxy.saveState();
      const { milliseconds, processor } = await haproxy.reload();
      measured.reloads.push(milliseconds);
      measured.processor.push(processor);
    }
    measured.memory = await haproxy.memory();
  } finally {
    await haproxy.stop();
  }
  return measured;
}

/** Puts the files of a variant in place. Resolves to the bytes of the configuration. */
async function generate(program: string, { flags = [], edit, certificates = 1 }: Variant): Promise<number> {
  const at = (name: string) => join(directory, name);
  const names = ["http-bind", "https-bind", "admin-bind", "appid-bind"];
  const invocation = parseCommandLine([
    "sse",
    ...["--group", "external", "--health-check", "--haproxy-config", at("haproxy.cfg")],
    ...[
      "--work-dir",
      directory,
      "--run-dir",
      at("run"),
      "--state-dir",
      at("state"),
      "--cert-dir",
      at("cert"),
    ],
    ...names.flatMap((name, index) => [`--${name}`, `127.0.0.1:${ports[index]}`]),
    ...flags,
  ], {});
  if (invocation.kind !== "run") throw new Error("The command line of the benchmark is wrong");
  const { options } = invocation;
  await rm(at("state"), { recursive: true, force: true });
  await prepareDirectories(options);
  await rm(at("certificates"), { recursive: true, force: true });
  await mkdir(at("certificates"));
  for (let number = 0; number < certificates; number++) {
    const certificate = await selfSignedCertificate(`host-${number}.example.com`, systemClock);
    await writeFile(at(`certificates/${number}.pem`), certificate);
  }
  const generator = await createGenerator(options, {
    environment: {},
    sslCerts: () => [at("certificates")],
    systemLog: false,
    clock: systemClock,
    logger: createLogger({ level: "error", format: "%(message)s" }),
    haproxy: await findHaproxy(program, { env: process.env, signal: AbortSignal.timeout(60_000) }),
    fileDescriptorLimit: await fileDescriptorLimit(),
  });
  const generation = await generator.generate(reading);
  const configuration = generator.render(generation.services);
  const text = edit ? edit(configuration.text) : configuration.text;
  const store = new ConfigurationStore({
    configFile: options.haproxyConfig,
    archiveVersions: 0,
    haproxyMap: options.haproxyMap,
  });
  await store.commit({ text, maps: configuration.maps });
  return text.length;
}

function readCluster() {
  const reader = new AppsReader();
  reader.feed(new TextEncoder().encode(JSON.stringify({ apps: makeCluster({ apps: size }) })));
  return { cluster: reader.end(), changes: [], from: emptyCluster, partial: false };
}

function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}
