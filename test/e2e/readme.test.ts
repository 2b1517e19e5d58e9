import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import type { Flag } from "../../lib/core/flags/flag.ts";
import { flagTable } from "../../lib/core/flags/flagTable.ts";
import { commandLine } from "../../tools/build/commandLine.ts";
import { markdownBlocks } from "../support/markdownBlocks.ts";
import { Bench } from "./support/Bench.ts";
import { programs } from "./support/programs.ts";
import { commandRules } from "./support/readme/commandRules.ts";
import { contributing, labels, operating, readme, readmeCommands } from "./support/readme/readmeCommands.ts";
import { ReadmeShell } from "./support/readme/ReadmeShell.ts";
import { request } from "./support/request.ts";

const [executable] = programs;

function ruleFor(command: string) {
  for (const rule of commandRules) {
    const match = rule.pattern.exec(command);
    if (match) return { rule, match };
  }
  throw new Error(`no rule of this test covers the command ${command}: add one to commandRules.ts`);
}

Deno.test("README: its commands, those of docs/operating.md and CONTRIBUTING.md work, one after the other", (test) =>
  Bench.use(executable!, async (bench) => {
    const shell = await ReadmeShell.prepare(bench);
    for (const command of readmeCommands()) {
      const { rule, match } = ruleFor(command);
      const done = await test.step(command, async () => {
        await rule.check(shell, command, match);
      });
      if (!done) throw new Error([`${command} failed`, ...shell.log.slice(-20)].join("\n"));
    }
    await test.step("each endpoint of the table answers 200", () => askEndpoints(bench));
    await test.step("each metric that is named is there", () => checkMetrics(bench));
    await shell.stop();
  }));

for (const command of readmeCommands()) {
  const { notRun } = ruleFor(command).rule;
  if (notRun) Deno.test({ name: `README: not run, ${notRun}: ${command}`, ignore: true, fn: () => {} });
}

Deno.test("README: no block is in a language that no test looks at", () => {
  const blocks = [readme, operating, labels, contributing].flatMap(markdownBlocks);
  const languages = new Set(blocks.map(({ language }) => language));
  assert.deepEqual([...languages].sort(), ["haproxy", "json", "sh"]);
});

Deno.test("README: it has at most 1,600 words", () => {
  const words = readme.split(/\s+/).filter((word) => word !== "");
  assert.ok(words.length <= 1600, `${words.length} words`);
});

Deno.test("CONTRIBUTING: every task of deno.json is in its table", () => {
  const { tasks } = JSON.parse(readFileSync(new URL("../../deno.json", import.meta.url), "utf8"));
  for (const name of Object.keys(tasks)) assert.ok(contributing.includes(`\n| \`${name}\` `), name);
});

Deno.test("README: it names flags that there are", () => {
  // Of docker, systemctl and sha256sum.
  const others = new Set(["network", "stop-timeout", "now", "ignore-missing"]);
  const ofBuild = commandLine().options.map(({ long }) => long!.slice(2));
  const known = new Set([...(flagTable as readonly Flag[]).map(({ name }) => name), ...ofBuild]);
  const pages = [readme, operating, labels].join("\n");
  const named = [...pages.matchAll(/(?<![\w-])--([a-z][a-z-]+)/g)].map((match) => match[1]!);
  assert.ok(named.length > 20);
  assert.deepEqual(named.filter((name) => !known.has(name) && !others.has(name)), []);
});

async function askEndpoints(bench: Bench): Promise<void> {
  const [, section = ""] = operating.split("\n## Endpoints\n");
  const rows = section.split("\n## ")[0]!.split("\n").filter((line) => line.startsWith("| `/"));
  const paths = rows.flatMap((row) =>
    [...row.split("|")[1]!.matchAll(/`([^`]+)`/g)].map((match) => match[1]!)
  );
  assert.ok(paths.length >= 13, `only ${paths.length}`);
  for (const path of paths) assert.equal((await request(bench.admin + path)).status, 200, path);
}

async function checkMetrics(bench: Bench): Promise<void> {
  const metrics = await bench.ask("/_mlb_metrics");
  const named = [...operating.matchAll(/`(marathon_lb_\w+(?:\{[^}]*\})?)`/g)].map((match) => match[1]!);
  assert.ok(named.length >= 4);
  for (const name of named) assert.ok(metrics.includes(`\n${name}`), name);
}
