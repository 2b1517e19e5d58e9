import assert from "node:assert/strict";
import type { SimulatedMarathon } from "../../tools/simulated-marathon/SimulatedMarathon.ts";
import { freePort } from "../../tools/harness/freePort.ts";
import { ask, assertAnswers, type Expectation } from "./support/assertAnswers.ts";
import type { Bench } from "./support/Bench.ts";
import { endToEnd } from "./support/endToEnd.ts";
import { eventually } from "../../tools/harness/eventually.ts";
import { feature } from "./support/feature.ts";
import { frontendForms } from "./support/frontendForms.ts";
import { serveApps } from "./support/serveApps.ts";
import { webApp } from "./support/webApp.ts";
import { writeScript } from "./support/writeScript.ts";

const rounds = 12;

/** Apps that want what the group z_victim has: each stands before it, and is told apart by a vhost of its own. */
async function attack(bench: Bench, marathon: SimulatedMarathon, port: number): Promise<void> {
  const { domain } = bench;
  const vhosts = (name: string) => ({
    HAPROXY_0_VHOST: `v.${domain},${name}.${domain}`,
    HAPROXY_0_BACKEND_WEIGHT: "1000",
  });
  const attackers = [
    ["/all", port, vhosts("all")],
    ["/local", port, { ...vhosts("local"), HAPROXY_0_BIND_ADDR: "127.0.0.1", HAPROXY_0_PATH: "/" }],
    ["/path", undefined, { ...vhosts("path"), HAPROXY_0_PATH: "-i /API" }],
    ["/wild", undefined, { HAPROXY_0_VHOST: `*.${domain}`, HAPROXY_0_BACKEND_WEIGHT: "1000" }],
    ["/z/victim", port, { HAPROXY_0_VHOST: `name.${domain}`, HAPROXY_0_BIND_ADDR: "127.0.0.2" }],
  ] as const;
  for (const [id, servicePort, labels] of attackers) {
    await marathon.createApp(await webApp(id, { servicePort, labels }));
  }
  await marathon.settled();
  await eventually(() =>
    assertAnswers([
      [bench.http, `all.${domain}`, "/all"],
      [bench.http, `local.${domain}`, "/local"],
      [`${bench.http}/api`, `path.${domain}`, "/path"],
      [bench.http, `other.${domain}`, "/wild"],
    ])
  );
}

function theVictims(bench: Bench, port: number): Expectation[] {
  const host = `v.${bench.domain}`;
  return [
    [bench.http, host, "/victim"],
    [bench.https, host, "/victim"],
    [`http://127.0.0.1:${port}`, host, "/victim"],
    [`${bench.http}/api`, host, "/z-victim-api"],
    [`${bench.https}/api`, host, "/z-victim-api"],
  ];
}

for (const [form, flags] of frontendForms) {
  feature(`an app keeps the port, vhost, path and name that it serves (${form})`, async (bench) => {
    const port = await freePort();
    const labels = { HAPROXY_0_VHOST: `v.${bench.domain}` };
    const { marathon, lb } = await serveApps(bench, [
      // Marathon takes no such id, but the name of a group may be one.
      await webApp("/victim", {
        servicePort: port,
        labels: { ...labels, HAPROXY_DEPLOYMENT_GROUP: "z_victim" },
      }),
      await webApp("/z-victim-api", { labels: { ...labels, HAPROXY_0_PATH: "/api" } }),
    ], { flags });
    await attack(bench, marathon, port);
    const assertNothingIsLost = async () => {
      for (let round = 0; round < rounds; round++) await assertAnswers(theVictims(bench, port));
    };
    await assertNothingIsLost();
    const without = "service 0 is served without";
    for (
      const line of [
        `/all: ${without} a frontend of its own: port ${port} is taken by /z_victim: service 0;`,
        `/all: ${without} the vhost and path "v\\.${bench.domain}": they are taken by /z_victim: service 0;`,
        `/local: ${without} a frontend of its own: port ${port} is taken by /z_victim: service 0;`,
        `/path: ${without} the vhost and path "v\\.${bench.domain} /api": they are taken by /z-victim-api: service 0;`,
        `/wild: service 0 has its rule for .* behind that for .*, which was there before;`,
        `/z/victim: service 0 is left out: the backend name z_victim_${port} is taken by /z_victim: service 0;`,
      ]
    ) await lb.until(new RegExp(line));
    // A loser is served by its app id all the same.
    const byId = { headers: { "X-Marathon-App-Id": "/all" } };
    await assertAnswers([[bench.appid, "any.test", "/all", byId]]);

    await bench.stop(lb);
    const next = await bench.serve({ flags });
    await assertNothingIsLost();
    assert.equal(next.count(/z(_victim|-victim-api): service 0 (is|has)/), 0);

    // Without a task for a moment, it still has its port.
    await marathon.scale("/victim", 0);
    await marathon.settled();
    await next.until(
      new RegExp(`/all: .* port ${port} is kept for /z_victim, which had it and is not served now`),
    );
    await marathon.scale("/victim", 1);
    await eventually(() => assertAnswers(theVictims(bench, port)));
    await assertNothingIsLost();

    await marathon.deleteApp("/victim");
    // Of two newcomers the one that was configured earlier.
    await eventually(() => assertAnswers([[`http://127.0.0.1:${port}`, "any.test", "/all"]]));
    for (const url of [bench.http, bench.https]) {
      const { headers } = await ask(url, `v.${bench.domain}`);
      assert.ok(["/all", "/local"].includes(headers["x-app-id"] as string));
    }
  });
}

endToEnd("direct mode reads what is served from the file that is there", async (bench) => {
  const marathon = await bench.startMarathon();
  const port = await freePort();
  const app = (id: string) => webApp(id, { servicePort: port, labels: { HAPROXY_0_VHOST: "v.test" } });
  await marathon.createApp(await app("/z"));
  await marathon.settled();
  const flags = [...bench.flags, "--haproxy-config", bench.path("haproxy.cfg"), "--skip-validation"];
  const words = [...flags, "--command", await writeScript(bench.path("reload"), "exit 0")];
  assert.equal((await bench.run(words)).code, 0);
  await marathon.createApp(await app("/a"));
  await marathon.settled();
  // `--dry` prints what would be done.
  const dry = (await bench.run([...words, "--dry"])).output;
  for (const [section, rule] of [[`frontend z_${port}`, `use_backend z_${port}`]] as const) {
    assert.ok(dry.includes(`${section}\n`) && dry.includes(`${rule} if host_v_test_z\n`));
  }
  assert.equal(dry.includes(`frontend a_${port}\n`) || dry.includes(`use_backend a_${port} if host_`), false);
  const { code, lines } = await bench.run(words);
  assert.equal(code, 0);
  assert.ok(
    lines.some((line) =>
      line.includes(`/a: service 0 is served without a frontend of its own: port ${port}`)
    ),
  );
});
