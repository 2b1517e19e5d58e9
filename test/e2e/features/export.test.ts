import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { eventually } from "../../../tools/harness/eventually.ts";
import { makeCertificate } from "../../shell/certificates/support/makeCertificate.ts";
import { assertAnswers } from "../support/assertAnswers.ts";
import type { Bench } from "../support/Bench.ts";
import { feature } from "../support/feature.ts";
import { request } from "../support/request.ts";
import { webApp } from "../support/webApp.ts";

/** Runs a plain HAProxy with a file and nothing else, until `test` ends. */
async function withHaproxy(bench: Bench, file: string, test: () => Promise<void>): Promise<void> {
  // In the foreground, without a master: one process, which ends with its signal.
  const haproxy = spawn(bench.path("bin/haproxy"), ["-db", "-f", file], {
    env: {},
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  haproxy.stderr.on("data", (text) => said += text);
  const ended = once(haproxy, "close");
  try {
    await eventually(async () => {
      assert.equal(haproxy.exitCode, null, said);
      const { status } = await request(`${bench.admin}/_haproxy_health_check`);
      assert.equal(status, 200);
    });
    await test();
  } finally {
    haproxy.kill("SIGKILL");
    await ended;
  }
}

/** A Marathon with apps at a vhost, at a path, in mode tcp, with TLS passthrough, and two that share a vhost. */
async function prepare(bench: Bench) {
  const marathon = await bench.startMarathon();
  const apps = {
    web: await webApp("/web", { instances: 2, labels: { HAPROXY_0_VHOST: "shop.test" } }),
    cart: await webApp("/cart", {
      labels: { HAPROXY_0_VHOST: "shop.test", HAPROXY_0_PATH: "/cart", HAPROXY_0_STICKY: "true" },
    }),
    db: await webApp("/db", { labels: { HAPROXY_0_MODE: "tcp" } }),
    tls: await webApp("/tls", { labels: { HAPROXY_0_VHOST: "tls.test", HAPROXY_0_SNI_PASSTHROUGH: "true" } }),
    all: await webApp("/all", { labels: { HAPROXY_0_VHOST: "share.test", HAPROXY_0_TRAFFIC_SHARE: "100" } }),
    none: await webApp("/none", {
      labels: { HAPROXY_0_VHOST: "share.test", HAPROXY_0_TRAFFIC_SHARE: "rest" },
    }),
  };
  for (const app of Object.values(apps)) await marathon.createApp(app);
  await marathon.settled();
  const { certificate, key } = await makeCertificate("shop.test");
  await writeFile(bench.path("shop.pem"), certificate + key);
  return apps;
}

feature(
  "export --format haproxy: a plain haproxy -f serves vhost, path, HTTPS and service ports from the file alone",
  async (bench) => {
    const { db, web } = await prepare(bench);
    const flags = [...bench.flags, "--ssl-certs", bench.path("shop.pem"), "--haproxy-map"];
    const { code, output, lines } = await bench.run(["export", "--format", "haproxy", ...flags, "--strict"]);
    assert.equal(code, 0, lines.join("\n"));
    assert.doesNotMatch(output.replaceAll(/^#.*$/gm, ""), /stats socket|lua|map\(|[.]map|server-state/);
    await writeFile(bench.path("exported.cfg"), output);
    await withHaproxy(bench, bench.path("exported.cfg"), async () => {
      const portOf = ({ portDefinitions: [first] }: typeof db) => `http://127.0.0.1:${first!.port}`;
      await assertAnswers([
        [bench.http, "shop.test", "/web"],
        [`${bench.http}/cart/1`, "shop.test", "/cart"],
        [bench.http, "other.test", 503],
        [bench.http, "share.test", "/all"],
        [bench.http, "share.test", "/all"],
        [bench.https, "shop.test", "/web"],
        [`${bench.https}/cart/1`, "shop.test", "/cart"],
        [portOf(db), "any.test", "/db"],
        [portOf(web), "any.test", "/web"],
      ]);
    });
  },
);

feature(
  "export --format gateway-api and ingress: documents on standard output, losses on standard error, 3 with --strict",
  async (bench) => {
    await prepare(bench);
    for (const [format, kind] of [["gateway-api", "HTTPRoute"], ["ingress", "Ingress"]]) {
      const words = ["export", "--format", format!, "--class", "edge", ...bench.flags];
      const { code, output, lines } = await bench.run(words);
      assert.equal(code, 0, lines.join("\n"));
      assert.match(output, new RegExp(`^---\\n(?:#.*\\n)*apiVersion: "[^"]*"\\nkind: "${kind}"$`, "m"));
      assert.match(output, /ClassName: "edge"$/m);
      const loss = "/cart: HAPROXY_0_STICKY is lost: only extensions of a controller can do it";
      assert.ok(output.includes(`\n# ${loss}\n`), output);
      assert.ok(lines.some((line) => line.includes(loss)), lines.join("\n"));
      const strict = await bench.run([...words, "--strict"]);
      assert.equal(strict.code, 3, strict.lines.join("\n"));
      assert.equal(strict.output, output);
    }
  },
);
