import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { stat } from "node:fs/promises";
import { createServer as createHttpServer, type IncomingHttpHeaders } from "node:http";
import { createServer } from "node:https";
import { connect } from "node:tls";
import { selfSignedCertificate } from "../../../lib/shell/certificates/prepare.ts";
import { systemClock } from "../../../lib/shell/system/clock.ts";
import { deadline, eventually } from "../../../tools/harness/eventually.ts";
import { ask, assertAnswers } from "../support/assertAnswers.ts";
import { certificateShown } from "../support/certificateShown.ts";
import { feature } from "../support/feature.ts";
import { frontendForms } from "../support/frontendForms.ts";
import { ownApp, whileListening } from "../support/ownApp.ts";
import { serveApps } from "../support/serveApps.ts";
import { webApp } from "../support/webApp.ts";

/** A task that has its own certificate, and counts its requests. */
async function tlsTask(name: string) {
  const pem = await selfSignedCertificate(name, systemClock);
  const seen = { hits: 0 };
  const server = createServer({ key: pem, cert: pem }, (_, response) => {
    seen.hits++;
    response.writeHead(200, { "x-app-id": `/${name.split(".")[0]}` }).end("hello");
  });
  return Object.assign(server, { seen, fingerprint: new X509Certificate(pem).fingerprint256 });
}

/** A task without TLS, and the headers of its last request. */
function plainTask() {
  const seen: { hits: number; headers: IncomingHttpHeaders } = { hits: 0, headers: {} };
  const server = createHttpServer((request, response) => {
    seen.hits++;
    seen.headers = request.headers;
    response.writeHead(200, { "x-app-id": "/web" }).end("hello");
  });
  return Object.assign(server, { seen });
}

const passing = { HAPROXY_0_SNI_PASSTHROUGH: "true" };

for (const [form, flags] of frontendForms) {
  feature(
    `SNI passthrough (${form}): tasks show their own certificates beside vhosts that HAProxy decrypts`,
    async (bench) => {
      const { domain, https, http, ports } = bench;
      const [bank, wild, web] = [
        await tlsTask(`bank.${domain}`),
        await tlsTask(`wild.${domain}`),
        plainTask(),
      ];
      await whileListening([bank, wild, web], async () => {
        await serveApps(bench, [
          await ownApp("/bank", [bank], {
            labels: { HAPROXY_0_VHOST: `bank.${domain}`, HAPROXY_0_REDIRECT_TO_HTTPS: "true", ...passing },
          }),
          await ownApp("/wild", [wild], { labels: { HAPROXY_0_VHOST: `*.wild.${domain}`, ...passing } }),
          await ownApp("/web", [web], {
            labels: {
              HAPROXY_0_VHOST: `web.${domain},named.wild.${domain}`,
              HAPROXY_0_BACKEND_NETWORK_ALLOWED_ACL: "127.0.0.3",
            },
          }),
        ], { flags });
        const shown = async (name: string) => (await certificateShown(ports.https, name)).fingerprint256;
        assert.equal(await shown(`bank.${domain}`), bank.fingerprint);
        assert.equal(await shown(`BANK.${domain}`), bank.fingerprint);
        assert.equal(await shown(`x.wild.${domain}`), wild.fingerprint);
        for (const host of [`web.${domain}`, `named.wild.${domain}`]) {
          assert.ok(![bank, wild].map(({ fingerprint }) => fingerprint).includes(await shown(host)), host);
        }

        const from = (last: number) => ({ localAddress: `127.0.0.${last}` });
        await assertAnswers([
          [https, `bank.${domain}`, "/bank"],
          [https, `bank.${domain}`, "/bank", from(2)],
          [https, `x.wild.${domain}`, "/wild"],
          // The address of the client is known behind the frontend that reads server names.
          [https, `web.${domain}`, "/web", from(3)],
          [https, `web.${domain}`, 403, from(2)],
          [https, `named.wild.${domain}`, "/web", from(3)],
          [http, `web.${domain}`, "/web", from(3)],
          [http, `bank.${domain}`, 301],
          [http, `x.wild.${domain}`, 503],
        ]);
        assert.deepEqual([bank.seen.hits, wild.seen.hits, web.seen.hits], [2, 1, 3]);
        await ask(https, `web.${domain}`, from(3));
        const { headers } = web.seen;
        assert.equal(headers["x-forwarded-for"], "127.0.0.3");
        assert.equal(headers["x-forwarded-proto"], "https");
        assert.equal(headers["x-forwarded-port"], String(ports.https));
      });
    },
  );
}

feature(
  "SNI passthrough: a request for a vhost that is passed through gets 421 on another vhost's connection",
  async (bench) => {
    const { domain, https } = bench;
    const [bank, web] = [await tlsTask(`bank.${domain}`), plainTask()];
    await whileListening([bank, web], async () => {
      await serveApps(bench, [
        await ownApp("/bank", [bank], { labels: { HAPROXY_0_VHOST: `*.${domain}`, ...passing } }),
        await ownApp("/web", [web], { labels: { HAPROXY_0_VHOST: `web.${domain}` } }),
      ]);
      const servername = `web.${domain}`;
      await assertAnswers([
        [https, `bank.${domain}`, 421, { servername }],
        [https, `web.${domain}`, "/web", { servername }],
        [https, `any.other.test`, 503, { servername }],
      ]);
      assert.deepEqual([bank.seen.hits, web.seen.hits], [0, 1]);
    });
  },
);

feature(
  "SNI passthrough: it comes, and stays over reloads, without a failed request; then all is as before",
  async (bench) => {
    const { domain, https, ports } = bench;
    const [bank, web] = [await tlsTask(`bank.${domain}`), plainTask()];
    await whileListening([bank, web], async () => {
      const labels = { HAPROXY_0_VHOST: `bank.${domain}` };
      const inactive = await ownApp("/bank", [bank], { labels: { ...labels, HAPROXY_0_ENABLED: "false" } });
      const active = { ...inactive, labels: { HAPROXY_GROUP: "external", ...labels, ...passing } };
      const other = await ownApp("/web", [web], { labels: { HAPROXY_0_VHOST: `web.${domain}` } });
      const { marathon, lb } = await serveApps(bench, [inactive, other]);
      const before = await bench.readConfig();
      assert.doesNotMatch(before, /ssl_sni/);

      let [asked, done] = [0, false];
      const failures: unknown[] = [];
      const traffic = Array.from({ length: 4 }, async () => {
        while (!done) {
          asked++;
          await assertAnswers([[https, `web.${domain}`, "/web"]]).catch((error) => failures.push(error));
        }
      });
      const change = async (bankNow: object, passes: boolean) => {
        marathon.setApps([bankNow, other] as Parameters<typeof marathon.setApps>[0]);
        marathon.emit({
          eventType: "status_update_event",
          appId: "/bank",
          timestamp: "2026-01-01T00:00:00.000Z",
        });
        await eventually(async () => {
          const { fingerprint256 } = await certificateShown(ports.https, `bank.${domain}`);
          assert.equal(fingerprint256 === bank.fingerprint, passes);
        });
      };
      await change(active, true);
      assert.match(await bench.readConfig(), /req\.ssl_sni -i bank/);
      for (let reload = 0; reload < 2; reload++) {
        const begin = lb.lines.length;
        lb.signal("SIGUSR1");
        await lb.until(/Reloaded/, begin);
      }
      done = true;
      await Promise.all(traffic);
      assert.deepEqual(failures, []);
      assert.ok(asked > 0);
      assert.equal(web.seen.hits, asked);

      // Other users of the machine cannot say who a client is.
      assert.equal((await stat(bench.path("run/https"))).mode & 0o777, 0o600);

      // A connection lives on in the old worker.
      const socket = connect({
        host: "127.0.0.1",
        port: ports.https,
        servername: `bank.${domain}`,
        rejectUnauthorized: false,
      });
      await once(socket, "secureConnect", { signal: AbortSignal.timeout(deadline) });
      await change(inactive, false);
      socket.write(`GET / HTTP/1.1\r\nHost: bank.${domain}\r\nConnection: close\r\n\r\n`);
      const [answer] = await once(socket, "data", { signal: AbortSignal.timeout(deadline) });
      assert.match(String(answer), /^HTTP\/1\.1 200 OK\r\n/);
      socket.destroy();
      await eventually(async () => assert.equal(await bench.readConfig(), before));
    });
  },
);

feature(
  "SNI passthrough: an app that is served keeps its vhost from newcomers that pass it through",
  async (bench) => {
    const { domain, https } = bench;
    const thief = await tlsTask(`thief.${domain}`);
    await whileListening([thief], async () => {
      const victim = await webApp("/victim", {
        labels: { HAPROXY_0_VHOST: `shop.${domain}`, HAPROXY_0_PATH: "/cart" },
      });
      const { marathon, lb } = await serveApps(bench, [victim]);
      const begin = lb.lines.length;
      await marathon.createApp({
        ...await webApp("/thief", {
          labels: { HAPROXY_0_VHOST: `shop.${domain},thief.${domain}`, ...passing },
        }),
      });
      await lb.until(
        /\/thief: service 0 is served without the vhost and path "shop\..*taken by \/victim/,
        begin,
      );
      await assertAnswers([[`${https}/cart`, `shop.${domain}`, "/victim"]]);
    });
  },
);
