import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, realpath, stat, writeFile } from "node:fs/promises";
import { freePort } from "../../tools/harness/freePort.ts";
import { makeCertificate } from "../shell/certificates/support/makeCertificate.ts";
import type { Bench } from "./support/Bench.ts";
import { endToEnd } from "./support/endToEnd.ts";
import { deadline, eventually } from "../../tools/harness/eventually.ts";
import { feature } from "./support/feature.ts";
import type { Exit, MarathonLb } from "../../tools/harness/MarathonLb.ts";
import { processesNaming } from "./support/processesNaming.ts";
import { request } from "./support/request.ts";
import { Traffic } from "./support/Traffic.ts";
import { serveApps } from "./support/serveApps.ts";
import { webApp } from "./support/webApp.ts";

const web = () => webApp("/web", { labels: { HAPROXY_0_VHOST: "web.test" } });

/** How it ends by itself; one that does not is a failure. */
async function ended(lb: MarathonLb): Promise<Exit> {
  const late = AbortSignal.timeout(deadline);
  const overdue = once(late, "abort").then(() => {
    throw new Error(`It has not ended within ${deadline / 1000} s`);
  });
  return await Promise.race([lb.exited, overdue]);
}

/** Starts one with directories of its own, and the bench's ports. */
function startElsewhere(bench: Bench): MarathonLb {
  const names = ["work", "run", "state", "cert"];
  return bench.start({ flags: names.flatMap((name) => [`--${name}-dir`, bench.path(`second/${name}`)]) });
}

endToEnd(
  "of eight started at once in the same directories one runs, with its own certificate",
  async (bench) => {
    await bench.startMarathon();
    const texts = await Promise.all(Array.from({ length: 8 }, async () => {
      const { certificate, key } = await makeCertificate("web.test");
      return certificate + key;
    }));
    const all = texts.map((text) => ({ text, lb: bench.start({ env: { HAPROXY_SSL_CERT: text } }) }));
    const { lb: winner, text } = await Promise.any(all.map(async (one) => {
      await one.lb.until(/HAProxy serves/);
      return one;
    }));
    const cert = await realpath(bench.path("cert"));
    const losers = all.map(({ lb }) => lb).filter((lb) => lb !== winner);
    // All of them together: a first holder that ends for a reason of its own tells that reason here.
    assert.deepEqual(
      await Promise.all(losers.map(async (lb) => ({ pid: lb.pid, ...await ended(lb), lines: lb.lines }))),
      losers.map(({ pid }) => ({
        pid,
        code: 1,
        signal: null,
        // Named is what all of them want first.
        lines: [
          `marathon-lb: Another marathon-lb (process ${winner.pid}) uses ${cert} (--cert-dir): stop it, or give this ` +
          "one directories of its own",
        ],
      })),
    );
    assert.equal(await readFile(bench.path("cert/cert.pem"), "utf8"), text.trimEnd() + "\n");
    assert.equal((await bench.ask("/_mlb_health")).trim(), "healthy");
    assert.equal(processesNaming(bench.configFile).length, 2, "one HAProxy, of a master and a worker");
    await bench.stop(winner);

    // What was left by one that was killed keeps nobody from starting.
    const killed = bench.start();
    await killed.until(/HAProxy serves/);
    killed.signal("SIGKILL");
    await killed.exited;
    assert.ok((await stat(bench.path("run/.marathon-lb.lock"))).isFile());
    const next = bench.start();
    await next.until(/Adopted the HAProxy of an earlier start/);
  },
);

feature(
  "a second one with the run directory alone in common does not start, and changes nothing",
  async (bench) => {
    await bench.startMarathon();
    const first = await bench.serve();
    const others = ["work", "state", "cert"].flatMap((
      name,
    ) => [`--${name}-dir`, bench.path(`second/${name}`)]);
    const { code, lines } = await bench.run(["sse", ...bench.flags, ...others]);
    assert.equal(code, 1);
    assert.equal(
      lines.at(-1),
      `marathon-lb: Another marathon-lb (process ${first.pid}) uses ${await realpath(bench.path("run"))} ` +
        "(--run-dir): stop it, or give this one directories of its own",
    );
    await assert.rejects(stat(bench.path("second/work/getpids.lua")), { code: "ENOENT" });
  },
);

feature(
  "direct mode: runs at once on one file take their turns; one that stays keeps others out",
  async (bench) => {
    const marathon = await bench.startMarathon();
    await marathon.createApp(await web());
    await marathon.settled();
    await mkdir(bench.path("etc"));
    const words = [
      ...bench.flags,
      "--haproxy-config",
      bench.path("etc/haproxy.cfg"),
      "--dont-bind-http-https",
      "--command",
      "/bin/sleep 0.2",
    ];
    const runs = await Promise.all(Array.from({ length: 4 }, () => bench.run(words)));
    assert.deepEqual(
      runs.map(({ code }) => code),
      [0, 0, 0, 0],
      runs.flatMap(({ lines }) => lines).join("\n"),
    );

    const staying = bench.spawn([...words, "--sse"]);
    await staying.until(/triggered by .*the start/);
    const { code, lines } = await bench.run([...words, "--sse"]);
    assert.equal(code, 1);
    assert.match(
      lines.at(-1)!,
      new RegExp(`^marathon-lb: Another marathon-lb \\(process ${staying.pid}\\) uses \\S+/etc `),
    );
    await bench.stop(staying);
  },
);

endToEnd(
  "a second one on the same ports does not start, and takes no request of the first",
  async (bench) => {
    const { lb } = await serveApps(bench, [await web()]);
    await using traffic = new Traffic(bench.http, "web.test");
    for (const round of ["the first time", "with files from before"]) {
      const second = startElsewhere(bench);
      assert.deepEqual(await ended(second), { code: 1, signal: null }, round);
      const pids = (await bench.ask("/_haproxy_getpids")).split(" ");
      const [line, ...others] = second.lines.filter((line) => line.startsWith("marathon-lb: "));
      assert.deepEqual(others, []);
      for (const port of [bench.ports.http, bench.ports.https, bench.ports.admin, bench.ports.appid]) {
        const [, pid] =
          new RegExp(`port ${port} of 127\\.0\\.0\\.1 is taken by process (\\d+) \\(haproxy\\)`).exec(
            line!,
          ) ?? [];
        assert.ok(pids.includes(pid!), line);
      }
      assert.equal(second.count(/HAProxy serves|starts without apps/), 0);
      assert.deepEqual(processesNaming(bench.path("second")), [], "a second HAProxy runs");
      // As if it had served before.
      await mkdir(bench.path("second/work"), { recursive: true });
      await writeFile(
        bench.path("second/work/haproxy.cfg"),
        (await bench.readConfig()).replaceAll(bench.path("work"), bench.path("second/work"))
          .replaceAll(bench.path("run"), bench.path("second/run")),
      );
    }
    const { answered } = traffic;
    await eventually(() => assert.ok(traffic.answered > answered + 40));
    await traffic[Symbol.asyncDispose]();
    assert.deepEqual(traffic.failures, []);
    assert.equal((await bench.ask("/_mlb_health")).trim(), "healthy");
    await bench.stop(lb);
  },
);

endToEnd("a stranger that joins a port of HAProxy later is an alarm until it goes", async (bench) => {
  const { lb } = await serveApps(bench, [await web()]);
  await writeFile(
    bench.path("stranger.cfg"),
    `defaults\n  mode http\n  timeout client 1s\nfrontend stranger\n  bind 127.0.0.1:${bench.ports.http}\n` +
      "  http-request return status 503\n",
  );
  const stranger = spawn(bench.path("bin/haproxy"), ["-db", "-f", bench.path("stranger.cfg")], {
    stdio: "ignore",
  });
  const where = `Port ${bench.ports.http} of 127.0.0.1`;
  await lb.until(
    new RegExp(`ERROR .*${where} is shared: process ${stranger.pid} \\(haproxy\\) listens`),
  );
  const health = await request(`${bench.admin}/_mlb_health`);
  assert.equal(health.status, 503);
  assert.match(health.body, new RegExp(`^${where} is shared`));
  assert.match(await bench.ask("/_mlb_metrics"), /^marathon_lb_alarms\{kind="port_shared"\} 1$/m);
  const { alarms } = JSON.parse(await bench.ask("/_mlb_status"));
  assert.deepEqual(alarms.map(({ kind, subject }: Record<string, string>) => [kind, subject]), [
    ["port_shared", `${bench.ports.http} of 127.0.0.1`],
  ]);

  stranger.kill("SIGKILL");
  await once(stranger, "exit");
  await lb.until(new RegExp(`INFO .*${where.replace(/^Port/, "Port")} is no longer shared`));
  assert.equal((await bench.ask("/_mlb_health")).trim(), "healthy");
});

feature(
  "a service whose port was taken meanwhile is left out at the next start, with the file as it was",
  async (bench) => {
    const port = await freePort();
    const labels = { HAPROXY_0_VHOST: "web.test" };
    const { lb } = await serveApps(bench, [await webApp("/web", { servicePort: port, labels })]);
    await bench.stop(lb);
    await writeFile(
      bench.path("stranger.cfg"),
      `defaults\n  mode http\n  timeout client 1s\nfrontend stranger\n  bind 0.0.0.0:${port}\n` +
        "  http-request return status 418\n",
    );
    const stranger = spawn(bench.path("bin/haproxy"), ["-db", "-f", bench.path("stranger.cfg")], {
      stdio: "ignore",
    });
    await eventually(async () => assert.equal((await request(`http://127.0.0.1:${port}/`)).status, 418));
    const next = await bench.serve();
    await next.until(
      new RegExp(`ERROR .*/web: service 0 is left out.*port ${port} of 0\\.0\\.0\\.0 is taken by process `),
    );
    stranger.kill("SIGKILL");
    await once(stranger, "exit");
  },
);
