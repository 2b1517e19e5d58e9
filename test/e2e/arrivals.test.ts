import assert from "node:assert/strict";
import { type AddressInfo, createServer } from "node:net";
import process from "node:process";
import { hasTrait } from "../../lib/core/haproxy/versions.ts";
import { findHaproxy } from "../../lib/shell/haproxy/binary.ts";
import { deadline, eventually } from "../../tools/harness/eventually.ts";
import { freePort } from "../../tools/harness/freePort.ts";
import type { MarathonLb } from "../../tools/harness/MarathonLb.ts";
import { ask } from "./support/assertAnswers.ts";
import type { Bench } from "./support/Bench.ts";
import { changes, withoutReload, withReload } from "./support/changes.ts";
import { feature } from "./support/feature.ts";
import { serveApps } from "./support/serveApps.ts";
import { webApp } from "./support/webApp.ts";

const signal = AbortSignal.timeout(deadline);
const { version } = await findHaproxy(undefined, { env: process.env, signal });
/** Whether the HAProxy there adds backends at run time. */
const addsBackends = hasTrait(version, "dynamicBackends");

/** A test of what HAProxy does by commands since 3.4. */
function ofCommands(name: string, test: (bench: Bench) => Promise<void>): void {
  if (addsBackends) feature(name, test);
  else Deno.test({ name: `not run, HAProxy is older than 3.4: ${name}`, ignore: true, fn: () => {} });
}

const vhost = (host: string) => ({ HAPROXY_0_VHOST: host });
const [maps, portless] = [["--haproxy-map"], ["--haproxy-map", "--service-ports", "none"]];
const untilAnswers = (bench: Bench, host: string, app: string) =>
  eventually(async () => {
    const { status, headers } = await bench.get(host);
    assert.deepEqual([status, headers["x-app-id"]], [200, app]);
  });
const untilGone = (bench: Bench, host: string) =>
  eventually(async () => assert.equal((await bench.get(host)).status, 503));

/** What the statistics list as backends of apps. */
async function backendsOf(bench: Bench): Promise<string[]> {
  const rows = (await bench.ask("/haproxy?stats;csv")).split("\n").map((row) => row.split(","));
  return rows.flatMap(([name = "", kind]) => kind === "BACKEND" && /^app-/.test(name) ? name : []).sort();
}

async function untilNothingToDo(lb: MarathonLb): Promise<void> {
  const before = lb.lines.length;
  lb.signal("SIGHUP");
  assert.match(await lb.until(/(Nothing to do|Applied) .*SIGHUP/, before), /Nothing to do/);
}

feature(
  "new apps with vhosts come and go without a reload, or with one",
  async (bench) => {
    const { marathon, lb } = await serveApps(
      bench,
      [await webApp("/app-0", { labels: vhost("zero.test") })],
      {
        flags: portless,
      },
    );
    await untilAnswers(bench, "zero.test", "/app-0");
    const moves = addsBackends
      ? (action: () => Promise<void>) => withoutReload(bench, action)
      : (action: () => Promise<void>) => withReload(bench, "some", action);
    await moves(async () => {
      await marathon.createApp(await webApp("/app-1", { instances: 2, labels: vhost("one.test") }));
      await untilAnswers(bench, "one.test", "/app-1");
    });
    await moves(async () => {
      marathon.deleteApp("/app-1");
      await untilGone(bench, "one.test");
    });
    await untilAnswers(bench, "zero.test", "/app-0");
    await eventually(async () => assert.equal((await backendsOf(bench)).length, 1));
    // HAProxy has deleted it, so that it is a new one.
    await moves(async () => {
      await marathon.createApp(await webApp("/app-1", { labels: vhost("again.test") }));
      await untilAnswers(bench, "again.test", "/app-1");
    });
    await untilNothingToDo(lb);
    assert.equal((await backendsOf(bench)).length, 2);
  },
);

ofCommands(
  "service ports of new apps follow by one reload, while the vhosts answer",
  async (bench) => {
    const { marathon, lb } = await serveApps(
      bench,
      [await webApp("/app-0", { labels: vhost("zero.test") })],
      {
        flags: [...maps, "--port-reload-delay", "3"],
      },
    );
    const ports = [await freePort(), await freePort()] as const;
    const answersAt = async (port: number) => {
      const { headers } = await ask(`http://127.0.0.1:${port}`, "any.test");
      return headers["x-app-id"];
    };
    const before = await changes(bench);
    await withoutReload(bench, async () => {
      for (const [rank, servicePort] of ports.entries()) {
        await marathon.createApp(
          await webApp(`/app-1${rank}`, { servicePort, labels: vhost(`${rank}.test`) }),
        );
        await untilAnswers(bench, `${rank}.test`, `/app-1${rank}`);
      }
      await assert.rejects(answersAt(ports[0]), { code: "ECONNREFUSED" });
    });
    for (const [rank, port] of ports.entries()) {
      await eventually(async () => assert.equal(await answersAt(port), `/app-1${rank}`));
    }
    const after = await eventually(async () => {
      const now = await changes(bench);
      assert.ok(now.reloads > before.reloads);
      return now;
    });
    assert.equal(after.reloads, before.reloads + 1, "one reload brings both");
    assert.match(lb.lines.findLast((line) => /Applied/.test(line))!, /the service ports of app-1\d_\d+/);
    await untilNothingToDo(lb);
    // Both ports go by one reload too, and no backend is left then.
    for (const rank of [0, 1]) await marathon.deleteApp(`/app-1${rank}`);
    for (const rank of [0, 1]) await untilGone(bench, `${rank}.test`);
    for (const port of ports) {
      await eventually(() => assert.rejects(answersAt(port), { code: "ECONNREFUSED" }));
    }
    // The ports may close before the reload is counted.
    await eventually(async () => assert.equal((await changes(bench)).reloads, before.reloads + 2));
    assert.equal((await backendsOf(bench)).length, 1);
    await untilNothingToDo(lb);
  },
);

ofCommands(
  "a reload for something else brings the service ports that wait, and no second one follows",
  async (bench) => {
    const { marathon, lb } = await serveApps(
      bench,
      [await webApp("/app-0", { labels: vhost("zero.test") })],
      {
        flags: [...maps, "--port-reload-delay", "4"],
      },
    );
    const servicePort = await freePort();
    await withoutReload(bench, async () => {
      await marathon.createApp(await webApp("/app-1", { servicePort, labels: vhost("one.test") }));
      await untilAnswers(bench, "one.test", "/app-1");
    });
    const before = await changes(bench);
    await marathon.updateApp("/app-0", {
      labels: { HAPROXY_GROUP: "external", HAPROXY_0_BALANCE: "leastconn" },
    });
    await eventually(async () => assert.ok((await changes(bench)).reloads > before.reloads));
    assert.equal((await ask(`http://127.0.0.1:${servicePort}`, "any.test")).headers["x-app-id"], "/app-1");
    // Another app whose port waits: its reload is the next one, so none came in between.
    const [port, at] = [await freePort(), lb.lines.length];
    await marathon.createApp(await webApp("/app-2", { servicePort: port, labels: vhost("two.test") }));
    await lb.until(/Reload put off/, at);
    await eventually(async () =>
      assert.equal((await ask(`http://127.0.0.1:${port}`, "any.test")).status, 200)
    );
    const line = await lb.until(/reloaded because/, at);
    assert.match(line, /the service ports of app-2_\d+ waited/);
  },
);

ofCommands("an HAProxy that starts again has the service ports that waited for a reload", async (bench) => {
  const { marathon, lb } = await serveApps(bench, [await webApp("/app-0", { labels: vhost("zero.test") })], {
    flags: [...maps, "--port-reload-delay", "600"],
  });
  const servicePort = await freePort();
  await marathon.createApp(await webApp("/app-1", { servicePort, labels: vhost("one.test") }));
  await untilAnswers(bench, "one.test", "/app-1");
  const { pids } = await changes(bench);
  for (const pid of pids.split(" ")) process.kill(Number(pid), "SIGKILL");
  await eventually(async () => {
    const { headers } = await ask(`http://127.0.0.1:${servicePort}`, "any.test");
    assert.equal(headers["x-app-id"], "/app-1");
  });
  await untilAnswers(bench, "one.test", "/app-1");
  await untilNothingToDo(lb);
});

ofCommands(
  "a port that another process has is left out of the reload that brings others",
  async (bench) => {
    const { marathon, lb } = await serveApps(
      bench,
      [await webApp("/app-0", { labels: vhost("zero.test") })],
      { flags: [...maps, "--port-reload-delay", "3"] },
    );
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, "0.0.0.0", resolve));
    try {
      const [taken, free] = [(other.address() as AddressInfo).port, await freePort()];
      await withoutReload(bench, async () => {
        for (const [rank, servicePort] of [taken, free].entries()) {
          await marathon.createApp(
            await webApp(`/app-1${rank}`, { servicePort, labels: vhost(`${rank}.test`) }),
          );
          await untilAnswers(bench, `${rank}.test`, `/app-1${rank}`);
        }
      });
      await eventually(async () => {
        const { headers } = await ask(`http://127.0.0.1:${free}`, "any.test");
        assert.equal(headers["x-app-id"], "/app-11");
      });
      assert.ok(lb.lines.some((line) => line.includes("/app-10") && line.includes(`${taken}`)));
      await untilAnswers(bench, "zero.test", "/app-0");
    } finally {
      other.close();
    }
  },
);

feature("apps that all go are held back before any of them leaves HAProxy", async (bench) => {
  const { marathon, lb } = await serveApps(
    bench,
    [await webApp("/app-0", { labels: vhost("zero.test") })],
    { flags: [...portless, "--mass-removal-delay", "600"] },
  );
  await untilAnswers(bench, "zero.test", "/app-0");
  const before = await changes(bench);
  const at = lb.lines.length;
  marathon.deleteApp("/app-0");
  await lb.until(/removes nearly everything/, at);
  const { reloads, updates, fallbacks } = await changes(bench);
  assert.deepEqual([reloads, updates, fallbacks], [before.reloads, before.updates, before.fallbacks]);
  assert.equal((await backendsOf(bench)).length, 1);
});

ofCommands(
  "a backend that came by commands keeps its counters across a reload",
  async (bench) => {
    const { marathon } = await serveApps(
      bench,
      [await webApp("/app-0", { labels: vhost("zero.test") })],
      { flags: [...portless, "--keep-counters"] },
    );
    await withoutReload(bench, async () => {
      await marathon.createApp(await webApp("/app-1", { labels: vhost("one.test") }));
      await untilAnswers(bench, "one.test", "/app-1");
    });
    const sessions = async () => {
      const rows = (await bench.ask("/haproxy?stats;csv")).split("\n").map((row) => row.split(","));
      const at = rows[0]!.indexOf("stot");
      return rows.flatMap(([name = "", kind = "", ...rest]) =>
        /^app-1_/.test(name) && kind !== "FRONTEND" ? Number([name, kind, ...rest][at]) : []
      );
    };
    const counted = await sessions();
    assert.ok(counted.length === 2 && counted.every((count) => count > 0), `${counted}`);
    await withReload(bench, "some", async () => {
      const before = await changes(bench);
      await marathon.updateApp("/app-0", {
        labels: { HAPROXY_GROUP: "external", HAPROXY_0_VHOST: "zero.test", HAPROXY_0_BALANCE: "leastconn" },
      });
      await eventually(async () => assert.ok((await changes(bench)).reloads > before.reloads));
    });
    assert.deepEqual(await sessions(), counted);
  },
);
