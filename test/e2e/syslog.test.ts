import assert from "node:assert/strict";
import { freePort } from "../../tools/harness/freePort.ts";
import { SyslogServer } from "../support/SyslogServer.ts";
import { endToEnd } from "./support/endToEnd.ts";
import { eventually } from "../../tools/harness/eventually.ts";
import type { MarathonLb } from "../../tools/harness/MarathonLb.ts";
import { webApp } from "./support/webApp.ts";

/** RFC 5424: priority, version, time, host, program, process, neither id nor data, the line. */
const form = /^<(\d+)>1 \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (\S+) (marathon_lb|haproxy) \d+ - - (.*)$/;

const priorities: Record<string, string> = { DEBUG: "15", INFO: "14", WARNING: "12", ERROR: "11" };

/** Every line of the log is a message of its own, in the order of the log, and the other way round. */
function assertSame(server: SyslogServer, lb: MarathonLb): void {
  const lines = server.messages.map((message) => {
    const [, priority, host, program, line] = form.exec(message) ?? [];
    assert.ok(line !== undefined && host !== "-", message);
    const [, level, name] = /^(\w+) (\w+): /.exec(line) ?? [];
    assert.deepEqual([priority, program], [priorities[level!], name], message);
    return line;
  });
  assert.deepEqual(lines, lb.lines);
}

for (const transport of ["udp", "tcp"] as const) {
  endToEnd(
    `syslog by ${transport} has every line of the log, HAProxy's included, to the last`,
    async (bench) => {
      await using server = await SyslogServer[transport]();
      const marathon = await bench.startMarathon();
      await marathon.createApp(await webApp("/web", { labels: { HAPROXY_0_VHOST: "web.test" } }));
      await marathon.settled();
      const lb = await bench.serve({ flags: ["--syslog-socket", server.address] });
      assert.equal((await bench.get("web.test")).status, 200);
      await eventually(() =>
        assert.ok(server.messages.some((message) => message.includes("HAProxy serves")))
      );
      await bench.stop(lb);
      await eventually(() => assertSame(server, lb));
      for (const part of [" haproxy ", "Event stream of ", "SIGTERM: stopping"]) {
        assert.ok(server.messages.some((message) => message.includes(part)), part);
      }
    },
  );
}

endToEnd("a syslog server that comes late gets everything; one that goes harms nothing", async (bench) => {
  const port = await freePort();
  const marathon = await bench.startMarathon();
  await marathon.createApp(await webApp("/web", { labels: { HAPROXY_0_VHOST: "web.test" } }));
  await marathon.settled();
  const lb = bench.start({ flags: ["--syslog-socket", `tcp://127.0.0.1:${port}`] });
  await lb.until(/^WARNING .* Syslog at tcp:\/\/127\.0\.0\.1:\d+ cannot be reached: .*ECONNREFUSED/);
  {
    await using server = await SyslogServer.tcp(port);
    await lb.until(/Syslog at .* accepts lines again$/);
    await lb.until(/HAProxy serves/);
    assert.equal((await bench.get("web.test")).status, 200);
    await eventually(() => {
      const got = server.messages.map((message) => form.exec(message)?.[4]);
      // That it is away is for standard error alone: who reads syslog cannot read it.
      assert.deepEqual(got, lb.lines.filter((line) => !line.includes("cannot be reached")));
    });
  }
  await eventually(() => assert.equal(lb.count(/Syslog at .* cannot be reached: /), 2));
  assert.equal((await bench.get("web.test")).status, 200);
  await bench.stop(lb);
  assert.match(lb.lines.at(-1)!, /Syslog at .* missed \d+ lines?$/);
});

endToEnd("syslog gets the reason why a run ended", async (bench) => {
  await using server = await SyslogServer.tcp();
  const nobody = ["--marathon", "http://127.0.0.1:1", "--dry", "--syslog-socket", server.address];
  const { code, lines } = await bench.run([...bench.flags, ...nobody]);
  assert.equal(code, 1);
  const [, reason] = /^marathon-lb: (Marathon did not answer .*)/.exec(lines.at(-1)!) ?? [];
  assert.ok(reason, lines.join("\n"));
  await eventually(() => assert.ok(server.messages.at(-1)?.endsWith(`ERROR marathon_lb: ${reason}`)));
});
