import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { connect, createServer as createTcpServer } from "node:net";
import { text } from "node:stream/consumers";
import { eventually } from "../../../tools/harness/eventually.ts";
import { SyslogServer } from "../../support/SyslogServer.ts";
import { ask } from "../support/assertAnswers.ts";
import { withReload } from "../support/changes.ts";
import { feature } from "../support/feature.ts";
import { ownApp, whileListening } from "../support/ownApp.ts";
import { serveApps } from "../support/serveApps.ts";

type Line = Readonly<Record<string, string | number>>;

function linesOf(output: string): string[] {
  return output.split("\n").filter((line) => line !== "");
}

/** Every line as JSON: by `jq` too, where the machine has it. */
function parsed(lines: readonly string[]): Line[] {
  const jq = spawnSync("jq", ["-c", "."], { input: lines.join("\n"), encoding: "utf8" });
  if (!jq.error) {
    assert.equal(jq.status, 0, jq.stderr);
    assert.equal(linesOf(jq.stdout).length, lines.length);
  }
  return lines.map((line) => JSON.parse(line));
}

/** Sends bytes and waits for the end of what comes back. */
async function send(port: number, bytes: string): Promise<void> {
  const socket = connect({ host: "127.0.0.1", port });
  await once(socket, "connect");
  socket.end(bytes, "latin1");
  await text(socket).catch(() => "");
}

/** What clients may send to break a line. */
const hostile: readonly string[] = [
  'GET /"quoted"\\back\\slash"} HTTP/1.1\r\nHost: own.test\r\nConnection: close\r\n\r\n',
  'GET / HTTP/1.1\r\nHost: "\\u0000\\\r\nConnection: close\r\n\r\n',
  "GET / HTTP/1.1\r\nHost: a\tb.test\r\nConnection: close\r\n\r\n",
  "GET / HTTP/1.1\r\nHost: \xc3\xa9\xf0\x9f\x98\x80.test\r\nConnection: close\r\n\r\n",
  "GET / HTTP/1.1\r\nHost: \xff\xfe\xc3.test\r\nConnection: close\r\n\r\n",
  "GET /\xc3\xa9\xff HTTP/1.1\r\nHost: own.test\r\nConnection: close\r\n\r\n",
  `GET /${'"'.repeat(3_000)} HTTP/1.1\r\nHost: own.test\r\nConnection: close\r\n\r\n`,
  `GET / HTTP/1.1\r\nHost: ${"\xe2\x82\xac".repeat(300)}\r\nConnection: close\r\n\r\n`,
  "%{+Q}o %[env(PATH)] HTTP/1.1\r\n\r\n",
  "G\x01\x02T / HTTP/1.1\r\n\r\n",
  "\x16\x03\x01\r\n\r\n",
];

feature(
  "access log as JSON: one line a request on standard output, with app, vhost, status and times",
  async (bench) => {
    const web = createHttpServer((request, response) => {
      request.resume();
      response.writeHead(request.url?.startsWith("/missing") ? 404 : 200).end("hello");
    });
    const raw = createTcpServer((socket) => socket.on("error", () => {}).end("hello"));
    await whileListening([web, raw], async () => {
      const app = await ownApp("/shop/web", [web], { labels: { HAPROXY_0_VHOST: "own.test" } });
      const tcp = await ownApp("/raw", [raw]);
      const { marathon, lb } = await serveApps(bench, [app, tcp], { flags: ["--access-log", "json"] });
      const { port } = app.portDefinitions[0]!;
      await ask(bench.http, "OWN.test:80");
      await ask(`${bench.https}/missing?a=1`, "own.test");
      await ask(`http://127.0.0.1:${port}`, "any.test");
      await ask(bench.appid, "any.test", { headers: { "x-marathon-app-id": "/shop/web" } });
      await ask(bench.http, "unknown.test");
      await send(tcp.portDefinitions[0]!.port, "hello");
      const lines = await eventually(() => {
        const lines = parsed(linesOf(lb.output));
        assert.equal(lines.length, 6);
        return Promise.resolve(lines);
      });
      const shown = lines.map(({ type, app, vhost, status, frontend, uri, method }) =>
        type === "connection"
          ? [type, app]
          : [type, app, vhost, status, `${frontend}`.replace(/_in$/, ""), method, uri]
      );
      const backend = `shop_web_${port}`;
      assert.deepEqual(
        shown.toSorted(),
        [
          ["connection", "/raw"],
          ["request", "/shop/web", "any.test", 200, backend, "GET", "/"],
          ["request", "/shop/web", "any.test", 200, "marathon_http_appid", "GET", "/"],
          ["request", "/shop/web", "own.test", 200, "marathon_http", "GET", "/"],
          ["request", "/shop/web", "own.test", 404, "marathon_https", "GET", "/missing?a=1"],
          ["request", "-", "unknown.test", 503, "marathon_http", "GET", "/"],
        ].toSorted(),
      );
      for (const { type, app, backend: to, client, time, totalMs, tls, frontend, responseMs } of lines) {
        assert.equal(client, "127.0.0.1");
        assert.ok(Number(time) > 1_700_000_000 && Number(totalMs) >= 0);
        if (type === "connection" || app === "-") continue;
        assert.equal(to, backend);
        assert.ok(Number(responseMs) >= 0);
        assert.match(`${tls}`, frontend === "marathon_https_in" ? /^TLSv1/ : /^-$/);
      }

      for (const bytes of hostile) await send(bench.ports.http, bytes);
      await eventually(() =>
        Promise.resolve(assert.equal(parsed(linesOf(lb.output)).length, 6 + hostile.length))
      );
      // HAProxy's notices about the old frontends stay out of it.
      await withReload(bench, "some", async () => {
        marathon.setApps([{ ...app, labels: { ...app.labels, HAPROXY_0_STICKY: "true" } }, tcp]);
        marathon.emit({
          eventType: "status_update_event",
          appId: "/shop/web",
          timestamp: "2026-01-01T00:00:00.000Z",
        });
        await eventually(async () =>
          assert.equal((await bench.ask("/_haproxy_getpids")).split(" ").length, 2)
        );
      });
      await ask(bench.http, "own.test");
      await eventually(() =>
        Promise.resolve(assert.equal(parsed(linesOf(lb.output)).length, 7 + hostile.length))
      );
    });
  },
);

feature(
  "access log on standard output: the lines continue when the controller is killed and adopts HAProxy",
  async (bench) => {
    const web = createHttpServer((_, response) => response.end("hello"));
    await whileListening([web], async () => {
      const app = await ownApp("/own", [web], { labels: { HAPROXY_0_VHOST: "own.test" } });
      const { lb } = await serveApps(bench, [app], { flags: ["--access-log", "json"] });
      lb.signal("SIGKILL");
      await ask(bench.http, "own.test");
      await eventually(() => Promise.resolve(assert.equal(parsed(linesOf(lb.output)).length, 1)));
      const next = bench.start({ flags: ["--access-log", "json"] });
      await next.until(/Adopted the HAProxy/);
      await ask(bench.http, "own.test");
      await eventually(() => Promise.resolve(assert.equal(parsed(linesOf(lb.output)).length, 2)));
      await bench.stop(next);
      // Its output ends with that of HAProxy.
      await lb.exited;
    });
  },
);

feature("access log as text: one line a request, with values in quotes", async (bench) => {
  const web = createHttpServer((_, response) => response.end("hello"));
  await whileListening([web], async () => {
    const app = await ownApp("/own", [web], { labels: { HAPROXY_0_VHOST: "own.test" } });
    const { lb } = await serveApps(bench, [app], { flags: ["--access-log", "text"] });
    await ask(`${bench.http}/x?y=1`, "own.test");
    await send(bench.ports.http, hostile[1]!);
    await eventually(() => {
      const [first, second, ...more] = linesOf(lb.output);
      assert.match(
        first ?? "",
        /^type="request" time=\d+\.\d{3} app="\\\/own" vhost="own\.test" method="GET" uri="\\\/x\?y=1" status=200 /,
      );
      assert.match(second ?? "", / status=[45]\d\d /);
      assert.deepEqual(more, []);
      return Promise.resolve();
    });
  });
});

feature("access log to syslog by UDP, and none without the flag", async (bench) => {
  const web = createHttpServer((_, response) => response.end("hello"));
  await using syslog = await SyslogServer.udp();
  await whileListening([web], async () => {
    const app = await ownApp("/own", [web], { labels: { HAPROXY_0_VHOST: "own.test" } });
    const flags = ["--access-log", "json", "--access-log-target", syslog.address];
    const { lb } = await serveApps(bench, [app], { flags });
    await ask(bench.http, "own.test");
    await eventually(() => {
      // The facility local0, the severity info.
      const [, json = ""] = /^<134>1 .*? (\{.*\})\s*$/.exec(syslog.messages.join("")) ?? [];
      const { app, vhost, status } = JSON.parse(json);
      assert.deepEqual([app, vhost, status], ["/own", "own.test", 200]);
      return Promise.resolve();
    });
    assert.equal(lb.output, "");
    await bench.stop(lb);
    assert.equal(syslog.messages.length, 1);
    const silent = await bench.serve();
    await ask(bench.http, "own.test");
    await bench.stop(silent);
    assert.equal(silent.output, "");
    assert.equal(syslog.messages.length, 1);
    assert.doesNotMatch(await bench.readConfig(), /txn.mlb_|log-format/);
  });
});
