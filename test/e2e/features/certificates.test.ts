import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { connect } from "node:tls";
import { selfSignedCertificate } from "../../../lib/shell/certificates/prepare.ts";
import { systemClock } from "../../../lib/shell/system/clock.ts";
import { assertAnswers } from "../support/assertAnswers.ts";
import type { Bench } from "../support/Bench.ts";
import { certificateShown } from "../support/certificateShown.ts";
import { feature } from "../support/feature.ts";
import { freePort } from "../../../tools/harness/freePort.ts";
import { frontendForms } from "../support/frontendForms.ts";
import { serveApps } from "../support/serveApps.ts";
import { webApp } from "../support/webApp.ts";

/** Makes a certificate for a host or a wildcard. */
async function makeCertificate(bench: Bench, name: string, host = name) {
  const pem = await selfSignedCertificate(host, systemClock);
  const path = bench.path(`${name}.pem`);
  await writeFile(path, pem);
  return { path, fingerprint: new X509Certificate(pem).fingerprint256 };
}

const shown = async (port: number, servername: string) =>
  (await certificateShown(port, servername)).fingerprint256;

feature("certificates: the server name chooses among those of --ssl-certs, wildcards too", async (bench) => {
  const { domain } = bench;
  const first = await makeCertificate(bench, `first.${domain}`);
  const exact = await makeCertificate(bench, `a.wild.${domain}`);
  const wild = await makeCertificate(bench, "wild", `*.wild.${domain}`);
  const flags = ["--ssl-certs", [first, exact, wild].map(({ path }) => path).join(",")];
  await serveApps(bench, [
    await webApp("/exact", { labels: { HAPROXY_0_VHOST: `a.wild.${domain}` } }),
    await webApp("/wild", { labels: { HAPROXY_0_VHOST: `*.wild.${domain}` } }),
  ], { flags });
  const { https, ports: { https: port } } = bench;
  assert.equal(await shown(port, `first.${domain}`), first.fingerprint);
  assert.equal(await shown(port, `a.wild.${domain}`), exact.fingerprint);
  assert.equal(await shown(port, `b.wild.${domain}`), wild.fingerprint);
  assert.equal(await shown(port, `other.${domain}`), first.fingerprint);
  await assertAnswers([[https, `a.wild.${domain}`, "/exact"], [https, `b.wild.${domain}`, "/wild"]]);
});

for (const [form, flags] of frontendForms.filter(([, flags]) => flags.includes("--group-https-by-vhost"))) {
  feature(`${form}: each vhost shows its own certificate and serves its app`, async (bench) => {
    const { domain } = bench;
    const shared = await makeCertificate(bench, "shared");
    const [one, two, both, wild] = [
      await makeCertificate(bench, `one.${domain}`),
      await makeCertificate(bench, `two.${domain}`),
      await makeCertificate(bench, `both.${domain}`),
      await makeCertificate(bench, "wild", `*.wild.${domain}`),
    ];
    const app = (id: string, VHOST: string, certificate?: { path: string }) =>
      webApp(id, {
        labels: { HAPROXY_0_VHOST: VHOST, ...certificate && { HAPROXY_0_SSL_CERT: certificate.path } },
      });
    await serveApps(bench, [
      await app("/one", `one.${domain}`, one),
      await app("/two", `two.${domain}`, two),
      await app("/several", `b.${domain},c.${domain}`, both),
      await app("/wild", `*.wild.${domain}`, wild),
      await app("/plain", `plain.${domain}`),
    ], { flags: [...flags, "--ssl-certs", shared.path] });
    const table = [
      [`one.${domain}`, one, "/one"],
      [`ONE.${domain}`, one, "/one"],
      [`two.${domain}`, two, "/two"],
      [`b.${domain}`, both, "/several"],
      [`c.${domain}`, both, "/several"],
      [`x.wild.${domain}`, wild, "/wild"],
      [`plain.${domain}`, shared, "/plain"],
    ] as const;
    for (const [host, { fingerprint }, app] of table) {
      assert.equal(await shown(bench.ports.https, host), fingerprint, host);
      await assertAnswers([[bench.https, host, app]]);
    }
  });

  feature(
    `${form}: a vhost's bind options guard its apps from the clients of other vhosts`,
    async (bench) => {
      const { domain } = bench;
      const authority = await makeCertificate(bench, "authority");
      await serveApps(bench, [
        await webApp("/guarded", {
          labels: {
            HAPROXY_0_VHOST: `guarded.${domain}`,
            HAPROXY_0_BIND_OPTIONS: `verify required ca-file ${authority.path}`,
            HAPROXY_0_SSL_CERT: authority.path,
          },
        }),
        await webApp("/open", { labels: { HAPROXY_0_VHOST: `open.${domain}` } }),
      ], { flags });
      await assert.rejects(assertAnswers([[bench.https, `guarded.${domain}`, "/guarded"]]));
      await assertAnswers([
        [bench.https, `open.${domain}`, "/open"],
        [bench.https, `guarded.${domain}`, 503, { servername: `open.${domain}` }],
      ]);
    },
  );
}

feature(
  "bind options: a service's alpn replaces the default one, on its port and in its vhost",
  async (bench) => {
    const { domain } = bench;
    const [one, old] = [await freePort(), await freePort()];
    const { path } = await makeCertificate(bench, "any");
    const app = (id: string, servicePort: number, options: string) =>
      webApp(id, {
        servicePort,
        labels: {
          HAPROXY_0_VHOST: `${id.slice(1)}.${domain}`,
          HAPROXY_0_SSL_CERT: path,
          HAPROXY_0_BIND_OPTIONS: options,
        },
      });
    await serveApps(bench, [
      await app("/new", one, "alpn h2"),
      await app("/old", old, "alpn http/1.1"),
      await webApp("/plain", { labels: { HAPROXY_0_VHOST: `plain.${domain}` } }),
    ], { flags: ["--group-https-by-vhost"] });
    const { https } = bench.ports;
    assert.equal(await negotiated(one, `any.${domain}`), "h2");
    assert.equal(await negotiated(old, `any.${domain}`), "http/1.1");
    assert.equal(await negotiated(https, `new.${domain}`), "h2");
    assert.equal(await negotiated(https, `old.${domain}`), "http/1.1");
    assert.equal(await negotiated(https, `plain.${domain}`), "h2");
    await assertAnswers([
      [`https://127.0.0.1:${old}`, `any.${domain}`, "/old"],
      [bench.https, `old.${domain}`, "/old"],
      [bench.https, `plain.${domain}`, "/plain"],
    ]);
  },
);

/** The protocol that the server picks from both. */
async function negotiated(port: number, servername: string): Promise<string | false | null> {
  const ALPNProtocols = ["h2", "http/1.1"];
  const socket = connect({ host: "127.0.0.1", port, servername, ALPNProtocols, rejectUnauthorized: false });
  try {
    await once(socket, "secureConnect");
    return socket.alpnProtocol;
  } finally {
    socket.destroy();
  }
}
