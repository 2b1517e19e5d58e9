import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { lintRules } from "../../../lib/core/directives/lint.ts";
import { modernise } from "../../../lib/core/directives/modernise.ts";
import { validateConfiguration } from "../../../lib/shell/haproxy/binary.ts";
import { badRules, goodRules } from "../../core/directives/support/httpRules.ts";
import { observe, startEcho, writeSections } from "./support/removedDirectiveBench.ts";
import { removedDirectiveCases } from "./support/removedDirectiveCases.ts";
import { limit, TestBench } from "./support/TestBench.ts";

Deno.test("modernise: requests fare as they did with the removed directives", async (t) => {
  const echo = await startEcho();
  try {
    await TestBench.use(async (bench) => {
      const modern = removedDirectiveCases.map(({ old }) => modernise(old));
      const { rules, more } = writeSections(echo, modern.map(({ text }) => text));
      await bench.configure(rules, { more });
      await bench.supervisor().start(limit());
      for (const [index, one] of removedDirectiveCases.entries()) {
        await t.step(
          `${one.old} for ${[one.path ?? "/", ...one.headers ?? [], ...one.answer ?? []]}`,
          async () => {
            const { refused, text } = modern[index]!;
            assert.deepEqual(refused, []);
            assert.deepEqual(await observe(bench.port, index, one, limit()), one.seen, text);
          },
        );
      }
    });
  } finally {
    await new Promise((resolve) => echo.close(resolve));
  }
});

Deno.test("modernise: a health check asks what it asked", () =>
  TestBench.use(async (bench) => {
    let asked = "";
    const server = createServer((socket) => {
      socket.on("error", () => {}); // HAProxy resets the connection of a check
      socket.setEncoding("latin1").on("data", (chunk) => {
        asked += chunk;
        if (asked.includes("\r\n\r\n")) socket.end("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      const { port } = server.address() as AddressInfo;
      const { text } = modernise("  option httpchk GET /a?b HTTP/1.1\\r\\nHost:\\ example.com:81");
      await bench.configure("", {
        more: `backend b\n${text}\n  server s 127.0.0.1:${port} check inter 1h\n`,
      });
      await bench.supervisor().start(limit());
      await bench.until(() => asked.includes("\r\n\r\n"));
      // As 2.6 asks with the old line, which it still takes.
      assert.equal(
        asked.toLowerCase(),
        "get /a?b http/1.1\r\nhost: example.com:81\r\nconnection: close\r\n\r\n",
      );
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  }));

/** Sections with one removed directive each, exact where it can be translated. */
const removed: readonly [section: "global" | "frontend", line: string, exact: boolean][] = [
  ["frontend", "rspadd A:\\ b", true],
  ["frontend", "rspdel ^A:", true],
  ["frontend", "rspidel ^A:", true],
  ["frontend", "rsprep ^A:\\ b A:\\ c", true],
  ["frontend", "rspirep ^A:\\ b A:\\ c", true],
  ["frontend", "rspdeny ^A:", true],
  ["frontend", "rspideny ^A:", true],
  ["frontend", "reqadd A:\\ b", true],
  ["frontend", "reqdel ^A:", true],
  ["frontend", "reqidel ^A", true],
  ["frontend", "reqrep ^([^\\ :]*)\\ /a/?(.*) \\1\\ /\\2", true],
  ["frontend", "reqirep ^A:\\ b A:\\ c", true],
  ["frontend", "reqdeny ^A:", true],
  ["frontend", "reqideny ^A:\\ b", true],
  ["frontend", "reqtarpit ^A:", true],
  ["frontend", "reqitarpit ^A:", true],
  ["frontend", "reqallow ^A:", false],
  ["frontend", "reqiallow ^A:", false],
  ["frontend", "reqpass ^A:", false],
  ["frontend", "reqipass ^A:", false],
  ["frontend", "reqsetbe ^A: b", false],
  ["frontend", "reqisetbe ^A: b", false],
  ["frontend", "cliexp ^A:\\ b A:\\ c", false],
  ["frontend", "srvexp ^A:\\ b A:\\ c", false],
  ["frontend", "block if { src 192.0.2.1 }", true],
  ["frontend", "option forceclose", true],
  ["frontend", "no option forceclose", true],
  ["frontend", "option http-tunnel", false],
  ["frontend", "no option http-tunnel", true],
  ["frontend", "option http_proxy", false],
  ["frontend", "no option http_proxy", true],
  ["frontend", "clitimeout 10s", true],
  ["frontend", "timeout clitimeout 10s", true],
  ["frontend", "bind-process 1", true],
  ["frontend", "bind 127.0.0.1:1 process 1", true],
  ["frontend", "monitor-net 192.0.2.0/24", false],
  ["frontend", "mode health", false],
  ["frontend", "grace 10s", false],
  ["frontend", "appsession A len 52 timeout 3h", false],
  ["global", "nbproc 1", true],
  ["global", "nbproc 2", false],
  ["global", "stats socket /never process 1", true],
  ["global", "tune.chksize 4096", false],
];

Deno.test("modernise: HAProxy wants none of the old lines, and all of the new without a word", (t) =>
  TestBench.use(async (bench) => {
    const check = async (section: string, line: string) => {
      await bench.configure(section === "frontend" ? line : "", {
        global: section === "global" ? line : "",
        more: "  timeout tarpit 1s",
      });
      return await validateConfiguration(bench.haproxy, bench.configFile, { env: {}, signal: limit() });
    };
    for (const [section, line, exact] of removed) {
      await t.step(line, async () => {
        assert.notDeepEqual((await check(section, line)).messages, []);
        const { text, refused } = modernise(line);
        assert.equal(refused.length, exact ? 0 : 1);
        if (exact) assert.deepEqual((await check(section, text)).messages, []);
      });
    }
  }));

Deno.test("lintRules: HAProxy thinks the same", (t) =>
  TestBench.use(async (bench) => {
    const check = async (rules: readonly string[]) => {
      const sections = "cache store\n  total-max-size 1\nuserlist logins\n  user u insecure-password p\n" +
        "backend table\n  stick-table type string size 10 store gpc0,gpt0\n";
      const proxies = rules.map((rule, index) =>
        `listen l${index}\n  bind 127.0.0.1:${bench.port}\n  acl named src 192.0.2.1\n` +
        "  declare capture response len 10\n  stick-table type ip size 10 store gpc0,gpc1,gpt0\n" +
        `  ${rule}\n`
      );
      const defaults =
        "defaults\n  mode http\n  timeout client 1s\n  timeout server 1s\n  timeout connect 1s\n";
      await writeFile(bench.configFile, defaults + sections + proxies.join(""));
      return await validateConfiguration(bench.haproxy, bench.configFile, { env: {}, signal: limit() });
    };
    await t.step("of good rules", async () => {
      assert.deepEqual(goodRules.flatMap(lintRules), []);
      const { valid, messages } = await check(goodRules);
      assert.ok(valid, JSON.stringify(messages, undefined, 1));
    });
    for (const [rule] of badRules) {
      await t.step(rule, async () => {
        assert.equal(lintRules(rule).length, 1);
        assert.equal((await check([rule])).valid, false);
      });
    }
  }));
