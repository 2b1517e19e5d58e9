import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { eventually } from "../../tools/harness/eventually.ts";
import { freePort } from "../../tools/harness/freePort.ts";
import { extractedFolder, findExtracted } from "../../tools/install/extractPackage.ts";
import { Bench } from "./support/Bench.ts";
import { programs } from "./support/programs.ts";
import { request } from "./support/request.ts";
import { webApp } from "./support/webApp.ts";

const files = fileURLToPath(new URL("../../packaging/prometheus/", import.meta.url));
const [prometheus, promtool] = await Promise.all(
  ["prometheus", "promtool"].map((program) => findExtracted(program, extractedFolder("prometheus"))),
);
const executable = programs.find(({ name }) => name === "executable")!;

interface Found {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

/** A Prometheus with a directory and a port of its own, which scrapes and evaluates five times a second. */
class Prometheus {
  private constructor(
    private readonly url: string,
    private readonly child: ChildProcess,
    private readonly directory: string,
    private readonly log: readonly string[],
  ) {}

  static async start(target: string): Promise<Prometheus> {
    const directory = await mkdtemp(join(tmpdir(), "marathon-lb-prometheus-"));
    const packaged = await readFile(join(files, "prometheus.yml"), "utf8");
    const config = packaged.replaceAll("localhost:9090", target)
      .replace("scrape_interval: 15s", "scrape_interval: 200ms\n  evaluation_interval: 200ms");
    assert.notEqual(config, packaged);
    await mkdir(join(directory, "data"));
    await copyFile(join(files, "alerts.yml"), join(directory, "alerts.yml"));
    await writeFile(join(directory, "prometheus.yml"), config);
    const address = `127.0.0.1:${await freePort()}`;
    const child = spawn(prometheus!, [
      `--config.file=${join(directory, "prometheus.yml")}`,
      `--storage.tsdb.path=${join(directory, "data")}`,
      `--web.listen-address=${address}`,
      "--log.level=warn",
    ], { stdio: ["ignore", "ignore", "pipe"] });
    const log: string[] = [];
    child.stderr!.setEncoding("utf8").on("data", (text: string) => log.push(text));
    return new Prometheus(`http://${address}`, child, directory, log);
  }

  /** Whether it runs; what it logs says why not. */
  assertRuns(): void {
    assert.equal(this.child.exitCode, null, this.log.join(""));
  }

  /** What the API answers; rejects with Prometheus's own message where it refuses. */
  async get(path: string, parameters: Readonly<Record<string, string>> = {}) {
    const { status, body } = await request(`${this.url}${path}?${new URLSearchParams(parameters)}`);
    assert.equal(status, 200, `${path} ${JSON.stringify(parameters)}: ${body}`);
    return JSON.parse(body).data;
  }

  /** The results of a query that are numbers. */
  async query(query: string): Promise<Found[]> {
    const { result } = await this.get("/api/v1/query", { query });
    return (result as Found[]).filter(({ value: [, value] }) => Number.isFinite(Number(value)));
  }

  async stop(): Promise<void> {
    const running = this.child.exitCode === null && this.child.signalCode === null;
    if (running && this.child.kill("SIGTERM")) await once(this.child, "close");
    await rm(this.directory, { recursive: true });
  }
}

/** The queries of the dashboard, for all jobs and instances, over the time that a test has. */
async function dashboardQueries(): Promise<string[]> {
  const { panels } = JSON.parse(await readFile(join(files, "dashboard.json"), "utf8"));
  return panels.flatMap(({ targets = [] }: { targets?: { expr: string }[] }) =>
    targets.map(({ expr }) =>
      expr.replaceAll("$job", "marathon-lb").replaceAll("$instance", ".+").replaceAll(
        "$__rate_interval",
        "1m",
      )
    )
  );
}

Deno.test({
  name:
    `executable: Prometheus scrapes it, each query of the dashboard has results, and promtool accepts the metrics${
      prometheus && promtool ? "" : " (not run: the programs of Debian's package prometheus are not there)"
    }`,
  ignore: !prometheus || !promtool,
  fn: () => Bench.use(executable, scraped),
});

async function scraped(bench: Bench): Promise<void> {
  const marathon = await bench.startMarathon();
  await bench.serve();
  const server = await Prometheus.start(`127.0.0.1:${bench.ports.admin}`);
  try {
    await eventually(async () => {
      server.assertRuns();
      assert.equal((await server.query("up == 1")).length, 2);
    });

    // Something of everything that is counted: a reload, a conflict, an exclusion, a runtime update, requests.
    const servicePort = await freePort();
    await marathon.createApp(await webApp("/web", { servicePort, labels: { HAPROXY_0_VHOST: "web.test" } }));
    await marathon.createApp(await webApp("/web/other", { servicePort }));
    await marathon.createApp(await webApp("/web/bad", { labels: { HAPROXY_0_MODE: "udp" } }));
    await marathon.settled();
    await eventually(async () => assert.equal((await bench.get("web.test")).status, 200));
    await marathon.scale("/web", 3);
    await marathon.settled();

    for (const query of await dashboardQueries()) {
      await eventually(async () => {
        // The average needs responses, and the rate of what happens more than one look.
        await bench.get("web.test");
        assert.notEqual((await server.query(query)).length, 0, `no result: ${query}`);
      });
    }

    const conflicts = await server.query("marathon_lb_conflicts > 0");
    assert.deepEqual(conflicts.map(({ metric }) => metric.code), ["port-taken"]);
    const excluded = await server.query('marathon_lb_problems{severity="excluded"} > 0');
    assert.deepEqual(excluded.map(({ metric }) => metric.code), ["service-unreadable"]);

    // A rule about a metric that is not there never fires.
    const alerts = await readFile(join(files, "alerts.yml"), "utf8");
    for (const [name] of alerts.matchAll(/\b(?:marathon_lb|haproxy)_\w+/g)) {
      assert.notEqual((await server.query(name)).length, 0, name);
    }
    await eventually(async () => {
      const { groups } = await server.get("/api/v1/rules");
      const rules = groups.flatMap(({ rules }: { rules: object[] }) => rules) as Record<string, string>[];
      assert.equal(rules.length, [...alerts.matchAll(/- alert: /g)].length);
      for (const { name, health, lastError } of rules) assert.equal(health, "ok", `${name}: ${lastError}`);
    });

    const checked = spawnSync(promtool!, ["check", "metrics"], {
      input: await bench.ask("/_mlb_metrics"),
      encoding: "utf8",
    });
    assert.deepEqual([checked.status, checked.stdout + checked.stderr], [0, ""]);
  } finally {
    await server.stop();
  }
}
