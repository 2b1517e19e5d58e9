import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually } from "../../tools/harness/eventually.ts";
import { markdownBlocks } from "../support/markdownBlocks.ts";
import { StartedInNetwork } from "./support/image/StartedInNetwork.ts";
import { built } from "./support/programs.ts";
import { SystemdMachine, whyNoSystemd } from "./support/systemd/SystemdMachine.ts";
import { Wrk } from "./support/Wrk.ts";

const name =
  "systemd as PID 1: start, reload, restart, upgrade, crash, watchdog and stop, without a failed request";
const whyNot = await whyNoSystemd();

/** The commands of docs/systemd.md, block by block. */
const [install, enable, upgrade] = markdownBlocks(
  await readFile(new URL("../../docs/systemd.md", import.meta.url), "utf8"),
).filter(({ language }) => language === "sh").map(({ text }) => text);

const web = {
  id: "/web",
  instances: 2,
  portDefinitions: [{ port: 10_001 }],
  labels: { HAPROXY_GROUP: "external", HAPROXY_0_VHOST: "web.test" },
};

/** The service on a machine, and what asks it. */
class Service {
  constructor(readonly machine: SystemdMachine, readonly network: StartedInNetwork) {}

  /** The status and the headers of one request. It is not tried again: a refused connection is a failure. */
  get(): Promise<string> {
    return this.network.curl(["--header", "Host: web.test", "http://127.0.0.1/"]);
  }

  property(name: string): Promise<string> {
    return this.machine.sh(`systemctl show --value --property=${name} marathon-lb`);
  }

  async haproxy(): Promise<number> {
    const answer = await this.network.curl(["http://127.0.0.1:9090/_haproxy_getpids"]);
    return Number(/\r\n\r\n(\d+)/.exec(answer)?.[1]);
  }

  /** How many lines of the log match. */
  async count(pattern: RegExp): Promise<number> {
    return (await this.machine.journal("marathon-lb")).split("\n").filter((line) => pattern.test(line))
      .length;
  }

  /** Does something that ends marathon-lb. Another one then serves with the same HAProxy, which it has adopted. */
  async survives(what: string, deed: () => Promise<unknown>): Promise<void> {
    const [before, haproxy] = await Promise.all([this.property("MainPID"), this.haproxy()]);
    const adoptions = await this.count(adopted);
    const done = stopwatch(what);
    await deed();
    await eventually(async () => {
      // At one time: just killed, it still counts as active.
      const [pid, state] = (await this.property("MainPID,ActiveState")).split("\n");
      assert.equal(state, "active");
      assert.ok(pid !== before && pid !== "0", `${what}: another process`);
    });
    done();
    assert.equal(await this.count(adopted), adoptions + 1, `${what}: adopted`);
    assert.equal(await this.haproxy(), haproxy, `${what}: the same HAProxy`);
  }
}

/** Begins now; prints how long something took when it is called. */
function stopwatch(what: string): () => void {
  const began = performance.now();
  return () => console.log(`${what}: ready after ${((performance.now() - began) / 1000).toFixed(1)} s`);
}

const adopted = /WARNING marathon_lb: Adopted the HAProxy of an earlier start/;
const handedOver = /INFO marathon_lb: SIGUSR2: ending; HAProxy keeps serving for the next start/;

if (whyNot !== undefined) Deno.test.ignore(`${name} (not run: ${whyNot})`, () => {});
else {
  Deno.test(name, async () => {
    built("marathon-lb");
    const directory = await mkdtemp(join(tmpdir(), "marathon-lb-apps-"));
    try {
      await using machine = await SystemdMachine.boot();
      await using network = await StartedInNetwork.marathon(machine, join(directory, "apps.json"), [web]);
      const service = new Service(machine, network);
      try {
        await whatItDoes(service);
      } catch (error) {
        console.error(await machine.sh("journalctl --no-pager --lines=80"));
        throw error;
      }
    } finally {
      await rm(directory, { recursive: true });
    }
  });
}

async function whatItDoes(service: Service): Promise<void> {
  const { machine } = service;
  await machine.sh(install!);
  await machine.sh(`sed -i 's,http://master.mesos:8080,http://127.0.0.1:8080,' /etc/default/marathon-lb
echo MARATHON_LB_LOG_LEVEL=DEBUG >>/etc/default/marathon-lb`);
  await eventually(async () =>
    assert.match(await service.network.curl(["http://127.0.0.1:8080/v2/apps/web"]), /"tasksRunning": ?2/)
  );
  const started = stopwatch("start");
  await machine.sh(enable!);
  started();
  assert.match(await service.get(), /^HTTP\/1\.1 200 /, "it serves when systemctl returns");
  assert.equal(await service.property("ActiveState"), "active");
  assert.match(await service.property("StatusText"), /^Serving 1 services of 1 apps/);

  await machine.sh("systemctl reload marathon-lb");
  await eventually(async () => assert.ok(await service.count(/triggered by .*SIGHUP/) > 0));

  const launcher = await service.network.launcher;
  // Without the port, wrk would look for it in /etc/services, which a small Debian does not have.
  const url = "http://127.0.0.1:80/";
  await using kept = new Wrk(url, "web.test", { launcher, connections: 10 });
  const headers = ["Connection: close"];
  await using fresh = new Wrk(url, "web.test", { launcher, connections: 4, headers });

  for (let round = 1; round <= 3; round++) {
    await service.survives("restart", () => machine.sh("systemctl restart marathon-lb"));
    assert.equal(await service.count(handedOver), round);
  }
  await service.survives("upgrade", async () => {
    // What a new version generates is different.
    await machine.sh(`mkdir -p /etc/marathon-lb/templates
printf 'backend {backend}\\n  mode http\\n  balance {balance}\\n  http-response set-header generation two\\n' \\
  >/etc/marathon-lb/templates/HAPROXY_BACKEND_HEAD
chmod -R a+rX /etc/marathon-lb`);
    await machine.sh(upgrade!);
  });
  await eventually(async () => assert.match(await service.get(), /^generation: two\r$/m));

  const signal = (name: string) => machine.sh(`systemctl kill --signal=${name} --kill-who=main marathon-lb`);
  await service.survives("kill -9", () => signal("KILL"));

  await machine.sh(`mkdir -p /etc/systemd/system/marathon-lb.service.d
printf '[Service]\\nWatchdogSec=5\\n' >/etc/systemd/system/marathon-lb.service.d/watchdog.conf
systemctl daemon-reload`);
  await service.survives("restart", () => machine.sh("systemctl restart marathon-lb"));
  await service.survives("watchdog", () => signal("STOP"));
  assert.match(await machine.sh("journalctl --no-pager --output=cat"), /Watchdog timeout/);
  console.log(`requests, none of them failed: ${await kept.finish()} and ${await fresh.finish()}`);

  // The unit of 1.0.1, which a systemd before 244 makes of this one: it stops HAProxy, and allows less.
  const unit = "/etc/systemd/system/marathon-lb.service";
  await machine.sh(`sed -i -e /^RestartKillSignal=/d -e '/^RestrictAddressFamilies=/s/ AF_NETLINK//' ${unit}
systemctl daemon-reload`);
  const [haproxy, adoptions] = [await service.haproxy(), await service.count(adopted)];
  const restarted = stopwatch("restart of both");
  await machine.sh("systemctl restart marathon-lb");
  restarted();
  assert.match(await service.get(), /^HTTP\/1\.1 200 /);
  assert.notEqual(await service.haproxy(), haproxy);
  assert.equal(await service.count(adopted), adoptions);
  assert.equal(await service.count(/The addresses of this machine cannot be read: .* add AF_NETLINK/), 1);

  await machine.sh("systemctl stop marathon-lb");
  assert.equal(await service.property("ActiveState"), "inactive");
  assert.equal(await service.property("Result"), "success");
  await assert.rejects(service.get(), /Failed to connect|Connection refused/);
  assert.equal(await machine.sh("ls /proc/*/exe -l | grep -c -E 'haproxy|marathon-lb' || true"), "0");
}
