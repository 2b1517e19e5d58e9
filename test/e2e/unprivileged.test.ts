import assert from "node:assert/strict";
import { lstat } from "node:fs/promises";
import type { Bench } from "./support/Bench.ts";
import { endToEnd } from "./support/endToEnd.ts";
import { eventually } from "../../tools/harness/eventually.ts";
import type { MarathonLb } from "../../tools/harness/MarathonLb.ts";
import { request } from "./support/request.ts";
import { Traffic } from "./support/Traffic.ts";
import {
  bindService,
  dropPrivileges,
  everythingIn,
  firstFreeForAll,
  lowPort,
  nobody,
  statusOf,
  whyNoOtherUser,
} from "./support/unprivileged.ts";
import { webApp } from "./support/webApp.ts";

const host = "web.test";

function unprivileged(name: string, test: (bench: Bench) => Promise<void>): void {
  if (whyNoOtherUser !== undefined) Deno.test.ignore(`${name} (${whyNoOtherUser})`, () => {});
  else endToEnd(name, test);
}

async function assertHasOnly(capabilities: string, pids: readonly number[]): Promise<void> {
  for (const pid of pids) {
    assert.match(await statusOf(pid, "Uid"), new RegExp(`^${nobody}(\\t${nobody}){3}$`));
    assert.match(await statusOf(pid, "Gid"), new RegExp(`^${nobody}(\\t${nobody}){3}$`));
    assert.equal(await statusOf(pid, "Groups"), "");
    assert.equal(await statusOf(pid, "CapEff"), capabilities, `process ${pid}`);
    assert.equal(await statusOf(pid, "CapBnd"), capabilities, `process ${pid}`);
    assert.equal(await statusOf(pid, "NoNewPrivs"), "1");
  }
}

async function haproxyPids(bench: Bench): Promise<number[]> {
  return (await bench.ask("/_haproxy_getpids")).split(" ").map(Number);
}

async function modesOf(bench: Bench): Promise<Record<string, string>> {
  const paths = everythingIn(bench, ["work", "run", "state", "cert"]);
  const modes: Record<string, string> = {};
  for (const path of paths.sort()) {
    const { uid, gid, mode } = await lstat(bench.path(path));
    assert.deepEqual([uid, gid], [nobody, nobody], path);
    modes[path] = (mode & 0o7777).toString(8);
  }
  return modes;
}

/** Whatever the umask of the tests is, nobody but the owner may have more than these. */
function assertModes(modes: Record<string, string>): void {
  const expected = {
    "cert/cert.pem": "600",
    "run/master.sock": "600",
    "run/socket": "600",
    "run/marathon-lb.sock": "666",
  };
  for (const [path, mode] of Object.entries(expected)) assert.equal(modes[path], mode, path);
  for (const [path, mode] of Object.entries(modes)) {
    if (path !== "run/marathon-lb.sock") assert.equal(parseInt(mode, 8) & 0o022, 0, `${path} has ${mode}`);
  }
}

unprivileged("as nobody, with CAP_NET_BIND_SERVICE alone, all of it works", async (bench) => {
  await dropPrivileges(bench, "+net_bind_service");
  const [http, https, servicePort] = [await lowPort(), await lowPort(), await lowPort()];
  const marathon = await bench.startMarathon();
  await marathon.createApp(await webApp("/web", { labels: { HAPROXY_0_VHOST: host } }));
  await marathon.settled();
  const binds = ["--http-bind", `127.0.0.1:${http}`, "--https-bind", `127.0.0.1:${https}`];
  const lb = await bench.serve({ flags: binds });
  const url = `http://127.0.0.1:${http}/`;
  const before = await haproxyPids(bench);
  assert.equal(before.length, 2, "a master and a worker");
  await assertHasOnly(bindService, [lb.pid, ...before]);

  await using traffic = new Traffic(url, host);
  const secure = await request(`https://127.0.0.1:${https}/`, { headers: { host }, servername: host });
  assert.equal(secure.status, 200);

  // A port that the first worker did not have, below 1024 too: the next one opens it by itself.
  await marathon.createApp(
    await webApp("/low", { servicePort, labels: { HAPROXY_0_BIND_ADDR: "127.0.0.1" } }),
  );
  await eventually(async () => {
    assert.equal((await request(`http://127.0.0.1:${servicePort}/`)).headers["x-app-id"], "/low");
  });
  // Until the first worker has left: a process may end while it is looked at.
  await eventually(async () => {
    const [master, worker, ...more] = await haproxyPids(bench);
    assert.deepEqual([master, more], [before[0], []], "the same master, and one worker");
    await assertHasOnly(bindService, [master!, worker!]);
  });

  await eventually(async () => {
    const { reloads } = JSON.parse(await bench.ask("/_mlb_status"));
    assert.deepEqual([reloads.ok > 0, reloads.failed], [true, 0]);
  });
  assert.match(await bench.ask("/_mlb_signal/hup"), /^Sent SIGHUP/);
  assert.match(await bench.ask("/_mlb_metrics"), /^marathon_lb_healthy 1$/m);
  assert.match(await bench.ask("/metrics"), /^haproxy_process_nbthread/m);
  assert.match(
    await bench.ask("/_haproxy_getconfig"),
    new RegExp(`bind 127\\.0\\.0\\.1:${servicePort}$`, "m"),
  );
  assertModes(await modesOf(bench));

  await traffic.untilAnsweredBy(marathon.tasks("/web").map(({ id }) => String(id)));
  assert.deepEqual(traffic.failures, []);
});

unprivileged("as nobody, without any capability, all of it works at higher ports", async (bench) => {
  await dropPrivileges(bench);
  const marathon = await bench.startMarathon();
  await marathon.createApp(await webApp("/web", { labels: { HAPROXY_0_VHOST: host } }));
  await marathon.settled();
  const lb = await bench.serve();
  await assertHasOnly("0".repeat(16), [lb.pid, ...await haproxyPids(bench)]);
  assert.equal((await bench.get(host)).status, 200);
  if (await firstFreeForAll() <= 600) return;

  // An app that wants what HAProxy may not open is left out, and stops nobody else.
  const servicePort = await lowPort();
  await marathon.createApp(await webApp("/low", { servicePort }));
  await marathon.createApp(await webApp("/more", { labels: { HAPROXY_0_VHOST: "more.test" } }));
  await eventually(async () => assert.equal((await bench.get("more.test")).status, 200));
  await assertLeftOut(bench, lb, servicePort);

  // The same at a start, when there is no HAProxy yet that could tell what it may do.
  await bench.stop(lb);
  const again = await bench.serve();
  await eventually(async () => assert.equal((await bench.get("more.test")).status, 200));
  await assertLeftOut(bench, again, servicePort);
});

async function assertLeftOut(bench: Bench, lb: MarathonLb, port: number): Promise<void> {
  await lb.until(
    new RegExp(`/low.* port ${port} of 0\\.0\\.0\\.0 may not be opened by HAProxy: .*CAP_NET_BIND_SERVICE`),
  );
  await eventually(async () => {
    const { excluded, reloads } = JSON.parse(await bench.ask("/_mlb_status"));
    assert.deepEqual(excluded.map(({ app }: { app: string }) => app), ["/low"]);
    assert.equal(reloads.failed, 0);
  });
}

unprivileged("as nobody, without the capability, port 80 ends the start with what to do", async (bench) => {
  if (await firstFreeForAll() > 600) {
    await dropPrivileges(bench);
    await bench.startMarathon();
    const bind = ["--http-bind", `127.0.0.1:${await lowPort()}`];
    const { code, lines } = await bench.run(["sse", ...bench.flags, ...bind]);
    assert.equal(code, 1);
    assert.match(
      lines.at(-1)!,
      /^marathon-lb: HAProxy did not start, .*Permission denied.*give that the capability CAP_NET_BIND_SERVICE, or choose ports from 1024 on/,
    );
    bench.assertNothingRuns();
  } else {
    // Everybody may open every port in here: what can be shown is that no process has the capability.
    await dropPrivileges(bench);
    await bench.startMarathon();
    const lb = await bench.serve({ flags: ["--http-bind", `127.0.0.1:${await lowPort()}`] });
    await assertHasOnly("0".repeat(16), [lb.pid, ...await haproxyPids(bench)]);
  }
});
