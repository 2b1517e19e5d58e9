import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { connect } from "node:tls";
import { prepareCertificates, selfSignedCertificate } from "../../../lib/shell/certificates/prepare.ts";
import { systemClock } from "../../../lib/shell/system/clock.ts";
import { FakeClock } from "../../support/FakeClock.ts";
import { RecordingLogger } from "../../support/RecordingLogger.ts";
import { withDirectory } from "../system/withDirectory.ts";
import { makeCertificate } from "./support/makeCertificate.ts";

const now = new FakeClock().now();
const { certificate, key } = await makeCertificate("a.test", { now });
const encryptedKey = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nSECRET\n-----END ENCRYPTED PRIVATE KEY-----\n";

function prepare(
  certDir: string,
  environment: Record<string, string>,
  sslCerts?: string[],
  logger = new RecordingLogger(),
): Promise<string[]> {
  return prepareCertificates({
    environment,
    sslCerts,
    certDir,
    clock: new FakeClock(),
    logger,
    hostName: "box",
  });
}

Deno.test("certificates of the environment are written privately, with escapes expanded", () =>
  withDirectory(async (directory) => {
    const certDir = join(directory, "ssl");
    const escaped = (certificate + key).replaceAll("\n", "\\n");
    const paths = await prepare(certDir, {
      HAPROXY_SSL_CERT100: key + certificate,
      HAPROXY_SSL_CERT: escaped,
      HAPROXY_SSL_CERT0: escaped.replaceAll("\\n", "\\r\\n"),
      HAPROXY_SSL_CERT2: "",
      HAPROXY_SSL_CERT101: "not ours",
    });
    assert.deepEqual(paths, ["cert.pem", "cert0.pem", "cert100.pem"].map((name) => join(certDir, name)));
    assert.deepEqual((await readdir(certDir)).sort(), ["cert.pem", "cert0.pem", "cert100.pem"]);
    assert.equal(await readFile(join(certDir, "cert.pem"), "utf8"), certificate + key);
    assert.equal(await readFile(join(certDir, "cert0.pem"), "utf8"), certificate + key);
    for (const path of paths) assert.equal((await stat(path)).mode & 0o777, 0o600);
  }));

Deno.test("those of --ssl-certs come first, and alone they are all", () =>
  withDirectory(async (directory) => {
    const given = join(directory, "given.pem");
    await writeFile(given, certificate + key);
    assert.deepEqual(await prepare(join(directory, "ssl"), {}, [given]), [given]);
    assert.deepEqual(await readdir(directory), ["given.pem"]);
    assert.deepEqual(await prepare(directory, { HAPROXY_SSL_CERT: certificate + key }, [given]), [
      given,
      join(directory, "cert.pem"),
    ]);
  }));

Deno.test("without any, a self-signed certificate is made once", () =>
  withDirectory(async (directory) => {
    const path = join(directory, "ssl", "cert.pem");
    const logger = new RecordingLogger();
    assert.deepEqual(await prepare(join(directory, "ssl"), { HAPROXY_SSL_CERT: "" }, [], logger), [path]);
    const made = await readFile(path, "utf8");
    assert.equal(new X509Certificate(made).subject, "CN=*");
    assert.equal((await stat(path)).mode & 0o777, 0o600);
    assert.deepEqual(logger.lines, [
      `info marathon_lb: No certificate is configured: created a self-signed one at ${path}`,
    ]);
    assert.deepEqual(await prepare(join(directory, "ssl"), {}), [path]);
    assert.equal(await readFile(path, "utf8"), made);
  }));

Deno.test("a key in its own file and a directory are fine, as they are for HAProxy", () =>
  withDirectory(async (directory) => {
    await writeFile(join(directory, "a.pem"), certificate);
    await writeFile(join(directory, "a.pem.key"), key);
    await writeFile(join(directory, "a.pem.ocsp"), "binary");
    await writeFile(join(directory, ".hidden"), "not a certificate");
    await mkdir(join(directory, "more"));
    assert.deepEqual(await prepare(directory, {}, [directory, join(directory, "a.pem")]), [
      directory,
      join(directory, "a.pem"),
    ]);
  }));

const noKey = "holds no private key; append the certificate's private key to it, in PEM form";
const noCertificate =
  "holds no certificate; put the certificate, its chain and its private key there, in PEM form";
const encrypted =
  "holds an encrypted private key, and HAProxy cannot ask for its passphrase; decrypt it with `openssl pkey`";

const expired = await makeCertificate("old.test", { now, from: -9, until: -1 });
const expiredAt = new Date(now - 86_400_000).toISOString().replace(".000", "");

const faults: [name: string, content: string, message: string][] = [
  ["a certificate without a key", certificate, noKey],
  ["a key without a certificate", key, noCertificate],
  ["nonsense", "nonsense", noCertificate],
  ["an encrypted key", certificate + encryptedKey, encrypted],
  [
    "an encrypted key of the old form",
    certificate + key.replace("-----\n", "-----\nProc-Type: 4,ENCRYPTED\n"),
    encrypted,
  ],
  ["a certificate that was cut", certificate.replace(/-----END.*/, "") + key, noCertificate],
  [
    "a key that does not fit",
    certificate + expired.key,
    "holds a private key that does not belong to its certificate; put the pair there",
  ],
  [
    "an expired certificate",
    expired.certificate + expired.key,
    `holds a certificate (the first in it) that expired at ${expiredAt}; put a renewed one there, or remove it`,
  ],
];
for (const [name, content, message] of faults) {
  Deno.test(`${name} is refused wherever it comes from`, () =>
    withDirectory(async (directory) => {
      const file = join(directory, "cert.pem");
      await assert.rejects(
        prepare(directory, { HAPROXY_SSL_CERT: certificate + key, HAPROXY_SSL_CERT7: content }),
        {
          message: `The environment variable HAPROXY_SSL_CERT7 ${message}`,
        },
      );
      assert.deepEqual(await readdir(directory), []);

      await writeFile(file, content);
      await assert.rejects(prepare(directory, {}, [file]), { message: `--ssl-certs: ${file} ${message}` });
      await assert.rejects(prepare(directory, {}, [directory]), {
        message: `--ssl-certs: ${file} ${message}`,
      });
      await assert.rejects(prepare(directory, {}), {
        message: `--cert-dir (neither HAPROXY_SSL_CERT nor --ssl-certs is given): ${file} ${message}`,
      });
    }));
}

Deno.test("a missing file and an empty directory are refused", () =>
  withDirectory(async (directory) => {
    const missing = join(directory, "missing.pem");
    await assert.rejects(prepare(directory, {}, [missing]), {
      message:
        `--ssl-certs: Cannot read ${missing}: no such file or directory; check the path, and create the directory if it is missing`,
    });
    await assert.rejects(prepare(directory, {}, [directory]), {
      message: `--ssl-certs: the directory ${directory} holds no certificate file; put at least one there`,
    });
  }));

Deno.test("a certificate directory that cannot be made is named", () =>
  withDirectory(async (directory) => {
    const certDir = join(directory, "file", "ssl");
    await writeFile(join(directory, "file"), "");
    await assert.rejects(prepare(certDir, { HAPROXY_SSL_CERT: certificate + key }), {
      message:
        `Cannot make the certificate directory (--cert-dir) ${certDir}: a part of the path is not a directory; check the path`,
    });
  }));

Deno.test("a certificate that expires soon is warned about wherever it comes from", () =>
  withDirectory(async (directory) => {
    const soon = await makeCertificate("soon.test", { now, until: 29 });
    const pem = soon.certificate + soon.key;
    const file = join(directory, "given.pem");
    await writeFile(file, pem);
    const logger = new RecordingLogger();
    await prepare(join(directory, "ssl"), { HAPROXY_SSL_CERT3: pem }, [file], logger);
    const end = new Date(now + 29 * 86_400_000).toISOString().replace(".000", "");
    const warning = `holds a certificate (the first in it) that expires in 29 days, at ${end}; renew it`;
    assert.deepEqual(logger.lines, [
      `warning marathon_lb: The environment variable HAPROXY_SSL_CERT3 ${warning}`,
      `warning marathon_lb: --ssl-certs: ${file} ${warning}`,
    ]);
  }));

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
