import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { eventually } from "../../../tools/harness/eventually.ts";
import { freePort } from "../../../tools/harness/freePort.ts";
import { ask } from "../support/assertAnswers.ts";
import type { Bench } from "../support/Bench.ts";
import { withoutReload } from "../support/changes.ts";
import { feature } from "../support/feature.ts";
import { serveApps } from "../support/serveApps.ts";

/** Servers that answer with their names, while a test runs. */
async function withServers(
  places: Readonly<Record<string, { host: string; port?: number }>>,
  test: (ports: Readonly<Record<string, number>>) => Promise<void>,
): Promise<void> {
  const servers: Server[] = [];
  const ports: Record<string, number> = {};
  try {
    for (const [name, { host, port }] of Object.entries(places)) {
      const server = createServer((request, response) => {
        request.resume();
        response.end(name);
      });
      servers.push(server);
      await once(server.listen(port ?? 0, host), "listening");
      ports[name] = (server.address() as AddressInfo).port;
    }
    await test(ports);
  } finally {
    for (const server of servers) {
      server.closeAllConnections();
      server.close();
    }
  }
}

/** What Marathon says when a task of the app is not what it was. */
const taskChanged = {
  eventType: "status_update_event",
  timestamp: "2026-01-01T00:00:00.000Z",
  appId: "/own",
};

async function appOf(tasks: readonly object[], more: object = {}) {
  return {
    id: "/own",
    instances: tasks.length,
    portDefinitions: [{ port: await freePort() }],
    healthChecks: [],
    labels: { HAPROXY_GROUP: "external", HAPROXY_0_VHOST: "own.test" },
    tasks,
    ...more,
  };
}

/** How many of so many requests each server answers, by its name or by the status. */
async function hits(bench: Bench, count: number): Promise<Record<string, number>> {
  const found: Record<string, number> = {};
  for (let asked = 0; asked < count; asked++) {
    const { status, body } = await ask(bench.http, "own.test");
    const name = status === 200 ? body : String(status);
    found[name] = (found[name] ?? 0) + 1;
  }
  return found;
}

feature(
  "IPv6 tasks are served: [::1]:PORT in server lines, and added by runtime commands without a reload",
  async (bench) => {
    await withServers({ one: { host: "::1" }, two: { host: "::1" } }, async (ports) => {
      const task = (id: string) => ({ id, host: "::1", state: "TASK_RUNNING", ports: [ports[id]] });
      const app = await appOf([task("one")]);
      const { marathon } = await serveApps(bench, [app]);
      assert.match(await bench.readConfig(), new RegExp(` server __1_${ports.one} \\[::1\\]:${ports.one} `));
      assert.deepEqual(await hits(bench, 10), { one: 10 });
      await withoutReload(bench, async () => {
        marathon.setApps([{ ...app, instances: 2, tasks: [task("one"), task("two")] }]);
        marathon.emit(taskChanged);
        await eventually(async () => assert.match(await bench.readConfig(), new RegExp(`:${ports.two} `)));
        assert.deepEqual(await hits(bench, 10), { one: 5, two: 5 });
      });
      await withoutReload(bench, async () => {
        marathon.setApps([{ ...app, tasks: [task("two")] }]);
        marathon.emit(taskChanged);
        await eventually(async () => {
          assert.doesNotMatch(await bench.readConfig(), new RegExp(`:${ports.one} `));
        });
        assert.deepEqual(await hits(bench, 10), { two: 10 });
      });
    });
  },
);

const container = { networks: [{ mode: "container", name: "dcos" }], portDefinitions: undefined };
const choices: [flags: string[], expected: string, warned: RegExp | undefined][] = [
  [
    [],
    "first",
    /WARNING.*\/own: task own\.1 has the addresses ::1, 127\.0\.0\.1, 127\.0\.0\.2; 127\.0\.0\.1 is/,
  ],
  [["--task-networks", "127.0.0.2/32"], "second", undefined],
  [["--task-networks", "::/0"], "third", undefined],
  [
    ["--task-networks", "10.0.0.0/8"],
    "first",
    /WARNING.*127\.0\.0\.2, none of them in --task-networks; 127\.0\.0\.1 is/,
  ],
];
for (const [flags, expected, warned] of choices) {
  feature(`several addresses of a task: ${flags.join(" ") || "without --task-networks"}`, async (bench) => {
    // The same port at each address.
    const port = await freePort();
    await withServers({
      first: { host: "127.0.0.1", port },
      second: { host: "127.0.0.2", port },
      third: { host: "::1", port },
    }, async () => {
      const ipAddresses = ["::1", "127.0.0.1", "127.0.0.2"].map((ipAddress) => ({ ipAddress }));
      const app = await appOf(
        [{ id: "own.1", host: "agent", state: "TASK_RUNNING", ports: [], ipAddresses }],
        {
          ...container,
          container: { portMappings: [{ containerPort: port, servicePort: await freePort() }] },
        },
      );
      const { lb } = await serveApps(bench, [app], { flags });
      assert.deepEqual(await hits(bench, 10), { [expected]: 10 });
      const lines = lb.lines.filter((line) => line.includes("has the addresses"));
      assert.equal(lines.length, warned ? 1 : 0, lines.join("\n"));
      if (warned) assert.match(lines[0]!, warned);
    });
  });
}

const unreachable: [
  choice: string | undefined,
  expected: Record<string, number>,
  line: RegExp | undefined,
][] = [
  [undefined, { running: 5, lost: 5 }, / id \d+$/],
  ["keep", { running: 5, lost: 5 }, / id \d+$/],
  ["drain", { running: 10 }, / disabled$/],
  ["remove", { running: 10 }, undefined],
];
for (const [choice, expected, line] of unreachable) {
  feature(`--unreachable-tasks ${choice ?? "by default"}: a task in TASK_UNREACHABLE`, async (bench) => {
    await withServers({ running: { host: "127.0.0.1" }, lost: { host: "127.0.0.1" } }, async (ports) => {
      const task = (id: string, state = "TASK_RUNNING") => ({
        id,
        host: "127.0.0.1",
        state,
        ports: [ports[id]],
      });
      const app = await appOf([task("running"), task("lost")]);
      const flags = choice === undefined ? [] : ["--unreachable-tasks", choice];
      const { marathon, lb } = await serveApps(bench, [app], { flags });
      assert.deepEqual(await hits(bench, 10), { running: 5, lost: 5 });
      const serverLine = async () =>
        (await bench.readConfig()).split("\n").find((text) => text.includes(`:${ports.lost} `));
      marathon.setApps([{ ...app, tasks: [task("running"), task("lost", "TASK_UNREACHABLE")] }]);
      marathon.emit(taskChanged);
      if (expected.lost) await lb.until(/Nothing to do .*triggered by .*status_update_event/);
      await eventually(async () => {
        const text = await serverLine();
        if (line) assert.match(text ?? "", line);
        else assert.equal(text, undefined);
      });
      assert.deepEqual(await hits(bench, 10), expected);
      // The agent is back.
      marathon.setApps([app]);
      marathon.emit(taskChanged);
      await eventually(async () => assert.match(await serverLine() ?? "", / id \d+$/));
      assert.deepEqual(await hits(bench, 10), { running: 5, lost: 5 });
    });
  });
}

feature("a service port for UDP alone is left out with its reason, udp,tcp is TCP", async (bench) => {
  await withServers({ both: { host: "127.0.0.1" } }, async ({ both }) => {
    const [udp, shared] = [await freePort(), await freePort()];
    const app = await appOf(
      [{ id: "own.1", host: "127.0.0.1", state: "TASK_RUNNING", ports: [both, both] }],
      {
        portDefinitions: [{ port: udp, protocol: "udp" }, { port: shared, protocol: "udp,tcp" }],
        labels: { HAPROXY_GROUP: "external", HAPROXY_1_VHOST: "own.test" },
      },
    );
    const { lb } = await serveApps(bench, [app]);
    assert.deepEqual(await hits(bench, 10), { both: 10 });
    assert.equal((await ask(`http://127.0.0.1:${shared}`, "any.test")).body, "both");
    await assert.rejects(ask(`http://127.0.0.1:${udp}`, "any.test"), /ECONNREFUSED/);
    const text = /ERROR .*\/own: service 0 is left out: its port is for UDP alone$/;
    assert.equal(lb.lines.filter((line) => text.test(line)).length, 1);
    const { excluded } = JSON.parse(await bench.ask("/_mlb_status"));
    assert.deepEqual(excluded.map(({ code }: { code: string }) => code), ["udp-port"]);
  });
});
