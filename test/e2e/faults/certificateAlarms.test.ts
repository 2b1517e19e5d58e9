import assert from "node:assert/strict";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { type Made, makeCertificate } from "../../shell/certificates/support/makeCertificate.ts";
import type { Bench } from "../support/Bench.ts";
import { certificateShown } from "../support/certificateShown.ts";
import { endToEnd } from "../support/endToEnd.ts";
import { eventually } from "../../../tools/harness/eventually.ts";
import { feature } from "../support/feature.ts";
import { request } from "../support/request.ts";
import { serveApps } from "../support/serveApps.ts";
import { webApp } from "../support/webApp.ts";

const text = ({ certificate, key }: Made) => certificate + key;
const web = (name: string) => webApp(`/${name}`, { labels: { HAPROXY_0_VHOST: `${name}.test` } });
const shown = async (bench: Bench, name: string) =>
  (await certificateShown(bench.ports.https, name)).serialNumber;

/** Resolves when health says this alone, and the metrics and the status the same. */
async function untilAlarm(bench: Bench, kind: string, path: string, message: RegExp): Promise<void> {
  await eventually(async () => {
    const { status, body } = await request(`${bench.admin}/_mlb_health`);
    assert.equal(status, 503, body);
    assert.match(body, message);
    assert.equal(body.trim().split("\n").length, 1, body);
  });
  const metrics = await bench.ask("/_mlb_metrics");
  assert.match(metrics, new RegExp(`^marathon_lb_alarms\\{kind="${kind}"\\} 1$`, "m"));
  const { alarms } = JSON.parse(await bench.ask("/_mlb_status"));
  assert.deepEqual(alarms.map((alarm: { kind: string; subject: string }) => [alarm.kind, alarm.subject]), [
    [kind, path],
  ]);
}

async function untilHealthy(bench: Bench): Promise<void> {
  await eventually(async () => assert.equal((await request(`${bench.admin}/_mlb_health`)).status, 200));
}

endToEnd(
  "a certificate's rotation that fails is an alarm in health and metrics until it is fixed",
  async (bench) => {
    const [first, second] = [await makeCertificate("web.test"), await makeCertificate("web.test")];
    const file = bench.path("web.pem");
    await writeFile(file, text(first));
    await serveApps(bench, [await web("web")], { flags: ["--ssl-certs", file] });
    await untilHealthy(bench);

    await writeFile(file, second.certificate);
    await untilAlarm(
      bench,
      "certificate_refused",
      file,
      /refused, the old one stays in service: \S+web\.pem holds no private key/,
    );
    assert.equal(await shown(bench, "web.test"), first.serial);
    await writeFile(file, text(second));
    await untilHealthy(bench);
    assert.equal(await shown(bench, "web.test"), second.serial);
  },
);

endToEnd(
  "a garbage file in a directory of --ssl-certs is left out, with an alarm, and changes are still applied",
  async (bench) => {
    const directory = bench.path("certs");
    const [a, b] = [await makeCertificate("a.test"), await makeCertificate("b.test")];
    await mkdir(directory);
    await writeFile(`${directory}/a.pem`, text(a));
    await writeFile(`${directory}/b.pem`, text(b));
    await writeFile(`${directory}/README`, "Put certificates here.\n");
    // It is there at the start.
    const { marathon } = await serveApps(bench, [await web("one")], { flags: ["--ssl-certs", directory] });
    const crt = async () => /^ *bind .* ssl (.*?) alpn/m.exec(await bench.readConfig())?.[1];
    const list = `crt ${directory}/a.pem crt ${directory}/b.pem`;
    assert.equal(await crt(), list);
    await untilAlarm(
      bench,
      "certificate_left_out",
      `${directory}/README`,
      /README is left out.* holds no certificate/,
    );
    await marathon.createApp(await web("two"));
    await eventually(async () => assert.equal((await bench.get("two.test")).status, 200));
    assert.deepEqual([await shown(bench, "a.test"), await shown(bench, "b.test")], [a.serial, b.serial]);

    await rm(`${directory}/README`);
    await untilHealthy(bench);
    await eventually(async () => assert.equal(await crt(), `crt ${directory}`));

    // It comes while HAProxy runs.
    await writeFile(`${directory}/c.pem`, "garbage\n");
    await marathon.createApp(await web("three"));
    await eventually(async () => assert.equal((await bench.get("three.test")).status, 200));
    await untilAlarm(bench, "certificate_left_out", `${directory}/c.pem`, /c\.pem is left out/);
    assert.equal(await crt(), list);
    const c = await makeCertificate("c.test");
    await writeFile(`${directory}/c.pem`, text(c));
    await untilHealthy(bench);
    await eventually(async () => assert.equal(await shown(bench, "c.test"), c.serial));
    assert.equal(await crt(), `crt ${directory}`);
  },
);

feature(
  "a certificate of a directory that turns into garbage serves until a change needs a reload",
  async (bench) => {
    const directory = bench.path("certs");
    const [a, b] = [await makeCertificate("a.test"), await makeCertificate("b.test")];
    await mkdir(directory);
    await writeFile(`${directory}/a.pem`, text(a));
    await writeFile(`${directory}/b.pem`, text(b));
    const { marathon } = await serveApps(bench, [await web("one")], { flags: ["--ssl-certs", directory] });
    await writeFile(`${directory}/b.pem`, "garbage\n");
    await untilAlarm(bench, "certificate_refused", `${directory}/b.pem`, /the old one stays in service/);
    assert.equal(await shown(bench, "b.test"), b.serial);

    await marathon.createApp(await web("two"));
    await eventually(async () => assert.equal((await bench.get("two.test")).status, 200));
    await untilAlarm(bench, "certificate_left_out", `${directory}/b.pem`, /b\.pem is left out/);
    assert.equal(await shown(bench, "a.test"), a.serial);
    const next = await makeCertificate("b.test");
    await writeFile(`${directory}/b.pem`, text(next));
    await untilHealthy(bench);
    await eventually(async () => assert.equal(await shown(bench, "b.test"), next.serial));
  },
);

feature("an expired certificate of a directory serves on, with an alarm", async (bench) => {
  const directory = bench.path("certs");
  await mkdir(directory);
  await writeFile(`${directory}/a.pem`, text(await makeCertificate("a.test")));
  const old = await makeCertificate("old.test", { from: -10, until: -1 });
  await writeFile(`${directory}/old.pem`, text(old));
  await serveApps(bench, [await web("one")], { flags: ["--ssl-certs", directory] });
  await untilAlarm(
    bench,
    "certificate_expired",
    `${directory}/old.pem`,
    /old\.pem has expired at .*Z and is still in service/,
  );
  assert.equal(await shown(bench, "old.test"), old.serial);
  await writeFile(`${directory}/old.pem`, text(await makeCertificate("old.test")));
  await untilHealthy(bench);
});
