import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import type { JsonObject } from "../../tools/simulated-marathon/JsonObject.ts";
import { renderPackage } from "../packaging/support/renderPackage.ts";
import { wordsOf } from "../packaging/support/startedBy.ts";
import type { Bench } from "./support/Bench.ts";
import { endToEnd } from "./support/endToEnd.ts";
import { webApp } from "./support/webApp.ts";

/** What a task of the app prints with `--dry`, while Marathon runs the app and two others, of two groups. */
async function configurationOf(bench: Bench, app: JsonObject): Promise<string> {
  const marathon = await bench.startMarathon();
  // At any ports: those of this machine may be taken.
  await marathon.createApp({ ...app, requirePorts: false });
  await marathon.createApp(await webApp("/web", { labels: { HAPROXY_0_VHOST: "web.example.com" } }));
  await marathon.createApp(await webApp("/inside", { labels: { HAPROXY_GROUP: "internal" } }));
  await marathon.settled();
  const { args, env } = wordsOf(app);
  const { code, output, lines } = await bench.run([...args, "--dry", "--marathon", bench.marathonUrl], env);
  assert.equal(code, 0, lines.join("\n"));
  assert.doesNotMatch(output, /^backend (\w+_)?marathon-lb_/m, "it does not serve itself");
  return output;
}

endToEnd("the app of the DC/OS package is started as its options say", async (bench) => {
  const output = await configurationOf(bench, renderPackage());
  assert.match(output, /^backend web_\d+$/m);
  assert.doesNotMatch(output, /^backend inside_/m);
  assert.match(output, /^frontend marathon_http_in$/m);
  assert.match(output, /domain2backend\.map/);
});

endToEnd("the app of the DC/OS package is started as other options say", async (bench) => {
  const app = renderPackage({
    "haproxy-group": "internal",
    "haproxy-map": false,
    "bind-http-https": false,
    "auto-assign-service-ports": true,
    haproxy_global_default_options: "redispatch",
    "container-syslogd": true,
    "max-reload-retries": -1,
  });
  const output = await configurationOf(bench, app);
  assert.match(output, /^backend inside_\d+$/m);
  assert.doesNotMatch(output, /^backend web_/m);
  assert.doesNotMatch(output, /marathon_http_in|domain2backend\.map/);
  assert.match(output, /^ +option +redispatch$/m);
  assert.doesNotMatch(output, /option +dontlognull/);
  assert.match(output, /^ +log stdout /m);
});

endToEnd("the app of the DC/OS package serves all others, and not itself, by whatever id", async (bench) => {
  const app = renderPackage({ name: "/public/marathon-lb", "haproxy-group": "*" });
  const output = await configurationOf(bench, app);
  assert.match(output, /^backend web_\d+$/m);
  assert.match(output, /^backend inside_\d+$/m);
});

endToEnd("the app for plain Marathon is started as it says", async (bench) => {
  const file = new URL("../../packaging/marathon/marathon-lb.json", import.meta.url);
  const output = await configurationOf(bench, JSON.parse(readFileSync(file, "utf8")));
  assert.match(output, /^backend web_\d+$/m);
  assert.doesNotMatch(output, /^backend inside_/m);
});
