import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { findHaproxy } from "../../../lib/shell/haproxy/binary.ts";
import { selfSignedCertificate } from "../../../lib/shell/certificates/prepare.ts";
import { systemClock } from "../../../lib/shell/system/clock.ts";
import { deadline } from "../../../tools/harness/eventually.ts";
import { ask } from "../support/assertAnswers.ts";
import type { Bench } from "../support/Bench.ts";
import { feature } from "../support/feature.ts";
import { serveApps } from "../support/serveApps.ts";
import { webApp } from "../support/webApp.ts";

const client = fileURLToPath(new URL("../support/http3Client.ts", import.meta.url));

/** Asks by HTTP/3, in a process of its own. */
async function askHttp3(bench: Bench, host: string, path: string) {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [
      ...["run", "-A", "--no-check", "--frozen", "--cached-only", "--unstable-net", client],
      ...["127.0.0.1", String(bench.ports.https), "one.test", bench.path("front.pem"), host, path],
    ],
    { timeout: deadline },
  );
  return JSON.parse(stdout) as { status?: number; body: string };
}

feature("--http3: a vhost answers by HTTP/3, also after a reload, and says so to browsers", async (bench) => {
  const { quic, version } = await findHaproxy(bench.path("bin/haproxy"), {
    env: { ...process.env },
    signal: AbortSignal.timeout(deadline),
  });
  await writeFile(bench.path("front.pem"), await selfSignedCertificate("one.test", systemClock));
  const one = await webApp("/one", { labels: { HAPROXY_0_VHOST: "one.test" } });
  const { marathon, lb } = await serveApps(bench, [one], {
    flags: ["--http3", "--ssl-certs", bench.path("front.pem")],
  });
  const { headers } = await ask(bench.https, "one.test");
  if (!quic) {
    const said = `--http3 is ignored: HAProxy ${version.text} is built without QUIC`;
    assert.equal(lb.lines.filter((line) => line.startsWith("WARNING") && line.includes(said)).length, 1);
    assert.doesNotMatch(await bench.readConfig(), /quic/);
    assert.equal(headers["alt-svc"], undefined);
    return;
  }
  assert.equal(headers["alt-svc"], `h3=":${bench.ports.https}"; ma=900`);
  const { status, body } = await askHttp3(bench, "one.test", "/");
  assert.equal(status, 200);
  assert.match(body, /^\/one task one\./);

  const before = lb.lines.length;
  await marathon.createApp(await webApp("/two", { labels: { HAPROXY_0_VHOST: "two.test" } }));
  await lb.until(/reloaded because/, before);
  assert.equal((await askHttp3(bench, "one.test", "/")).status, 200);
  assert.equal((await askHttp3(bench, "none.test", "/")).status, 503);
});
