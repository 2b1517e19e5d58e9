import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { type Made, makeCertificate } from "../../shell/certificates/support/makeCertificate.ts";
import { freePort } from "../../../tools/harness/freePort.ts";
import type { Bench } from "../support/Bench.ts";
import { certificateShown } from "../support/certificateShown.ts";
import { endToEnd } from "../support/endToEnd.ts";
import { request } from "../support/request.ts";
import { PacedTraffic } from "../support/PacedTraffic.ts";
import { webApp } from "../support/webApp.ts";
import { late, untilLate } from "./support/late.ts";
import { measure, stopwatch } from "./support/measure.ts";
import { host, startMarathon, taskIds, withTraffic } from "./support/underTraffic.ts";

const text = ({ certificate, key }: Made) => certificate + key;
const certificateOf = async (port: number) => (await certificateShown(port, host)).serialNumber;

/** As by a copy that broke off: in place, as no careful program does it. */
async function breakFile(path: string, made: Made): Promise<void> {
  await writeFile(path, text(made).slice(0, 200));
}

endToEnd(
  "the certificate of all broken on disk: the loaded one serves, no app is left out",
  async (bench) => {
    const [first, second] = [await makeCertificate(host), await makeCertificate(host)];
    const file = bench.path("web.pem");
    await writeFile(file, text(first));
    const marathon = await startMarathon(bench);
    const lb = await bench.serve({ flags: ["--ssl-certs", file] });
    await withTraffic({ bench, marathon, lb }, async ({ traffic }) => {
      await using https = new PacedTraffic(bench.https, host);
      await breakFile(file, second);
      await lb.until(/ERROR .*Changed certificate refused, the old one stays in service: \S+web\.pem/);
      // A change that HAProxy would have to reload for.
      await marathon.createApp(await late());
      await marathon.settled();
      await lb.until(/ERROR .*HAProxy refuses .*web\.pem.* Retrying in 2 s/);
      await assertServes(bench, first);
      assert.equal(lb.count(/is left out/), 0);

      await writeFile(file, text(second));
      const time = stopwatch();
      await lb.until(/Applied .*late_/);
      measure("certificate of all mended, right again after", time());
      await assertServes(bench, second);
      await untilLate(bench);
      await https[Symbol.asyncDispose]();
      assert.deepEqual(https.failures, []);
      await traffic.untilAnsweredBy(taskIds(marathon));
      assert.equal(lb.count(/is left out|HAProxy exited unexpectedly/), 0);
    });
  },
);

endToEnd("the certificate of one app broken on disk: it is served on with the loaded one", async (bench) => {
  const [first, second] = [await makeCertificate(host), await makeCertificate(host)];
  const file = bench.path("own.pem");
  await writeFile(file, text(first));
  const port = await freePort();
  const marathon = await startMarathon(bench);
  const labels = { HAPROXY_0_MODE: "http", HAPROXY_0_BIND_OPTIONS: `ssl crt ${file}` };
  await marathon.createApp(await webApp("/own", { servicePort: port, labels }));
  await marathon.settled();
  const lb = await bench.serve();
  await withTraffic({ bench, marathon, lb }, async () => {
    await using own = new PacedTraffic(`https://127.0.0.1:${port}`, host);
    await breakFile(file, second);
    await marathon.createApp(await late());
    await marathon.settled();
    await lb.until(
      /ERROR .*HAProxy refuses a file that \/own uses, which it accepted before.*own\.pem.* Retrying in 2 s/,
    );
    assert.equal(await certificateOf(port), first.serial);
    assert.equal(lb.count(/is left out/), 0);

    await writeFile(file, text(second));
    const time = stopwatch();
    await lb.until(/Applied .*late_/);
    measure("certificate of one app mended, right again after", time());
    assert.equal((await request(`https://127.0.0.1:${port}`)).status, 200);
    assert.equal(await certificateOf(port), second.serial);
    await own[Symbol.asyncDispose]();
    assert.deepEqual(own.failures, []);
    assert.equal(lb.count(/is left out|HAProxy exited unexpectedly/), 0);
  });
});

async function assertServes(bench: Bench, { serial }: Made): Promise<void> {
  assert.equal(await certificateOf(bench.ports.https), serial);
  assert.equal((await request(bench.https, { servername: host, headers: { host } })).status, 200);
}
