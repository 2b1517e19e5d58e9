import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { connect } from "node:tls";
import { type Made, makeCertificate } from "../shell/certificates/support/makeCertificate.ts";
import type { Change } from "../../lib/core/status/timeline.ts";
import type { Bench } from "./support/Bench.ts";
import { changes } from "./support/changes.ts";
import { certificateShown } from "./support/certificateShown.ts";
import { endToEnd } from "./support/endToEnd.ts";
import { deadline, eventually } from "../../tools/harness/eventually.ts";
import { request } from "./support/request.ts";
import { serveApps } from "./support/serveApps.ts";
import { webApp } from "./support/webApp.ts";

const host = "web.test";
const text = ({ certificate, key }: Made) => certificate + key;

/** Replaces a file by a rename, as careful programs do. */
async function replace(path: string, content: string, beside = `${path}~new`): Promise<void> {
  await writeFile(beside, content);
  await rename(beside, path);
}

async function assertShown(bench: Bench, { serial }: Made): Promise<void> {
  assert.equal((await certificateShown(bench.ports.https, host)).serialNumber, serial);
}

endToEnd("a replaced certificate is live without a restart, and a broken one is not", async (bench) => {
  const [first, second, third] = [
    await makeCertificate(host),
    await makeCertificate(host),
    await makeCertificate(host),
  ];
  const file = bench.path("web.pem");
  await writeFile(file, text(first));
  const { lb } = await serveApps(bench, [await webApp("/web", { labels: { HAPROXY_0_VHOST: host } })], {
    flags: ["--ssl-certs", file],
  });
  // The synchronisation after the start is over: from here on, no reload is due.
  const pids = await bench.ask("/_haproxy_getpids");
  await assertShown(bench, first);
  const connection = connect({
    host: "127.0.0.1",
    port: bench.ports.https,
    servername: host,
    rejectUnauthorized: false,
  });
  let answer = "";
  connection.setEncoding("utf8").on("data", (text: string) => answer += text);
  try {
    await once(connection, "secureConnect");
    connection.write(`POST / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\nContent-Length: 2\r\n\r\nx`);

    await replace(file, text(second));
    await eventually(() => assertShown(bench, second));
    await lb.until(/The new certificate of \S+web\.pem is in service, without a reload/);

    await replace(file, second.certificate + third.key);
    await lb.until(
      /ERROR .*the old one stays in service: \S+web\.pem holds a private key that does not belong/,
    );
    await assertShown(bench, second);
    assert.equal(await bench.ask("/_haproxy_getpids"), pids, "HAProxy was reloaded");

    await replace(file, text(third));
    await eventually(() => assertShown(bench, third));
    assert.equal(await bench.ask("/_haproxy_getpids"), pids, "HAProxy was reloaded");
    assert.equal(answer, "");
    // HAProxy closes the connection: 3.4 answers 400 to a client that closes its own side before the reply.
    connection.write("x");
    await once(connection, "close", { signal: AbortSignal.timeout(deadline) });
    assert.match(answer, /^HTTP\/1\.1 200 OK\r\n/);
  } finally {
    connection.destroy();
  }

  lb.signal("SIGUSR1");
  await eventually(async () => assert.notEqual(await bench.ask("/_haproxy_getpids"), pids));
  await assertShown(bench, third);
  for (const { key } of [first, second, third]) {
    const secret = key.split("\n")[1]!;
    assert.ok(!lb.lines.some((line) => line.includes(secret)), "a private key is in the log");
  }
});

endToEnd(
  "a certificate file added to a directory, or removed from it, is live without a reload",
  async (bench) => {
    const [first, second] = [await makeCertificate("first.test"), await makeCertificate(host)];
    const directory = bench.path("certs");
    await mkdir(directory);
    await writeFile(`${directory}/first.pem`, text(first));
    const { lb } = await serveApps(bench, [await webApp("/web", { labels: { HAPROXY_0_VHOST: host } })], {
      flags: ["--ssl-certs", directory],
    });
    const before = await changes(bench);
    await assertShown(bench, first);

    // HAProxy loads whatever is in the directory.
    await replace(`${directory}/web.pem`, text(second), bench.path("new.pem"));
    await lb.until(/The new certificate of \S+web\.pem is in service, without a reload/);
    await assertShown(bench, second);
    assert.equal((await request(bench.https, { servername: host, headers: { host } })).status, 200);
    await rm(`${directory}/web.pem`);
    await lb.until(/The certificate of \S+web\.pem is out of service, without a reload/);
    await assertShown(bench, first);

    const { reloads, pids } = await changes(bench);
    assert.deepEqual({ reloads, pids }, { reloads: before.reloads, pids: before.pids });
    const { changes: timeline } = JSON.parse(await bench.ask("/_mlb/api/changes?limit=2"));
    const recorded = timeline.map(({ how, asked, commands }: Change) => ({ how, asked, commands }));
    assert.deepEqual(recorded, [
      { how: "commands", asked: [`${directory}/web.pem was removed`], commands: 2 },
      { how: "commands", asked: [`${directory}/web.pem was added`], commands: 4 },
    ]);
  },
);

endToEnd("a certificate that a variable brings is replaced in its file", async (bench) => {
  const [first, second] = [await makeCertificate(host), await makeCertificate(host)];
  await mkdir(bench.path("cert"));
  const { lb } = await serveApps(bench, [await webApp("/web", { labels: { HAPROXY_0_VHOST: host } })], {
    env: { HAPROXY_SSL_CERT: text(first).replaceAll("\n", "\\n") },
  });
  await assertShown(bench, first);
  await replace(bench.path("cert/cert.pem"), text(second));
  await eventually(() => assertShown(bench, second));
  // HAProxy shows it a moment before the log has the line.
  await lb.until(/is in service, without a reload/);
  assert.equal(lb.count(/is in service, without a reload/), 1);
});

endToEnd("an expired certificate stops the start, with its variable and the time", async (bench) => {
  const { certificate, key } = await makeCertificate(host, { from: -9, until: -1 });
  await bench.startMarathon();
  const { code, lines } = await bench.run(["sse", ...bench.flags], { HAPROXY_SSL_CERT2: certificate + key });
  assert.equal(code, 1);
  assert.match(
    lines.at(-1)!,
    /^marathon-lb: The environment variable HAPROXY_SSL_CERT2 holds a certificate \(the first in it\) that expired at \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ; put a renewed one there, or remove it$/,
  );
});
