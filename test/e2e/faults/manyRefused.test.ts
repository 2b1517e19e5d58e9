import assert from "node:assert/strict";
import { readFile, realpath, writeFile } from "node:fs/promises";
import { endToEnd } from "../support/endToEnd.ts";
import { eventually } from "../../../tools/harness/eventually.ts";
import { webApp } from "../support/webApp.ts";
import { writeScript } from "../support/writeScript.ts";

const count = 300;
/** HAProxy stops reading at the first of them. */
const labels = Array.from({ length: count }, (_, index) => ({
  [`HAPROXY_${index}_MODE`]: "http",
  [`HAPROXY_${index}_BACKEND_HTTP_OPTIONS`]: "  http-request set-header X %[nonsense]\n",
}));
const refused = Object.assign({}, ...labels);

endToEnd(
  `an app with ${count} services that HAProxy refuses one at a time: others wait for three checks`,
  async (bench) => {
    const calls = bench.path("calls");
    await writeFile(calls, "");
    const haproxy = await realpath(bench.path("bin/haproxy"));
    // Counts the checks: a file `.judged` is one that no change waits for.
    const binary = await writeScript(
      bench.path("counting"),
      `case " $* " in *" -c "*) echo "$*" >> ${calls};; esac\nexec ${haproxy} "$@"`,
    );
    const takeChecks = async () => {
      const lines = (await readFile(calls, "utf8")).split("\n").filter((line) => line !== "");
      await writeFile(calls, "");
      return { all: lines.length, awaited: lines.filter((line) => !line.includes("/.judged/")).length };
    };
    const marathon = await bench.startMarathon();
    await marathon.createApp(await webApp("/web", { labels: { HAPROXY_0_VHOST: "web.test" } }));
    await marathon.settled();
    const lb = await bench.serve({ flags: ["--haproxy-binary", binary] });
    await takeChecks();

    await marathon.createApp(await webApp("/bad", { labels: refused, services: count }));
    await marathon.createApp(await webApp("/late", { labels: { HAPROXY_0_VHOST: "late.test" } }));
    await marathon.scale("/web", 3);
    await eventually(async () => assert.equal((await bench.get("late.test")).status, 200));
    await eventually(async () => {
      const [, web = ""] = /^backend web_([^]*?)^backend /m.exec(`${await bench.readConfig()}\nbackend `) ??
        [];
      assert.equal(web.match(/^ +server /gm)?.length, 3);
    });
    await eventually(() => assert.equal(lb.count(/ERROR .*\/bad: service \d+ is left out/), count));
    const { all, awaited } = await takeChecks();
    assert.ok(awaited <= 3, `${awaited} checks that others waited for`);
    assert.ok(all <= 20, `${all} checks`);
    assert.equal(lb.count(/Retrying in/), 0);
    assert.match(await bench.ask("/_mlb_health"), /^healthy/);
  },
);
