import assert from "node:assert/strict";
import { readdir, readFile, writeFile } from "node:fs/promises";
import process from "node:process";
import { selfSignedCertificate } from "../../lib/shell/certificates/prepare.ts";
import { systemClock } from "../../lib/shell/system/clock.ts";
import { defaultTemplates } from "../../lib/core/templates/defaultTemplates.ts";
import { freePort } from "../../tools/harness/freePort.ts";
import { words } from "../support/readDockerfile.ts";
import type { Bench } from "./support/Bench.ts";
import { readStats } from "./support/blueGreen/readStats.ts";
import { withoutReload, withReload } from "./support/changes.ts";
import { eventually } from "../../tools/harness/eventually.ts";
import { type ImageContainer, writable } from "./support/image/ImageContainer.ts";
import { inImage } from "./support/image/inImage.ts";
import { StartedInNetwork } from "./support/image/StartedInNetwork.ts";
import type { MarathonLb } from "../../tools/harness/MarathonLb.ts";
import { request } from "./support/request.ts";
import { Traffic } from "./support/Traffic.ts";
import { bindService, lowPort, nobody, statusOf } from "./support/unprivileged.ts";
import { webApp } from "./support/webApp.ts";

const host = "web.test";
const [healthProgram, ...healthWords] = words("HEALTHCHECK");
const onlyBinding = { capability: "cap_net_bind_service" } as const;

/** Free ports for the listeners, and this bench's Marathon, for a container in the network of the tests. */
function flagsOf({ ports: { http, https, admin, appid }, marathonUrl }: Bench): string[] {
  const binds = { "http-bind": http, "https-bind": https, "admin-bind": admin, "appid-bind": appid };
  return [
    ...Object.entries(binds).flatMap(([flag, port]) => [`--${flag}`, `127.0.0.1:${port}`]),
    ...["--log-level", "DEBUG", "--log-format", "%(levelname)s %(name)s: %(message)s"],
    ...["--marathon", marathonUrl],
  ];
}

async function untilServing(lb: MarathonLb): Promise<void> {
  await lb.until(/HAProxy serves/);
  await lb.until(/triggered by .*a new connection to the event stream/);
}

async function assertHealthy(container: ImageContainer): Promise<void> {
  const { code, output, lines } = await container.exec(healthProgram!, ...healthWords);
  assert.deepEqual({ code, output, lines }, { code: 0, output: "healthy\n", lines: [] });
}

async function assertPrivileges(
  container: ImageContainer,
  user: number,
  capabilities: string,
): Promise<void> {
  // A process may end while it is looked at.
  await eventually(async () => {
    const processes = await container.processes();
    assert.equal(processes.length, 3, "marathon-lb, a master and a worker");
    for (const { pid } of processes) {
      assert.equal(await statusOf(pid, "Uid"), `${user}\t${user}\t${user}\t${user}`);
      for (const set of ["CapEff", "CapPrm", "CapBnd"]) {
        assert.equal(await statusOf(pid, set), capabilities, set);
      }
      assert.equal(await statusOf(pid, "NoNewPrivs"), "1");
    }
  });
  assert.match(await statusOf(await container.pid(), "NSpid"), /\t1$/, "it is PID 1");
}

inImage(
  "as nobody with CAP_NET_BIND_SERVICE alone, on a read-only root, all of it works",
  onlyBinding,
  async (container, bench) => {
    const marathon = await bench.startMarathon();
    const [low, servicePort] = [await lowPort(), await freePort()];
    const labels = { HAPROXY_0_VHOST: host };
    await marathon.createApp(await webApp("/web", { instances: 2, servicePort, labels }));
    await marathon.settled();
    const lb = container.start([
      ...flagsOf(bench),
      ...["--http-bind", `127.0.0.1:${low}`, "--haproxy-map"],
    ]);
    await untilServing(lb);
    await assertHealthy(container);
    await assertPrivileges(container, nobody, bindService);

    const url = `http://127.0.0.1:${low}/`;
    for (
      const [url, headers] of [
        [`http://127.0.0.1:${low}/`, { host }],
        [`${bench.https}/`, { host }],
        [`http://127.0.0.1:${servicePort}/`, {}],
        [`${bench.appid}/`, { "x-marathon-app-id": "/web" }],
      ] as const
    ) {
      const reply = await request(url, { headers, servername: host });
      assert.deepEqual([reply.status, reply.headers["x-app-id"]], [200, "/web"], url);
    }

    {
      await using traffic = new Traffic(url, host);
      await withoutReload(bench, async () => {
        await marathon.scale("/web", 3);
        await marathon.settled();
      });
      await traffic.untilAnsweredBy(marathon.tasks("/web").map(({ id }) => String(id)));
      // A service of its own is a reload, and one more low port.
      const lowService = await lowPort();
      await withReload(bench, "some", async () => {
        const labels = { HAPROXY_0_BIND_ADDR: "127.0.0.1" };
        await marathon.createApp(await webApp("/low", { servicePort: lowService, labels }));
        await marathon.settled();
      });
      assert.equal((await request(`http://127.0.0.1:${lowService}/`)).headers["x-app-id"], "/low");
      await traffic.untilAnsweredBy(marathon.tasks("/web").map(({ id }) => String(id)));
      assert.deepEqual(traffic.failures, []);
    }
    await assertEndpoints(container, bench, lb, servicePort);
    await assertOnlyWritableWritten(container);
  },
);

/** The paths that the default templates answer on the admin port. */
function adminPaths(): string[] {
  const found = defaultTemplates.HEAD.matchAll(/(?:\{ path |monitor-uri )(\/\S+)/g);
  return [...found].map(([, path]) => path!).concat("/haproxy?stats", "/haproxy?stats;csv").sort();
}

async function assertEndpoints(
  container: ImageContainer,
  bench: Bench,
  lb: MarathonLb,
  servicePort: number,
): Promise<void> {
  const config = await readFile(await container.path("/marathon-lb/haproxy.cfg"), "utf8");
  const backend = `web_${servicePort}`;
  const endpoints: Record<string, (answer: string) => void | Promise<unknown>> = {
    "/_haproxy_health_check": (answer) => assert.match(answer, /200 OK/),
    "/_mlb_health": (answer) => assert.equal(answer, "healthy\n"),
    "/_mlb_metrics": (answer) => assert.match(answer, /^marathon_lb_healthy 1$/m),
    "/_mlb_status": (answer) => assert.deepEqual(JSON.parse(answer).excluded, []),
    "/metrics": (answer) => assert.match(answer, /^haproxy_process_nbthread/m),
    "/haproxy?stats": (answer) => assert.match(answer, /Statistics Report for HAProxy/),
    "/haproxy?stats;csv": (answer) => assert.ok(readStats(answer).some(({ pxname }) => pxname === backend)),
    "/_haproxy_getconfig": (answer) => assert.equal(answer, config),
    "/_haproxy_getvhostmap": (answer) => assert.equal(answer, `${host} ${backend}\n`),
    "/_haproxy_getappmap": (answer) => assert.match(answer, new RegExp(`^/web ${backend}$`, "m")),
    "/_mlb_signal/hup": () => lb.until(/Nothing to do .*SIGHUP/),
    "/_mlb_signal/usr1": () => lb.until(/Reloaded .*as it is on disk/),
    // Last: until the old worker of the reload has left.
    "/_haproxy_getpids": () =>
      eventually(async () => {
        const inside = [];
        for (const { pid, name } of await container.processes()) {
          if (name === "haproxy") inside.push(Number((await statusOf(pid, "NSpid")).split("\t").at(-1)));
        }
        const told = (await bench.ask("/_haproxy_getpids")).split(" ").map(Number);
        assert.deepEqual([told.length, told.toSorted()], [2, inside.toSorted()]);
      }),
  };
  assert.deepEqual(Object.keys(endpoints).sort(), adminPaths());
  for (const [path, check] of Object.entries(endpoints)) await check(await bench.ask(path));
}

/** That all that was written is in the places which are there for it. */
async function assertOnlyWritableWritten(container: ImageContainer): Promise<void> {
  for (const directory of ["", "/etc", "/usr/local/bin", "/var", "/run", "/lib"]) {
    await assert.rejects(writeFile(await container.path(`${directory}/written`), ""), { code: "EROFS" });
  }
  const written: Record<string, string[]> = {};
  for (const directory of writable) {
    written[directory] = (await readdir(await container.path(directory))).sort();
  }
  const lock = ".marathon-lb.lock";
  assert.deepEqual(written["/run/haproxy"], [lock, "marathon-lb.sock", "master.sock", "socket"]);
  assert.deepEqual(written["/var/state/haproxy"], [lock, "global"]);
  assert.ok(written["/marathon-lb"]!.includes("haproxy.cfg") && written["/marathon-lb"]!.includes("ssl"));
}

for (const victim of ["worker", "master"] as const) {
  inImage(`HAProxy is there again after its ${victim} was killed`, onlyBinding, async (container, bench) => {
    const marathon = await bench.startMarathon();
    await marathon.createApp(await webApp("/web", { labels: { HAPROXY_0_VHOST: host } }));
    await marathon.settled();
    const lb = container.start(flagsOf(bench));
    await untilServing(lb);
    const parent = String(await container.pid());
    for (const { pid, name } of await container.processes()) {
      const isMaster = await statusOf(pid, "PPid") === parent;
      if (name === "haproxy" && isMaster === (victim === "master")) process.kill(pid, "SIGKILL");
    }
    await lb.until(/HAProxy restarted/);
    assert.equal((await bench.get(host)).status, 200);
    await eventually(async () => {
      await assertHealthy(container);
      const processes = await container.processes();
      assert.equal(processes.filter(({ state }) => state !== "Z").length, 3);
      // A worker without its master is nobody's but PID 1's, and no runtime of ours reaps what it has not started.
      const zombies = processes.filter(({ state }) => state === "Z").map(({ name }) => name);
      assert.deepEqual(zombies, victim === "master" ? ["haproxy"] : []);
    });
  });
}

inImage(
  "as `docker run` starts it: the image's own command, a network of its own, any user, no capability",
  { user: 12_345, network: "own", hosts: "127.0.0.1 master.mesos\n" },
  async (container, bench) => {
    const lb = container.start();
    await lb.until(/HAProxy serves/);
    await assertHealthy(container);
    await assertPrivileges(container, 12_345, "0".repeat(16));

    await using inNetwork = await StartedInNetwork.marathon(container, bench.path("apps.json"), [
      { ...await webApp("/web", { labels: { HAPROXY_0_VHOST: host }, servicePort: 10_007 }), instances: 2 },
    ]);
    const get = (...words: string[]) => inNetwork.curl(words);
    await eventually(async () => {
      assert.match(
        await get("http://127.0.0.1/", "-H", `Host: ${host}`),
        /^HTTP\/1\.1 200 [^]*x-app-id: \/web/im,
      );
    });
    assert.match(await get("-k", "https://127.0.0.1/", "-H", `Host: ${host}`), /^HTTP\/\S+ 200/);
    assert.match(await get("http://127.0.0.1:10007/"), /^HTTP\/1\.1 200/);
    assert.match(await get("http://127.0.0.1:9091/", "-H", "X-Marathon-App-Id: /web"), /^HTTP\/1\.1 200/);
    for (const path of adminPaths()) {
      assert.match(await get(`http://127.0.0.1:9090${path}`), /^HTTP\/1\.[01] 200/, path);
    }
    await assertOnlyWritableWritten(container);
  },
);

for (
  const [name, options] of Object.entries({
    "root with CAP_NET_BIND_SERVICE alone": { user: 0, readOnly: false, ...onlyBinding },
    "nobody without any capability": { capability: undefined, readOnly: false },
  })
) {
  inImage(
    `as ${name}, with a writable root, nothing mounted, and variables`,
    options,
    async (container, bench) => {
      await bench.startMarathon();
      const pem = await selfSignedCertificate("", systemClock);
      const http = options.capability === undefined ? bench.ports.http : await lowPort();
      const lb = container.start([...flagsOf(bench), "--http-bind", `127.0.0.1:${http}`], {
        HAPROXY_SSL_CERT: pem.replaceAll("\n", "\\n"),
        HAPROXY_GLOBAL_DEFAULT_OPTIONS: "redispatch,dontlognull",
        HAPROXY_SYSCTL_PARAMS: "net.core.somaxconn=1024",
        HAPROXY_SYSCTL_NONSTRICT: "true",
        PORTS: "80,443",
      });
      await lb.until(
        /WARNING .*HAPROXY_SYSCTL_PARAMS: Cannot set net\.core\.somaxconn=1024: not allowed here/,
      );
      await untilServing(lb);
      await assertHealthy(container);
      assert.equal((await request(`http://127.0.0.1:${http}/`)).status, 503);
      assert.equal(await readFile(await container.path("/etc/ssl/cert.pem"), "utf8"), pem);
      const config = await bench.ask("/_haproxy_getconfig");
      assert.match(config, /ssl crt \/etc\/ssl\/cert\.pem/);
      assert.match(config, /option +redispatch/);
      assert.doesNotMatch(config, /http-server-close/);
    },
  );
}

for (const way of ["the image's own authorities", "--marathon-ca-cert"] as const) {
  inImage(`verifies Marathon's certificate by ${way}`, {}, async (container, bench) => {
    const pem = await selfSignedCertificate("", systemClock);
    const marathon = await bench.startMarathon({ tls: { key: pem, cert: pem } });
    await marathon.createApp(await webApp("/web", { labels: { HAPROXY_0_VHOST: host } }));
    await marathon.settled();
    const url = `https://localhost:${bench.ports.marathon}`;
    const flags = [...flagsOf(bench), "--marathon", url];
    const stranger = container.start(flags);
    await stranger.until(/certificate verification failed/);
    await container.stop();

    const [, certificate] = /(-----BEGIN CERT[^]*END CERTIFICATE-----\n)/.exec(pem)!;
    // What `--volume` would lay over the image's files.
    const file = way === "--marathon-ca-cert" ? "/etc/marathon-ca.pem" : "/etc/ssl/certs/ca-certificates.crt";
    await writeFile(container.root + file, certificate!, { flag: "a" });
    container.start(way === "--marathon-ca-cert" ? [...flags, `--${way.slice(2)}`, file] : flags);
    await eventually(async () => assert.equal((await bench.get(host)).status, 200));
  });
}
