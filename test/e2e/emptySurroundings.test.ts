import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdir, readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { endToEnd } from "./support/endToEnd.ts";
import { MarathonLb } from "../../tools/harness/MarathonLb.ts";
import { webApp } from "./support/webApp.ts";

endToEnd(
  "runs from one file, alone in a directory, with nothing but PATH in the environment",
  async (bench) => {
    const marathon = await bench.startMarathon();
    await marathon.createApp(await webApp("/web", { labels: { HAPROXY_0_VHOST: "web.test" } }));
    await marathon.settled();
    const directory = bench.path("alone");
    await mkdir(directory);
    const [program, ...words] = [...bench.program.command];
    const file = words.pop() ?? program;
    const copy = join(directory, basename(file));
    // By another process: as long as ours had the file open for writing, a child of another test would too (ETXTBSY).
    execFileSync("cp", [file, copy]);

    const command = file === program ? [copy] as const : [program, ...words, copy] as const;
    const surroundings = { cwd: directory, env: { PATH: bench.path("bin") } };
    const version = new MarathonLb([...command, "--version"], surroundings);
    assert.deepEqual(await version.exited, { code: 0, signal: null });
    assert.match(version.output, /^marathon-lb \d+\.\d+\.\d+ \((Deno|Node\.js) [\d.]+\)$/m);

    const lb = new MarathonLb([...command, "sse", ...bench.flags], surroundings);
    await lb.until(/HAProxy serves/);
    assert.equal((await bench.get("web.test")).status, 200);
    assert.equal(await bench.ask("/_haproxy_getconfig"), await bench.readConfig());
    await bench.stop(lb);
    assert.deepEqual(await readdir(directory), [basename(file)]);
  },
);
