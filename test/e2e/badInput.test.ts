import assert from "node:assert/strict";
import process from "node:process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import type { Bench } from "./support/Bench.ts";
import { endToEnd } from "./support/endToEnd.ts";
import { writeScript } from "./support/writeScript.ts";

interface Case {
  readonly name: string;
  readonly words: (bench: Bench) => readonly string[] | Promise<readonly string[]>;
  readonly env?: (bench: Bench) => Record<string, string>;
  readonly code: number;
  /** All that is on standard error. */
  readonly line: RegExp;
}

const direct = (bench: Bench) => [...bench.flags, "--haproxy-config", bench.path("haproxy.cfg")];

const cases: readonly Case[] = [
  {
    name: "no Marathon that answers",
    words: (bench) => [...direct(bench), "--dont-bind-http-https"],
    code: 1,
    line:
      /^marathon-lb: Marathon did not answer GET \/v2\/apps: http:\/\/127\.0\.0\.1:\d+: .*refused.*--marathon/i,
  },
  {
    name: "wrong credentials",
    words: async (bench) => {
      await bench.startMarathon({ auth: { user: "reader", password: "s3cret" } });
      // A certificate of this machine at the default path, and what may be wrong with it, is no matter here.
      return [...direct(bench), "--dont-bind-http-https", "--auth-credentials", "reader:wr0ng"];
    },
    code: 1,
    line: /^marathon-lb: (?!.*wr0ng).*HTTP 401.*wrong credentials\. Check --auth-credentials/,
  },
  {
    name: "no --group",
    words: () => ["sse"],
    code: 2,
    line: /^marathon-lb: .*--group/,
  },
  {
    name: "an unknown flag",
    words: (bench) => [...direct(bench), "--grup", "x"],
    code: 2,
    line: /^marathon-lb: unknown flag '?--grup/,
  },
  {
    name: "a value that does not fit",
    words: (bench) => ["sse", ...bench.flags, "--http-bind", "nowhere"],
    code: 2,
    line: /^marathon-lb: --http-bind.*nowhere/,
  },
  {
    name: "a certificate that is not there",
    words: (bench) => ["sse", ...bench.flags, "--ssl-certs", bench.path("none.pem")],
    code: 1,
    line: /^marathon-lb: .*--ssl-certs.*none\.pem/,
  },
  {
    name: "a certificate that is none",
    words: async (bench) => {
      await writeFile(bench.path("odd.pem"), "not a certificate\n");
      return ["sse", ...bench.flags, "--ssl-certs", bench.path("odd.pem")];
    },
    code: 1,
    line: /^marathon-lb: .*--ssl-certs.*odd\.pem/,
  },
  {
    name: "a certificate in the environment that is none",
    words: (bench) => ["sse", ...bench.flags],
    env: () => ({ HAPROXY_SSL_CERT0: "s3cret" }),
    code: 1,
    line: /^marathon-lb: (?!.*s3cret).*HAPROXY_SSL_CERT0/,
  },
  {
    name: "no HAProxy",
    words: (bench) => ["sse", ...bench.flags],
    env: (bench) => ({ PATH: bench.path("cwd") }),
    code: 1,
    line: /^marathon-lb: HAProxy was not found: .*apt-get install haproxy.*--haproxy-binary/,
  },
  {
    name: "a HAProxy that is too old",
    words: async (bench) => {
      const old = await writeScript(bench.path("haproxy"), `echo "HAProxy version 2.5.14-1 2023/01/01"`);
      return ["sse", ...bench.flags, "--haproxy-binary", old];
    },
    code: 1,
    line: /^marathon-lb: HAProxy 2\.5\.14\S* at \S* is too old, 2\.6 or later is needed/,
  },
  {
    name: "a work directory that is a file",
    words: async (bench) => {
      await writeFile(bench.path("file"), "");
      return ["sse", ...bench.flags, "--work-dir", bench.path("file")];
    },
    code: 1,
    line: /^marathon-lb: .*--work-dir/,
  },
];

for (const { name, words, env, code, line } of cases) {
  endToEnd(`${name}: exit code ${code} and one line that says what to do`, async (bench) => {
    const run = await bench.run(await words(bench), env?.(bench));
    assert.equal(run.lines.length, 1, run.lines.join("\n"));
    assert.match(run.lines[0]!, line);
    assert.equal(run.code, code);
    assert.equal(run.output, "");
    bench.assertNothingRuns();
  });
}

endToEnd("a listener whose port is taken: exit code 1, and the last line names it", async (bench) => {
  const squatter = createServer().listen(bench.ports.admin, "127.0.0.1");
  await once(squatter, "listening");
  try {
    const { code, lines } = await bench.run(["sse", ...bench.flags]);
    assert.match(
      lines.at(-1)!,
      new RegExp(
        `^marathon-lb: HAProxy .* port ${bench.ports.admin} of 127\\.0\\.0\\.1 is taken by process ${process.pid} `,
      ),
    );
    assert.equal(code, 1);
    bench.assertNothingRuns();
  } finally {
    squatter.close();
  }
});

endToEnd(
  "a second marathon-lb in the same directories: exit code 1, the first keeps serving",
  async (bench) => {
    await bench.startMarathon();
    await bench.serve();
    const { code, lines } = await bench.run(["sse", ...bench.flags]);
    assert.equal(code, 1);
    assert.match(lines.at(-1)!, /^marathon-lb: Another marathon-lb \(process \d+\) uses /);
    assert.match(await bench.ask("/_haproxy_health_check"), /200 OK/);
  },
);
