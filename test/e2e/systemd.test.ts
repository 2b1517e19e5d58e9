import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { chmod, readFile, symlink, writeFile } from "node:fs/promises";
import process from "node:process";
import { NotifySocket } from "../support/NotifySocket.ts";
import { Bench, type StartOptions } from "./support/Bench.ts";
import { eventually } from "../../tools/harness/eventually.ts";
import type { MarathonLb } from "../../tools/harness/MarathonLb.ts";
import { processesNaming } from "./support/processesNaming.ts";
import { type Program, programs } from "./support/programs.ts";
import { webApp } from "./support/webApp.ts";

const systemdNotify = "/usr/bin/systemd-notify";
const installed = existsSync(systemdNotify);

const [executable, { command: [deno, run, ...words] }] = programs as [Program, Program];
const others = words.filter((word) => word !== "--unstable-net");
const withSockets: Program = {
  name: "bundle under Deno with datagram sockets",
  command: [deno, run!, "--unstable-net", ...others],
};
const withoutSockets: Program = {
  name: "bundle under Deno without datagram sockets",
  command: [deno, run!, ...others],
};
const all = [executable, withSockets, withoutSockets];
const viaCommand = "[^;]*systemd-notify, which needs NotifyAccess=all in the unit";
const viaSocket = "a socket of its own";
/** How each tells; of the executable that depends on the runtime inside. */
const ways = new Map([
  [executable, `(${viaCommand}|${viaSocket})`],
  [withSockets, viaSocket],
  [withoutSockets, viaCommand],
]);

/** A service manager that wants a ping every 0.9 s. */
function managed(name: string, test: (bench: Bench, manager: NotifySocket) => Promise<void>): void {
  for (const program of all) {
    const ignore = program !== withSockets && !installed;
    const reason = ignore ? ` (there is no ${systemdNotify} here)` : "";
    const fn = () =>
      Bench.use(program, async (bench) => {
        if (installed) await symlink(systemdNotify, bench.path("bin/systemd-notify"));
        await using manager = await NotifySocket.open(bench.path("notify"));
        await test(bench, manager);
      });
    Deno.test({ name: `${program.name}: ${name}${reason}`, ignore, fn });
  }
}

function startManaged(bench: Bench, { address }: NotifySocket, options: StartOptions = {}): MarathonLb {
  return bench.start({ ...options, env: { NOTIFY_SOCKET: address, WATCHDOG_USEC: "900000" } });
}

function ready(manager: NotifySocket, times = 1): Promise<void> {
  return eventually(() => assert.equal(manager.count("READY=1"), times));
}

async function pinged(manager: NotifySocket, more: number): Promise<void> {
  const before = manager.count("WATCHDOG=1");
  await eventually(() => assert.ok(manager.count("WATCHDOG=1") >= before + more));
}

managed(
  "systemd is notified: ready when it serves, alive, stopping",
  async (bench, manager) => {
    const marathon = await bench.startMarathon();
    await marathon.createApp(await webApp("/web", { labels: { HAPROXY_0_VHOST: "web.test" } }));
    await marathon.settled();
    const lb = startManaged(bench, manager);
    await ready(manager);
    assert.equal((await bench.get("web.test")).status, 200, "it was not ready");
    const way = ways.get(bench.program);
    await lb.until(new RegExp(`Notifying the service manager by ${way}; its watchdog waits 0\\.9 s`));
    await pinged(manager, 5);
    await eventually(() =>
      assert.match(manager.last("STATUS")!, /^Serving 1 services of 1 apps; HAProxy last changed \d{4}-/)
    );

    const processes = processesNaming(bench.configFile);
    assert.equal(processes.length, 2);
    for (const pid of processes) {
      assert.doesNotMatch(await readFile(`/proc/${pid}/environ`, "utf8"), /NOTIFY_SOCKET|WATCHDOG/);
    }

    await bench.stop(lb);
    assert.deepEqual(manager.notifications.at(-1), ["STOPPING=1", "STATUS=Stopping: the last requests end"]);
    assert.equal(manager.count("READY=1"), 1);
    assert.equal(lb.count(/Cannot notify/), 0);
  },
);

managed("systemd gets its pings while Marathon is away, from the start on", async (bench, manager) => {
  const marathon = await bench.startMarathon();
  marathon.faults.add({ status: 503 });
  const lb = startManaged(bench, manager, { flags: ["--health-after", "0"] });
  await ready(manager);
  assert.equal((await bench.ask("/_haproxy_health_check")).length > 0, true);
  await lb.until(/Retrying in 2 s/);
  await pinged(manager, 5);
  await eventually(() =>
    assert.match(manager.last("STATUS")!, /^No synchronisation has succeeded yet; .*503/)
  );
});

managed("systemd is notified by the next start, too, which adopts HAProxy", async (bench, manager) => {
  const marathon = await bench.startMarathon();
  await marathon.createApp(await webApp("/web", { labels: { HAPROXY_0_VHOST: "web.test" } }));
  await marathon.settled();
  const lb = startManaged(bench, manager);
  await ready(manager);
  lb.signal("SIGKILL");
  await lb.exited;

  const next = startManaged(bench, manager);
  await ready(manager, 2);
  assert.equal(next.count(/Adopted the HAProxy of an earlier start/), 1);
  assert.equal((await bench.get("web.test")).status, 200);
  await pinged(manager, 2);
});

managed(
  "systemd is notified in direct mode that it follows Marathon, also one that is away",
  async (bench, manager) => {
    const marathon = await bench.startMarathon();
    marathon.faults.add({ status: 503 });
    const { address } = manager;
    const words = [
      "--haproxy-config",
      bench.path("haproxy.cfg"),
      "--command",
      "/bin/true",
      "--dont-bind-http-https",
    ];
    const lb = bench.spawn([...bench.flags, ...words, "--sse"], {
      NOTIFY_SOCKET: address,
      WATCHDOG_USEC: "900000",
    });
    await ready(manager);
    await lb.until(/Retrying in 2 s/);
    await pinged(manager, 5);
    assert.equal(manager.last("STATUS"), "Following Marathon; HAProxy is not supervised");
    await bench.stop(lb);
    assert.equal(manager.count("STOPPING=1"), 1);
  },
);

for (const program of all) {
  Deno.test(`${program.name}: without a service manager nothing is sent, and nothing runs for it`, () =>
    Bench.use(program, async (bench) => {
      const trap = bench.path("bin/systemd-notify");
      await writeFile(trap, `#!/bin/sh\necho ran >> ${bench.path("ran")}\n`);
      await chmod(trap, 0o755);
      await bench.startMarathon();
      const lb = await bench.serve({ env: { WATCHDOG_USEC: "900000", WATCHDOG_PID: String(process.pid) } });
      await bench.stop(lb);
      assert.equal(lb.count(/service manager/), 0);
      assert.ok(!existsSync(bench.path("ran")));
    }));
}

Deno.test(`${withoutSockets.name}: without systemd-notify an error says what to do, and it serves`, () =>
  Bench.use(withoutSockets, async (bench) => {
    await bench.startMarathon();
    const lb = await bench.serve({ env: { NOTIFY_SOCKET: bench.path("notify") } });
    assert.equal(
      lb.count(
        /^ERROR marathon_lb: Cannot notify the service manager .*there is no systemd-notify on PATH/,
      ),
      1,
    );
  }));
