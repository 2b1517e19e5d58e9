import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { HttpListener } from "../support/HttpListener.ts";
import type { Bench } from "./support/Bench.ts";
import { endToEnd } from "./support/endToEnd.ts";
import { oldConfiguration, type OldTask } from "./support/oldConfiguration.ts";
import { serveApps } from "./support/serveApps.ts";
import { webApp } from "./support/webApp.ts";

/** A Marathon with an app, and the configuration that the old one would serve it by. */
async function prepare(bench: Bench) {
  const marathon = await bench.startMarathon();
  const app = await webApp("/shop/web", {
    instances: 2,
    labels: {
      HAPROXY_0_VHOST: "shop.test,www.shop.test",
      HAPROXY_0_MODE: "http",
      HAPROXY_0_STICKY: "true",
      HAPROXY_0_USE_HSTS: "true",
    },
  });
  await marathon.createApp(app);
  await marathon.settled();
  const tasks = marathon.tasks().map((task): OldTask => ({
    host: String(task.host),
    port: (task.ports as number[])[0]!,
  }));
  const [{ port }] = app.portDefinitions as [{ port: number }];
  return { marathon, text: oldConfiguration(port, tasks), tasks };
}

function check(bench: Bench, from: string, ...more: string[]) {
  return bench.run(["check-migration", "--from", from, ...bench.flags, ...more]);
}

endToEnd(
  "an old load balancer of the same effect has no difference but those that are meant to be",
  async (bench) => {
    const { text } = await prepare(bench);
    await using old = await HttpListener.start(({ path }) =>
      path === "/_haproxy_getconfig" ? { status: 200, body: text } : { status: 404 }
    );
    const { code, output } = await check(bench, old.url);
    assert.match(output, /\nNo difference in effect\.\n$/);
    assert.equal(code, 0, output);
    assert.match(output, /Intended differences:/);
    assert.match(output, /vhosts are chosen by the Host header/);
    assert.match(output, /the header of USE_HSTS/);
    assert.deepEqual(old.requests.map(({ path }) => path), ["/_haproxy_getconfig"]);

    await writeFile(bench.path("old.cfg"), text);
    assert.equal(
      (await check(bench, bench.path("old.cfg"))).output.split("\n").at(-2),
      "No difference in effect.",
    );
  },
);

endToEnd("differences from an old load balancer are reported, with exit code 3", async (bench) => {
  const { text, tasks } = await prepare(bench);
  const gone = `${tasks[0]!.host}:${tasks[0]!.port}`;
  const changed = text
    .replace(/timeout server .*/, "timeout server 5m")
    .replace("www.shop.test", "old.shop.test")
    .replace(`${gone} id`, "127.0.0.9:31999 id");
  await using old = await HttpListener.start(() => ({ status: 200, body: changed }));
  const { code, output, lines } = await check(bench, old.url, "--json");
  assert.equal(code, 3, lines.join("\n"));
  const { differences, from } = JSON.parse(output);
  assert.equal(from, old.url);
  const inEffect = differences.filter(({ kind }: { kind: string }) => kind !== "intended");
  assert.deepEqual(
    inEffect.map(({ kind, section, what }: Record<string, string>) =>
      `${kind} ${section!.split("_")[0]} ${what}`
    )
      .sort(),
    [
      `added backend shop server ${gone}`,
      "changed defaults timeout server",
      "changed frontend marathon use_backend",
      "lost backend shop server 127.0.0.9:31999",
    ],
  );
  const text3 = (await check(bench, old.url)).output;
  assert.match(text3, /^backend shop_web_\d+ \(app \/shop\/web\)\n {2}lost: server 127\.0\.0\.9:31999$/m);
  assert.match(text3, /\n\d differences in effect: .*\n$/);
});

endToEnd(
  "an app whose label is refused now is reported with the label, its value and the reason",
  async (bench) => {
    const { marathon, text } = await prepare(bench);
    const refused: Record<string, string>[] = [
      { HAPROXY_0_VHOST: "shop.test,www.shop.test:8080" },
      { HAPROXY_0_BIND_ADDR: "agent.example" },
      { HAPROXY_0_BIND_OPTIONS: "level admin" },
      { HAPROXY_0_PATH: "-m reg ^/x" },
    ];
    for (const labels of refused) {
      const [[name, value] = ["", ""]] = Object.entries(labels);
      await marathon.updateApp("/shop/web", { labels: { HAPROXY_GROUP: "external", ...labels } });
      await marathon.settled();
      await writeFile(bench.path("old.cfg"), text);
      const { code, output } = await check(bench, bench.path("old.cfg"));
      assert.equal(code, 3, output);
      assert.match(
        output,
        /^backend shop_web_\d+ \(app \/shop\/web\)\n {2}lost: the whole backend, and \d rules or sections of it$/m,
      );
      const reason =
        `The new one leaves it out: /shop/web: service 0 is left out: ${name} is "${value}"; expected `;
      assert.ok(output.includes(reason), output);
      assert.match(
        output,
        /To do: Fix the app as the message says; docs\/migrating\.md lists what is stricter now\./,
      );
    }
  },
);

endToEnd("a service that HAProxy refuses is one that the new load balancer leaves out", async (bench) => {
  const { marathon, text } = await prepare(bench);
  const bad = {
    HAPROXY_GROUP: "external",
    HAPROXY_0_BACKEND_HTTP_OPTIONS: "  option nonsense\n",
    HAPROXY_0_MODE: "http",
  };
  await marathon.updateApp("/shop/web", { labels: bad });
  await marathon.settled();
  await writeFile(bench.path("old.cfg"), text);
  const { code, output } = await check(bench, bench.path("old.cfg"));
  assert.equal(code, 3, output);
  assert.match(output, /^ {2}lost: the whole backend, and \d rules or sections of it$/m);
  assert.match(
    output,
    /The new one leaves it out: \/shop\/web: service 0 is left out, HAProxy refuses it: .*nonsense/,
  );
  // An old one that leaves it out too does not differ.
  await writeFile(bench.path("old.cfg"), withoutApp(text));
  const both = await check(bench, bench.path("old.cfg"));
  assert.equal(both.code, 0, both.output);
  const unchecked = await check(bench, bench.path("old.cfg"), "--skip-validation");
  assert.equal(unchecked.code, 3, unchecked.output);
  assert.match(unchecked.output, /^ {2}added: the whole backend, and \d rules? or sections of it$/m);
});

/** The old configuration after it has excluded its only app. */
function withoutApp(text: string): string {
  return text.replace(/\nfrontend shop_web_[^]*$/, "").replaceAll(
    /^ {2}(?:use_backend shop_web_|acl host_|acl app_).*\n/gm,
    "",
  );
}

endToEnd("what changes between two comparisons is no difference", async (bench) => {
  const { text, tasks } = await prepare(bench);
  const early = text.replace(`${tasks[0]!.host}:${tasks[0]!.port} id`, "127.0.0.9:31999 id");
  let asked = 0;
  await using old = await HttpListener.start(() => ({ status: 200, body: asked++ === 0 ? early : text }));
  const { code, output } = await check(bench, old.url);
  assert.equal(code, 0, output);
  assert.match(output, /Changed during the comparison, and harmless in itself: 2/);
  assert.match(output, /\nNo difference in effect\.\n$/);
});

endToEnd("a marathon-lb does not differ from another one with the same flags", async (bench) => {
  const labels = { HAPROXY_0_VHOST: `web.${bench.domain}`, HAPROXY_0_AUTH: "realm:user:$5$salt$hash" };
  const flags = ["--haproxy-map"];
  await serveApps(bench, [
    await webApp("/web", { labels, services: 2 }),
    await webApp("/api", {
      instances: 3,
      labels: { HAPROXY_0_VHOST: `api.${bench.domain}`, HAPROXY_0_MODE: "http" },
    }),
  ], { flags });
  const { code, output } = await check(bench, bench.admin, ...flags);
  assert.match(output, /\nNo difference in effect\.\n$/);
  assert.equal(code, 0, output);

  const without = await check(bench, bench.admin);
  assert.equal(without.code, 3);
  assert.match(without.output, /Set --haproxy-map if the old one has it/);
});

endToEnd("a comparison that is stopped does not end as one without differences", async (bench) => {
  const { text } = await prepare(bench);
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<void>();
  await using old = await HttpListener.start(async () => {
    asked.resolve();
    await answer.promise;
    return { status: 200, body: text };
  });
  const run = bench.spawn(["check-migration", "--from", old.url, ...bench.flags]);
  await asked.promise;
  run.signal("SIGTERM");
  assert.deepEqual(await run.exited, { code: 1, signal: null });
  assert.match(run.lines.at(-1)!, /stopped by SIGTERM/);
  answer.resolve();
});

endToEnd("what cannot be compared is one line that says what to do", async (bench) => {
  const { text } = await prepare(bench);
  let status = 200;
  let body = "<html>no</html>";
  await using old = await HttpListener.start(() => ({ status, body }));
  const fails = async (from: string, message: RegExp, ...more: string[]) => {
    const { code, output, lines } = await check(bench, from, ...more);
    assert.equal(code, 1, lines.join("\n"));
    assert.equal(output, "");
    assert.match(lines.at(-1)!, message);
  };
  await fails(old.url, /holds is no HAProxy configuration: .*http:\/\/HOST:9090/);
  status = 503;
  await fails(
    old.url,
    /_haproxy_getconfig cannot be read: HTTP 503\. It is no Marathon-LB, or .*--from FILE/,
  );
  status = 401;
  const { host } = new URL(old.url);
  await fails(`http://me:hunter2@${host}`, /HTTP 401.*http:\/\/USER:PASSWORD@HOST:9090/);
  assert.ok(old.requests.at(-1)!.headers.authorization?.startsWith("Basic "));
  await fails(bench.path("none.cfg"), /--from: there is no file .*none\.cfg/);
  await fails(
    `http://127.0.0.1:${bench.ports.admin}`,
    /connection refused\. Check that --from is the address/,
  );
  [status, body] = [200, text];
  await fails(old.url, /Marathon did not answer/, "--marathon", `http://127.0.0.1:${bench.ports.appid}`);
});
