import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { connect } from "node:tls";
import { selfSignedCertificate } from "../../../lib/shell/certificates/selfSignedCertificate.ts";
import { systemClock } from "../../../lib/shell/clock/systemClock.ts";
import { FakeClock } from "../../support/FakeClock.ts";
import { withDirectory } from "../files/withDirectory.ts";

const clock = new FakeClock(Date.UTC(2024, 0, 2));

Deno.test("the certificate is for any host, for ten years, with a key that fits", async () => {
  const pem = await selfSignedCertificate("box-1.example", clock);
  const certificate = new X509Certificate(pem);
  assert.equal(certificate.subject, "CN=*");
  assert.equal(certificate.subjectAltName, "DNS:*, DNS:localhost, DNS:box-1.example");
  assert.equal(new Date(certificate.validFrom).toISOString(), "2024-01-01T00:00:00.000Z");
  assert.equal(new Date(certificate.validTo).getTime(), Date.UTC(2024, 0, 2) + 3650 * 86_400_000);
  const key = createPrivateKey(pem.slice(pem.indexOf("-----BEGIN PRIVATE KEY")));
  assert.ok(certificate.checkPrivateKey(key));
  assert.equal(key.asymmetricKeyDetails?.namedCurve, "prime256v1");
  assert.deepEqual(pem.match(/-----.*-----\n/g), [
    "-----BEGIN CERTIFICATE-----\n",
    "-----END CERTIFICATE-----\n",
    "-----BEGIN PRIVATE KEY-----\n",
    "-----END PRIVATE KEY-----\n",
  ]);
});

const names: [hostName: string, alternativeNames: string][] = [
  ["localhost", "DNS:*, DNS:localhost"],
  ["", "DNS:*, DNS:localhost"],
  ["bücher", "DNS:*, DNS:localhost"],
  ["10.0.0.7", "DNS:*, DNS:localhost, IP Address:10.0.0.7"],
];
for (const [hostName, expected] of names) {
  Deno.test(`a system called ${JSON.stringify(hostName)} gives the names ${expected}`, async () => {
    const certificate = new X509Certificate(await selfSignedCertificate(hostName, clock));
    assert.equal(certificate.subjectAltName, expected);
  });
}

Deno.test("a TLS client that trusts the certificate sees it and accepts it", async () => {
  const pem = await selfSignedCertificate("box", systemClock);
  const server = createServer({ key: pem, cert: pem });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    const { port } = server.address() as AddressInfo;
    const client = connect({ host: "127.0.0.1", port, servername: "localhost", ca: pem });
    await new Promise((resolve, reject) => client.once("secureConnect", resolve).once("error", reject));
    assert.equal(client.getPeerCertificate().subject.CN, "*");
    client.destroy();
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

Deno.test("HAProxy loads the certificate", () =>
  withDirectory(async (directory) => {
    const certificate = join(directory, "cert.pem");
    const configuration = join(directory, "haproxy.cfg");
    await writeFile(certificate, await selfSignedCertificate("box", clock));
    await writeFile(
      configuration,
      `defaults
  timeout client 1s
  timeout connect 1s
  timeout server 1s
frontend https
  mode http
  bind abns@unused ssl crt ${certificate}
`,
    );
    const haproxy = spawn("haproxy", ["-c", "-f", configuration], { stdio: ["ignore", "ignore", "pipe"] });
    let output = "";
    haproxy.stderr.on("data", (chunk) => output += chunk);
    const exitCode = await new Promise((resolve, reject) =>
      haproxy.once("close", resolve).once("error", reject)
    );
    assert.equal(exitCode, 0, output);
  }));
