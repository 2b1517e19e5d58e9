import assert from "node:assert/strict";
import { chmod, lstat, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { Bench } from "./support/Bench.ts";
import { endToEnd } from "./support/endToEnd.ts";
import { eventually } from "../../tools/harness/eventually.ts";
import { programs } from "./support/programs.ts";
import { serveApps } from "./support/serveApps.ts";
import { webApp } from "./support/webApp.ts";

const web = (name: string) => webApp(`/${name}`, { labels: { HAPROXY_0_VHOST: `${name}.test` } });

/** Every path below, with what it is and what it allows. */
async function* walk(directory: string): AsyncGenerator<[path: string, kind: string, mode: number]> {
  for (const name of await readdir(directory)) {
    const path = join(directory, name);
    const stats = await lstat(path);
    const kind = stats.isDirectory() ? "directory" : stats.isSocket() ? "socket" : "file";
    yield [path, kind, stats.mode & 0o7777];
    if (kind === "directory") yield* walk(path);
  }
}

endToEnd(
  "with umask 0 files are 0640 or stricter, keys 0600, directories 0750, sockets as documented",
  async (bench) => {
    bench.launcher = ["/bin/sh", "-c", 'umask 0; exec "$@"', "sh"];
    const { marathon, lb } = await serveApps(bench, [await web("one")], { flags: ["--haproxy-map"] });
    // An archive, the state of servers, and what is published after runtime commands.
    await marathon.createApp(await web("two"));
    await eventually(async () => assert.equal((await bench.get("two.test")).status, 200));
    lb.signal("SIGUSR1");
    await eventually(async () => assert.ok((await readFile(bench.path("state/global"), "utf8")).length > 10));
    // While a reload binds the master's socket, HAProxy has names of its own beside it, which it removes at the end.
    await eventually(async () =>
      assert.deepEqual((await readdir(bench.path("run"))).filter((name) => /\.(?:tmp|bak)$/.test(name)), [])
    );
    const sockets: Record<string, number> = {};
    let files = 0;
    for (const name of ["work", "run", "state", "cert"]) {
      const { mode } = await lstat(bench.path(name));
      assert.equal(mode & 0o7777 & ~(name === "run" ? 0o755 : 0o750), 0, `${name}: ${mode.toString(8)}`);
      for await (const [path, kind, mode] of walk(bench.path(name))) {
        const most = kind === "directory" ? 0o750 : path.endsWith(".pem") ? 0o600 : 0o640;
        if (kind === "socket") sockets[path.slice(bench.path("run/").length)] = mode;
        else assert.equal(mode & ~most, 0, `${path}: ${mode.toString(8)}`);
        files++;
      }
    }
    assert.ok(files > 10);
    assert.deepEqual(sockets, { "marathon-lb.sock": 0o666, "master.sock": 0o600, socket: 0o600 });
  },
);

// To become another user takes root.
Deno.test({
  name: "a HEAD with `user`: HAProxy becomes that user, and every endpoint answers as before",
  ignore: process.geteuid?.() !== 0,
  fn: () =>
    Bench.use(programs[0]!, async (bench) => {
      await chmod(bench.directory, 0o711);
      const head = fileURLToPath(new URL("../../templates/HAPROXY_HEAD.hbs", import.meta.url));
      await mkdir(bench.path("work/templates"), { recursive: true, mode: 0o750 });
      await writeFile(
        bench.path("work/templates/HAPROXY_HEAD.hbs"),
        (await readFile(head, "utf8")).replace("global\n", "global\n  user nobody\n"),
      );
      await chmod(bench.path("work"), 0o750);
      const marathon = await bench.startMarathon();
      const labels = { HAPROXY_0_VHOST: "one.test" };
      await marathon.createApp(await webApp("/one", { instances: 2, labels }));
      await marathon.settled();
      const lb = await bench.serve({ flags: ["--haproxy-map"] });
      const [, worker] = (await bench.ask("/_haproxy_getpids")).split(" ");
      assert.doesNotMatch(await readFile(`/proc/${worker}/status`, "utf8"), /^Uid:\s+0\s/m);
      assert.equal(await bench.ask("/_haproxy_getconfig"), await bench.readConfig());
      assert.match(await bench.ask("/_haproxy_getvhostmap"), /^one\.test /m);
      assert.match(await bench.ask("/_haproxy_getappmap"), /^\/one /m);
      // By runtime commands, which the worker takes over without reading a file.
      await marathon.scale("/one", 1);
      await marathon.settled();
      await lb.until(/Applied in .* without a reload/);
      await eventually(async () =>
        assert.equal(await bench.ask("/_haproxy_getconfig"), await bench.readConfig())
      );
      // By a reload, for which the files are read anew.
      await marathon.createApp(await web("two"));
      await eventually(async () => assert.equal((await bench.get("two.test")).status, 200));
      assert.match(await bench.ask("/_haproxy_getvhostmap"), /^two\.test /m);
      assert.equal((await bench.ask("/_mlb_health")).trim(), "healthy");
    }),
});
