import assert from "node:assert/strict";
import { mkdir, rename, writeFile } from "node:fs/promises";
import process from "node:process";
import type { Bench } from "./support/Bench.ts";
import { endToEnd } from "./support/endToEnd.ts";
import { eventually } from "../../tools/harness/eventually.ts";
import { freePort } from "../../tools/harness/freePort.ts";
import { request } from "./support/request.ts";
import { webApp } from "./support/webApp.ts";
import { makeCertificate } from "../shell/certificates/support/makeCertificate.ts";

const health = (bench: Bench) => request(`${bench.admin}/_mlb_health`);

/** Waits until the controller says that it is healthy. */
function untilHealthy(bench: Bench): Promise<void> {
  return eventually(async () => assert.deepEqual(await statusAndBody(bench), [200, "healthy\n"]));
}

async function statusAndBody(bench: Bench): Promise<[number, string]> {
  const { status, body } = await health(bench);
  return [status, body];
}

/** The samples of a text in Prometheus's format, each with HELP and TYPE before it. */
function parseMetrics(text: string): Map<string, number> {
  const samples = new Map<string, number>();
  let about = "";
  let histogram = false;
  for (const line of text.trimEnd().split("\n")) {
    const [, kind, metric, rest] = /^# (HELP|TYPE) ([a-z_]+) (\S.*)/.exec(line) ?? [];
    if (kind) {
      about = metric!;
      histogram = rest === "histogram";
      continue;
    }
    const [, name, labels = "", value] =
      /^([a-z_]+)(\{[a-z]+="(?:[^"\\]|\\.)*"(?:,[a-z]+="(?:[^"\\]|\\.)*")*\})? (\S+)$/.exec(line) ?? [];
    const described = histogram ? name?.replace(/_(?:bucket|sum|count)$/, "") : name;
    assert.equal(described, about, `a sample without its HELP and TYPE: ${line}`);
    assert.ok(Number.isFinite(Number(value)), line);
    samples.set(`${name}${labels}`, Number(value));
  }
  return samples;
}

endToEnd("metrics and status have what is left out and why", async (bench) => {
  const marathon = await bench.startMarathon();
  const servicePort = await freePort();
  await marathon.createApp(await webApp("/web", { instances: 2, servicePort }));
  // One that only loses its port would still be served.
  await marathon.createApp(await webApp("/web/bad", { labels: { HAPROXY_0_MODE: "udp" } }));
  await marathon.settled();
  await bench.serve();
  await untilHealthy(bench);

  const reply = await request(`${bench.admin}/_mlb_metrics`);
  assert.match(reply.headers["content-type"]!, /^text\/plain; version=0\.0\.4/);
  const metrics = parseMetrics(reply.body);
  const expected = {
    healthy: 1,
    haproxy_up: 1,
    event_stream_connected: 1,
    apps: 2,
    services: 1,
    backends: 2,
    excluded_services: 1,
    'synchronisations_total{result="failed"}': 0,
  };
  for (const [name, value] of Object.entries(expected)) {
    assert.equal(metrics.get(`marathon_lb_${name}`), value, name);
  }
  assert.ok(metrics.get('marathon_lb_synchronisations_total{result="ok"}')! >= 2);
  assert.ok(metrics.get('marathon_lb_last_successful_synchronisation_duration_seconds{stage="fetch"}')! > 0);
  const certificate = `marathon_lb_certificate_expiry_timestamp_seconds{file="${
    bench.path("cert/cert.pem")
  }"}`;
  assert.ok(metrics.get(certificate)! > Date.now() / 1000);

  const status = JSON.parse(await bench.ask("/_mlb_status"));
  assert.equal(status.healthy, true);
  assert.equal(status.eventStream.state, "connected");
  assert.deepEqual(
    status.services.map(({ app, port, backends }: Record<string, unknown>) => ({ app, port, backends })),
    [{ app: "/web", port: servicePort, backends: 2 }],
  );
  assert.equal(status.excluded.length, 1);
  assert.equal(status.excluded[0].app, "/web/bad");
  assert.match(status.excluded[0].reason, /HAPROXY_0_MODE is "udp"; expected `tcp` or `http`/);
});

endToEnd("status lists each reload with its reasons", async (bench) => {
  const marathon = await bench.startMarathon();
  await bench.serve();
  await marathon.createApp(await webApp("/web", { servicePort: await freePort() }));
  await eventually(async () => {
    const { reloads, synchronisations, events } = JSON.parse(await bench.ask("/_mlb_status"));
    assert.ok(reloads.ok >= 1);
    assert.match(reloads.last.at(-1).reasons.join(), /backend web_\d+ added/);
    const applied = synchronisations.last.find(({ outcome }: { outcome: string }) => outcome === "applied");
    assert.match(applied.reasons.join(), /_event/);
    assert.ok(events.api_post_event >= 1);
  });
});

endToEnd("is unhealthy, with the reason, while Marathon is away and HAProxy serves", async (bench) => {
  const marathon = await bench.startMarathon();
  const lb = await bench.serve({ flags: ["--health-after", "1", "--max-backoff", "1"] });
  await untilHealthy(bench);

  await marathon.stopNode(0);
  lb.signal("SIGHUP");
  await eventually(async () => {
    const { status, body } = await health(bench);
    assert.equal(status, 503);
    assert.match(body, /^Marathon has given no answer for \d+ s: .*refused/m);
    assert.match(body, /^There has been no event stream for \d+ s: .*refused/m);
  });
  assert.match(await bench.ask("/_haproxy_health_check"), /200 OK/);
  const metrics = parseMetrics(await bench.ask("/_mlb_metrics"));
  assert.equal(metrics.get("marathon_lb_healthy"), 0);
  assert.equal(metrics.get("marathon_lb_event_stream_connected"), 0);
  assert.ok(metrics.get("marathon_lb_marathon_errors_total")! >= 1);
  const { marathon: { lastError } } = JSON.parse(await bench.ask("/_mlb_status"));
  assert.match(lastError.message, /refused/);

  await marathon.startNode(0);
  await untilHealthy(bench);
});

endToEnd("is unhealthy while its process is stopped and HAProxy serves", async (bench) => {
  await bench.startMarathon();
  const lb = await bench.serve();
  await untilHealthy(bench);
  lb.signal("SIGSTOP");
  try {
    const { status, body } = await health(bench);
    assert.equal(status, 503);
    assert.match(body, /^the controller does not answer: no whole answer on .* within 2 s/);
    assert.match(await bench.ask("/_haproxy_health_check"), /200 OK/);
  } finally {
    lb.signal("SIGCONT");
  }
  await untilHealthy(bench);
});

endToEnd("counts restarts of HAProxy", async (bench) => {
  await bench.startMarathon();
  const lb = await bench.serve();
  const [master] = (await bench.ask("/_haproxy_getpids")).split(" ").map(Number);
  process.kill(master!, "SIGKILL");
  await lb.until(/HAProxy restarted/);
  await untilHealthy(bench);
  const metrics = parseMetrics(await bench.ask("/_mlb_metrics"));
  assert.equal(metrics.get("marathon_lb_haproxy_restarts_total"), 1);
});

endToEnd("status reports what happened to changed certificates", async (bench) => {
  const directory = bench.path("certs");
  await mkdir(directory);
  const [first, second, third, fourth] = [
    await makeCertificate("a.test"),
    await makeCertificate("a.test"),
    await makeCertificate("b.test"),
    await makeCertificate("c.test"),
  ];
  const put = async (name: string, text: string) => {
    await writeFile(bench.path("new.pem"), text);
    await rename(bench.path("new.pem"), `${directory}/${name}`);
  };
  await put("a.pem", first.certificate + first.key);
  await bench.startMarathon();
  await bench.serve({ flags: ["--ssl-certs", directory] });
  const status = async () => JSON.parse(await bench.ask("/_mlb_status"));
  const before = (await status()).reloads.ok;

  await put("a.pem", second.certificate + second.key);
  await eventually(async () => {
    const { runtimeUpdates: { certificates, commands } } = await status();
    assert.deepEqual([certificates.ok, certificates.failed, commands], [1, 0, 2]);
    assert.deepEqual(certificates.last[0].reasons, [`${directory}/a.pem changed`]);
  });
  await put("a.pem", second.certificate + third.key);
  await eventually(async () => {
    const { runtimeUpdates: { certificates } } = await status();
    assert.deepEqual([certificates.ok, certificates.failed], [1, 1]);
    assert.match(certificates.last[0].failure, /a\.pem holds a private key that does not belong/);
  });
  await put("a.pem", second.certificate + second.key);
  await put("b.pem", third.certificate + third.key);
  await eventually(async () => {
    const { runtimeUpdates: { certificates, commands } } = await status();
    assert.deepEqual([certificates.ok, commands], [2, 6]);
    assert.deepEqual(certificates.last[0].reasons, [`${directory}/b.pem was added`]);
  });
  // It sorts first, and is the certificate of all other names from now on.
  await put("0.pem", fourth.certificate + fourth.key);
  await eventually(async () => {
    const { reloads } = await status();
    assert.equal(reloads.ok, before + 1);
    assert.deepEqual(reloads.last[0].reasons, [
      `certificates: ${directory}/0.pem was added and is the first of its directory, the default`,
    ]);
  });
  const metrics = parseMetrics(await bench.ask("/_mlb_metrics"));
  const updates = (result: string) =>
    metrics.get(`marathon_lb_runtime_updates_total{kind="certificates",result="${result}"}`);
  assert.deepEqual([updates("ok"), updates("failed")], [2, 1]);
  assert.equal(metrics.get("marathon_lb_runtime_commands_total"), 6);
  assert.equal(metrics.get('marathon_lb_reloads_total{result="ok"}'), before + 1);
});

endToEnd("status reports Marathon's callbacks like its event stream", async (bench) => {
  const marathon = await bench.startMarathon();
  const address = `127.0.0.1:${await freePort()}`;
  const lb = bench.start({ mode: "event", flags: ["--listening", address] });
  await lb.until(/triggered by .*a new subscription to events/);
  const eventStream = async () => JSON.parse(await bench.ask("/_mlb_status")).eventStream;
  await eventually(async () => {
    const { source, state, reconnects } = await eventStream();
    assert.deepEqual([source, state, reconnects], ["callbacks", "connected", 0]);
  });
  await marathon.createApp(await webApp("/web"));
  await eventually(async () => {
    const { events } = JSON.parse(await bench.ask("/_mlb_status"));
    assert.ok(events.api_post_event >= 1);
  });

  marathon.subscriptions.remove(`http://${address}`);
  marathon.faults.add({ path: "/v2/eventSubscriptions", method: "POST", status: 404 });
  // A failure is what makes it look before the minute is over.
  marathon.faults.add({ path: "/v2/apps", status: 500, times: 1 });
  lb.signal("SIGHUP");
  await eventually(async () => {
    const { state, reason } = await eventStream();
    assert.equal(state, "disconnected");
    assert.match(reason, /HTTP 404/);
  });
  assert.equal(parseMetrics(await bench.ask("/_mlb_metrics")).get("marathon_lb_event_stream_connected"), 0);

  marathon.faults.clear();
  await eventually(async () => {
    const { state, reconnects } = await eventStream();
    assert.deepEqual([state, reconnects], ["connected", 1]);
  });
  const metrics = parseMetrics(await bench.ask("/_mlb_metrics"));
  assert.equal(metrics.get("marathon_lb_event_stream_connected"), 1);
  assert.equal(metrics.get("marathon_lb_event_stream_reconnects_total"), 1);
  await untilHealthy(bench);
});
