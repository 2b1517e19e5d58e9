import assert from "node:assert/strict";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { selfSignedCertificate } from "../../../lib/shell/certificates/prepare.ts";
import { systemClock } from "../../../lib/shell/system/clock.ts";
import { eventually } from "../../../tools/harness/eventually.ts";
import { makeClient } from "./support/makeClient.ts";
import { TestServer } from "./TestServer.ts";

const never = new AbortController().signal;

Deno.test("TLS is verified, against the authority that is given, unless it is turned off", async () => {
  const pem = await selfSignedCertificate("", systemClock);
  const otherPem = await selfSignedCertificate("", systemClock);
  await using server = await TestServer.start((_, response) => response.end('"safe"'), pem);
  const url = `https://localhost:${server.port}`;

  using trusting = makeClient({ urls: [url], ca: otherPem + pem });
  assert.equal(await trusting.client.get("/x", never), "safe");
  using careless = makeClient({ urls: [url], insecure: true });
  assert.equal(await careless.client.get("/x", never), "safe");
  const answered = server.requests.length;

  for (const options of [{}, { ca: otherPem }]) {
    using wary = makeClient({ urls: [url], ...options });
    await assert.rejects(wary.client.get("/x", never), (error: Error) => {
      assert.match(error.message, /: certificate verification failed \([^)]+\)\. /);
      assert.match(
        error.message,
        /--marathon-ca-cert FILE, or turn verification off with --insecure-marathon\.$/,
      );
      return true;
    });
  }
  using misnamed = makeClient({ urls: [`https://127.0.0.1:${server.port}`], ca: pem });
  await assert.rejects(misnamed.client.get("/x", never), /verification failed \(Hostname\/IP does not match/);
  assert.equal(server.requests.length, answered);
});

Deno.test("an authority that holds no certificate is refused", () => {
  assert.throws(() => makeClient({ urls: ["https://localhost"], ca: "nonsense" }), {
    message: "--marathon-ca-cert holds no certificate; give a file with PEM certificates",
  });
});

Deno.test("TLS and plain HTTP that are mixed up are reported", async () => {
  await using plain = await TestServer.start((_, response) => response.end());
  using made = makeClient({ urls: [`https://127.0.0.1:${plain.port}`], insecure: true });
  await assert.rejects(
    made.client.get("/x", never),
    /the server does not speak TLS\. Check http:\/\/ or https:\/\//,
  );
});

Deno.test("a connection that does not come to stand is given up after 3 s and closed", async () => {
  let socket: Socket | undefined;
  let closed = false;
  const silent = createServer((accepted) => {
    socket = accepted.resume().on("error", () => {}).on("close", () => closed = true);
  });
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  try {
    using made = makeClient({ urls: [`https://127.0.0.1:${(silent.address() as AddressInfo).port}`] });
    const asked = assert.rejects(made.client.get("/x", never), /: no connection within 3 s\. /);
    await eventually(() => socket !== undefined);
    await made.clock.advance(2_999);
    assert.equal(made.clock.sleeping, 2);
    await made.clock.advance(1);
    await asked;
    await eventually(() => closed);
    assert.equal(made.clock.sleeping, 0);
  } finally {
    await new Promise((resolve) => silent.close(resolve));
  }
});
