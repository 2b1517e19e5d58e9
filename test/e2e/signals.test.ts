import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import type { Bench } from "./support/Bench.ts";
import { endToEnd } from "./support/endToEnd.ts";
import { eventually } from "../../tools/harness/eventually.ts";
import type { MarathonLb } from "../../tools/harness/MarathonLb.ts";
import { request } from "./support/request.ts";
import { webApp } from "./support/webApp.ts";

type Send = (bench: Bench, lb: MarathonLb) => Promise<void>;

const synchronise: Record<string, Send> = {
  "SIGHUP": (_bench, lb) => Promise.resolve(lb.signal("SIGHUP")),
  "/_mlb_signal/hup": async (bench) => assert.match(await bench.ask("/_mlb_signal/hup"), /SIGHUP/),
};
for (const [name, send] of Object.entries(synchronise)) {
  endToEnd(`${name} has the apps fetched without an event`, async (bench) => {
    const marathon = await bench.startMarathon();
    await marathon.createApp(await webApp("/web", { labels: { HAPROXY_0_VHOST: "web.test" } }));
    await marathon.settled();
    const lb = await bench.serve();
    const [web] = await apps(bench);
    // No event tells of apps that are set.
    marathon.setApps([{ ...web, id: "/silent", labels: { ...web.labels, HAPROXY_0_VHOST: "silent.test" } }]);
    assert.equal((await bench.get("silent.test")).status, 503);

    await send(bench, lb);
    await lb.until(/Applied .*SIGHUP/);
    assert.equal((await bench.get("silent.test")).status, 200);
  });
}

const reloadFiles: Record<string, Send> = {
  "SIGUSR1": (_bench, lb) => Promise.resolve(lb.signal("SIGUSR1")),
  "/_mlb_signal/usr1": async (bench) => assert.match(await bench.ask("/_mlb_signal/usr1"), /SIGUSR1/),
};
for (const [name, send] of Object.entries(reloadFiles)) {
  endToEnd(`${name} has the file on disk loaded as it is`, async (bench) => {
    const marathon = await bench.startMarathon();
    await marathon.createApp(await webApp("/web", { labels: { HAPROXY_0_VHOST: "web.test" } }));
    await marathon.settled();
    const lb = await bench.serve();
    const edited = (await bench.readConfig()).replace("stats enable", "stats enable\n  stats uri /by-hand");
    await writeFile(bench.configFile, edited);

    await send(bench, lb);
    await eventually(async () => assert.equal(await bench.ask("/_haproxy_getconfig"), edited));
    assert.match(await bench.ask("/by-hand"), /Statistics Report for HAProxy/);
    assert.equal(await readFile(bench.configFile, "utf8"), edited);
    assert.equal((await bench.get("web.test")).status, 200);
  });
}

endToEnd("SIGUSR1 beside SIGHUP is a reload each time", async (bench) => {
  await bench.startMarathon();
  const lb = await bench.serve();
  const [hup, usr1] = await Promise.all(["hup", "usr1"].map((name) => bench.ask(`/_mlb_signal/${name}`)));
  assert.match(`${hup} ${usr1}`, /SIGHUP .*SIGUSR1/);
  await eventually(() => assert.equal(lb.count(/Reloaded .* as it is on disk/), 1));
  for (let round = 2; round <= 4; round++) {
    lb.signal("SIGUSR1");
    lb.signal("SIGHUP");
    await eventually(() => assert.equal(lb.count(/Reloaded .* as it is on disk/), round));
  }
});

endToEnd(
  "a page of another site cannot send a signal, a program and a page of the admin port can",
  async (bench) => {
    await bench.startMarathon();
    const lb = await bench.serve();
    const foreign: Record<string, string>[] = [{ origin: "http://evil.test" }, {
      referer: "http://evil.test/",
    }, {
      "sec-fetch-site": "cross-site",
    }];
    for (const headers of foreign) {
      const { status, body } = await request(`${bench.admin}/_mlb_signal/usr1`, { headers });
      assert.equal(status, 403);
      assert.match(
        body,
        /^Did not send SIGUSR1 signal to marathon-lb: the request comes from a page of another site/,
      );
    }
    const own = { referer: `${bench.admin}/haproxy?stats` };
    assert.equal((await request(`${bench.admin}/_mlb_signal/usr1`, { headers: own })).status, 200);
    await lb.until(/Reloaded .* as it is on disk/);
    assert.equal(lb.count(/Reloaded .* as it is on disk/), 1);
  },
);

endToEnd("SIGUSR1 with a file that HAProxy refuses leaves the running configuration", async (bench) => {
  await bench.startMarathon();
  const lb = await bench.serve();
  const good = await bench.readConfig();
  await writeFile(bench.configFile, `${good}\nnonsense\n`);
  lb.signal("SIGUSR1");
  await lb.until(/ERROR marathon_lb: HAProxy refuses .*haproxy\.cfg.*nonsense/);
  assert.equal(await bench.ask("/_haproxy_getconfig"), good);
});

async function apps(bench: Bench) {
  const response = await fetch(`${bench.marathonUrl}/v2/apps?embed=apps.tasks`);
  return (await response.json()).apps;
}
