import assert from "node:assert/strict";
import process from "node:process";
import { hasTrait } from "../../lib/core/haproxy/versions.ts";
import { findHaproxy } from "../../lib/shell/haproxy/binary.ts";
import { freePort } from "../../tools/harness/freePort.ts";
import type { Bench } from "./support/Bench.ts";
import { readStats } from "./support/blueGreen/readStats.ts";
import { changes, withoutReload, withReload } from "./support/changes.ts";
import { askHaproxy } from "./support/askHaproxy.ts";
import { endToEnd } from "./support/endToEnd.ts";
import { deadline, eventually } from "../../tools/harness/eventually.ts";
import { feature } from "./support/feature.ts";
import { HeldRequest } from "./support/HeldRequest.ts";
import type { MarathonLb } from "../../tools/harness/MarathonLb.ts";
import { NamedTasks } from "./support/NamedTasks.ts";
import { serveApps } from "./support/serveApps.ts";
import { webApp } from "./support/webApp.ts";

const host = "own.test";
const names = ["one", "two", "three"];

/** Runs a test with an app whose tasks it names; those given run from the start. */
async function withTasks(
  bench: Bench,
  running: readonly string[],
  test: (own: NamedTasks, lb: MarathonLb) => Promise<void>,
  labels: Readonly<Record<string, string>> = {},
): Promise<void> {
  const marathon = await bench.startMarathon();
  await using own = await NamedTasks.start(marathon, names, { HAPROXY_0_VHOST: host, ...labels });
  own.set(running);
  const lb = await bench.serve();
  await untilAnsweredBy(bench, running);
  await test(own, lb);
  // While the tasks are there: HAProxy keeps connections to them.
  await bench.stop(lb);
}

/** The tasks that answer, asked so often that each has its turn. */
async function answeredBy(bench: Bench): Promise<string[]> {
  const seen = new Set<string>();
  for (let asked = 0; asked < 2 * names.length; asked++) {
    const { status, body } = await bench.get(host);
    seen.add(status === 200 ? body : String(status));
  }
  return [...seen].sort();
}

async function untilAnsweredBy(bench: Bench, expected: readonly string[]): Promise<void> {
  await eventually(async () => assert.deepEqual(await answeredBy(bench), [...expected].sort()));
}

/** Has marathon-lb look at everything again; it must find nothing to do. */
async function untilNothingToDo(lb: MarathonLb): Promise<void> {
  const before = lb.lines.length;
  lb.signal("SIGHUP");
  assert.match(await lb.until(/(Nothing to do|Applied) .*SIGHUP/, before), /Nothing to do/);
}

endToEnd("tasks come, go and come back at the same address without a reload", async (bench) => {
  await withTasks(bench, ["one", "two"], async (own, lb) => {
    await withoutReload(bench, async () => {
      for (const running of [["one"], ["one", "two"], ["two", "three"], ["one"], names]) {
        own.announce(running);
        await untilAnsweredBy(bench, running);
      }
    });
    await untilNothingToDo(lb);
    assert.match(
      lb.lines.findLast((line) => /Applied/.test(line))!,
      /Applied in \d+\.\d{3} s without a reload/,
    );
    // What was removed and came back is nothing that is left over.
    await withoutReload(bench, async () => {
      own.announce(["three"]);
      await untilAnsweredBy(bench, ["three"]);
    });
  });
});

feature("a task that is removed ends its running requests", async (bench) => {
  await withTasks(bench, ["one"], async (own) => {
    const held = await HeldRequest.start(bench, host);
    await withoutReload(bench, async () => {
      own.announce(["two"]);
      await untilAnsweredBy(bench, ["two"]);
      held.release();
      assert.match(await held.reply, /^HTTP\/1\.1 200 [^]*one$/);
    });
  });
});

/** Whether the HAProxy there is deletes removed servers. */
async function deletesServers(bench: Bench): Promise<boolean> {
  const signal = AbortSignal.timeout(deadline);
  const { version } = await findHaproxy(bench.path("bin/haproxy"), { env: {}, signal });
  return hasTrait(version, "deletesServers");
}

/** The names of the servers of the one app in HAProxy, in service or not. */
async function serversOf(bench: Bench): Promise<string[]> {
  const rows = (await bench.ask("/haproxy?stats;csv")).split("\n").map((row) => row.split(","));
  return rows.flatMap(([, name = ""]) => name.startsWith("127_0_0_1_") ? name : []);
}

feature("a removed task is deleted when its request has ended (HAProxy 3.0)", async (bench) => {
  await withTasks(bench, ["one"], async (own) => {
    const held = await HeldRequest.start(bench, host);
    await withoutReload(bench, async () => {
      own.announce(["two"]);
      await untilAnsweredBy(bench, ["two"]);
      const both = [own.server("one"), own.server("two")].sort();
      assert.deepEqual((await serversOf(bench)).sort(), both);
      held.release();
      assert.match(await held.reply, /^HTTP\/1\.1 200 [^]*one$/);
      const left = await deletesServers(bench) ? [own.server("two")] : both;
      await eventually(async () => assert.deepEqual((await serversOf(bench)).sort(), left));
      own.announce(["one", "two"]);
      await untilAnsweredBy(bench, ["one", "two"]);
    });
  });
});

feature("two hundred tasks go without a reload (HAProxy 3.0), or with one", async (bench) => {
  const marathon = await bench.startMarathon();
  const servicePort = await freePort();
  const announce = (count: number) => {
    marathon.setApps([{
      id: "/own",
      instances: count,
      portDefinitions: [{ port: servicePort }],
      healthChecks: [],
      labels: { HAPROXY_GROUP: "external" },
      tasks: Array.from({ length: count }, (_, rank) => ({
        id: `own.${rank}`,
        host: "127.0.0.1",
        state: "TASK_RUNNING",
        // No traffic comes to them.
        ports: [2_000 + rank],
      })),
    }]);
    marathon.emit({ eventType: "status_update_event", appId: "/own", timestamp: new Date().toISOString() });
  };
  announce(400);
  const lb = await bench.serve();
  await eventually(async () => assert.equal((await serversOf(bench)).length, 400));
  const before = await changes(bench);
  announce(200);
  await eventually(async () => assert.equal((await serversOf(bench)).length, 200));
  const line = await lb.until(/Applied .*status_update_event/);
  const after = await changes(bench);
  const grown = { reloads: after.reloads - before.reloads, updates: after.updates - before.updates };
  if (await deletesServers(bench)) {
    assert.deepEqual([grown, after.pids], [{ reloads: 0, updates: 1 }, before.pids]);
  } else {
    assert.deepEqual(grown, { reloads: 1, updates: 0 });
    assert.match(line, /200 removed servers wait in HAProxy, a reload forgets them/);
  }
});

feature("a task that drains ends its running requests and gets no others", async (bench) => {
  const port = await freePort();
  const side = async (id: string, startedAt: string) => ({
    ...await webApp(id, {
      labels: {
        HAPROXY_0_VHOST: host,
        HAPROXY_DEPLOYMENT_GROUP: "web",
        HAPROXY_DEPLOYMENT_STARTED_AT: startedAt,
        HAPROXY_0_PORT: String(port),
      },
    }),
  });
  const blue = await side("/web-blue", "2026-01-01T00:00:00Z");
  const { marathon } = await serveApps(bench, [blue]);
  const held = await HeldRequest.start(bench, host);
  await withoutReload(bench, async () => {
    await marathon.createApp(await side("/web-green", "2026-01-02T00:00:00Z"));
    await eventually(async () => {
      assert.equal((await bench.get(host)).headers["x-app-id"], "/web-green");
      assert.match(await bench.readConfig(), /server \S+ \S+ .*disabled/);
    });
    for (let asked = 0; asked < 4; asked++) {
      assert.equal((await bench.get(host)).headers["x-app-id"], "/web-green");
    }
    held.release();
    assert.match(await held.reply, /^HTTP\/1\.1 200 [^]*\/web-blue task/);
  });
  // Without a check nothing but its being enabled brings it back.
  await marathon.deleteApp("/web-green");
  await eventually(async () => assert.equal((await bench.get(host)).headers["x-app-id"], "/web-blue"));
});

endToEnd("what is on disk is what runs after changes by commands", async (bench) => {
  await withTasks(bench, ["one"], async (own, lb) => {
    const running = ["two", "three"];
    await withoutReload(bench, async () => {
      own.announce(running);
      await untilAnsweredBy(bench, running);
    });
    await untilNothingToDo(lb);
    // The files follow behind the commands.
    const config = await eventually(async () => {
      const config = await bench.readConfig();
      for (const name of names) {
        assert.equal(config.includes(`server ${own.server(name)} `), running.includes(name), name);
      }
      assert.equal(await bench.ask("/_haproxy_getconfig"), config);
      return config;
    });

    const { reloads } = await changes(bench);
    lb.signal("SIGUSR1");
    await eventually(async () => assert.equal((await changes(bench)).reloads, reloads + 1));
    assert.equal(await bench.ask("/_haproxy_getconfig"), config);
    await untilAnsweredBy(bench, running);
    await untilNothingToDo(lb);
    assert.equal((await changes(bench)).reloads, reloads + 1);

    await withoutReload(bench, async () => {
      own.announce(["one", "three"]);
      await untilAnsweredBy(bench, ["one", "three"]);
    });
    await untilNothingToDo(lb);
    const [master] = (await changes(bench)).pids.split(" ");
    process.kill(Number(master), "SIGKILL");
    await lb.until(/HAProxy restarted/);
    await untilAnsweredBy(bench, ["one", "three"]);
    const latest = await bench.readConfig();
    for (const name of names) {
      assert.equal(latest.includes(`server ${own.server(name)} `), ["one", "three"].includes(name), name);
    }
    assert.equal(await bench.ask("/_haproxy_getconfig"), latest);
    await untilNothingToDo(lb);
    await withoutReload(bench, async () => {
      own.announce(["two"]);
      await untilAnsweredBy(bench, ["two"]);
    });
  });
});

feature("a server that comes back with a reload is in service", async (bench) => {
  await withTasks(bench, ["one", "two"], async (own) => {
    await withoutReload(bench, async () => {
      own.announce(["one"]);
      await untilAnsweredBy(bench, ["one"]);
    });
    await withReload(bench, "some", async () => {
      own.announce(["one", "two"], { HAPROXY_0_HTTP_BACKEND_PROXYPASS_PATH: "/unused" });
      await untilAnsweredBy(bench, ["one", "two"]);
    });
  });
});

feature("a server that an operator put into maintenance stays there over a reload", async (bench) => {
  await withTasks(bench, ["one", "two"], async (own, lb) => {
    await askHaproxy(bench, `set server ${own.backend}/${own.server("two")} state maint`);
    await untilAnsweredBy(bench, ["one"]);
    const before = lb.lines.length;
    lb.signal("SIGUSR1");
    await lb.until(/Reloaded/, before);
    assert.deepEqual(await answeredBy(bench), ["one"]);
  });
});

const static2 = "accepts no servers at run time";
const fallbacks: readonly [what: string, labels: Record<string, string>, reason: RegExp][] = [
  ["balance static-rr", { HAPROXY_0_BALANCE: "static-rr" }, new RegExp(`static-rr ${static2}`)],
  ["balance source", { HAPROXY_0_BALANCE: "source" }, new RegExp(`source ${static2}`)],
];
for (const [what, labels, reason] of fallbacks) {
  feature(`${what} reloads HAProxy for new tasks, and logs why`, async (bench) => {
    await withTasks(bench, ["one"], async (own, lb) => {
      await withReload(bench, "some", async () => {
        own.announce(["one", "two"]);
        await lb.until(/Applied .*reloaded because/);
      });
      assert.match(lb.lines.findLast((line) => /Applied/.test(line))!, reason);
    }, labels);
  });
}

feature("sticky apps: HAProxy before 3.0 takes no servers with cookies by commands", async (bench) => {
  const { version } = await findHaproxy(bench.path("bin/haproxy"), {
    env: {},
    signal: AbortSignal.timeout(deadline),
  });
  await withTasks(bench, ["one"], async (own, lb) => {
    const add = async () => {
      own.announce(["one", "two"]);
      await untilAnsweredBy(bench, ["one", "two"]);
    };
    if (version.major >= 3) return await withoutReload(bench, add);
    await withReload(bench, "some", add);
    await lb.until(/Applied .*reloaded because a server with cookie cannot be added at run time/);
    // What goes needs no cookie.
    await withoutReload(bench, async () => {
      own.announce(["two"]);
      await untilAnsweredBy(bench, ["two"]);
    });
  }, { HAPROXY_0_STICKY: "true" });
});

feature("a label that changes has HAProxy reloaded", async (bench) => {
  await withTasks(bench, ["one"], async (own, lb) => {
    await withReload(bench, "some", async () => {
      own.announce(["one"], { HAPROXY_0_BACKEND_WEIGHT: "5", HAPROXY_0_VHOST: `${host},other.test` });
      await eventually(async () => assert.equal((await bench.get("other.test")).status, 200));
    });
    await lb.until(/Applied .*reloaded because/);
  });
});

feature("--haproxy-map: a virtual host that changes is changed by commands", async (bench) => {
  const marathon = await bench.startMarathon();
  await using own = await NamedTasks.start(marathon, names, {});
  own.set(["one"], { HAPROXY_0_VHOST: host });
  const lb = await bench.serve({ flags: ["--haproxy-map"] });
  await untilAnsweredBy(bench, ["one"]);
  await withoutReload(bench, async () => {
    own.announce(["one", "two"], { HAPROXY_0_VHOST: "new.test,newer.test" });
    await eventually(async () => assert.equal((await bench.get("new.test")).status, 200));
    assert.equal((await bench.get("newer.test")).status, 200);
    assert.equal((await bench.get(host)).status, 503);
  });
  await untilNothingToDo(lb);
  await eventually(async () =>
    assert.match(await bench.ask("/_haproxy_getvhostmap"), /^new\.test own_\d+\nnewer\.test own_\d+\n$/m)
  );
  const before = lb.lines.length;
  lb.signal("SIGUSR1");
  await lb.until(/Reloaded/, before);
  assert.equal((await bench.get("newer.test")).status, 200);
  assert.equal((await bench.get(host)).status, 503);
  await bench.stop(lb);
});

const byHand: readonly [what: string, commands: (server: string) => string[], reason: RegExp][] = [
  [
    "moves a server",
    (server) => [`set server ${server} addr 127.0.0.1 port 1`],
    /backend own_\d+ is not as it should be: server \S+ is at 127\.0\.0\.1:1 instead of/,
  ],
  [
    "deletes a server",
    (server) => [`set server ${server} state maint`, `del server ${server}`],
    /backend own_\d+ is not as it should be: server \S+ is missing/,
  ],
];
for (const [what, commands, reason] of byHand) {
  endToEnd(`an operator ${what} of HAProxy by hand: a change of its app repairs it`, async (bench) => {
    await withTasks(bench, ["one", "two"], async (own, lb) => {
      await withReload(bench, "some", async () => {
        for (const command of commands(`${own.backend}/${own.server("one")}`)) {
          await askHaproxy(bench, command);
        }
        own.announce(names);
        await lb.until(/Runtime commands failed, reloading HAProxy/);
        await untilAnsweredBy(bench, names);
      });
      assert.match(lb.lines.find((line) => /Runtime commands failed/.test(line))!, reason);
      await untilNothingToDo(lb);
      await withoutReload(bench, async () => {
        own.announce(["one"]);
        await untilAnsweredBy(bench, ["one"]);
      });
    });
  });
}

feature("--no-runtime-updates has HAProxy reloaded for every task", async (bench) => {
  const { marathon } = await serveApps(bench, [await webApp("/web")], { flags: ["--no-runtime-updates"] });
  const servers = async () =>
    readStats(await bench.ask("/haproxy?stats;csv")).filter(({ svname }) => svname!.startsWith("127_"));
  await withReload(bench, "none", async () => {
    await marathon.scale("/web", 3);
    await eventually(async () => assert.equal((await servers()).length, 3));
  });
  await withReload(bench, "none", async () => {
    await marathon.scale("/web", 1);
    // Nothing waits in maintenance.
    await eventually(async () => assert.equal((await servers()).length, 1));
  });
  assert.equal((await changes(bench)).updates, 0);
});
