import * as esbuild from "esbuild";
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { findImpurities } from "./purity/findImpurities.ts";

const root = new URL("../", import.meta.url);

Deno.test("lib/core is pure: no I/O, clock, randomness, logger; no import from outside it", async () => {
  const files = (await readdir(new URL("lib/core/", root), { recursive: true }))
    .map((file) => `lib/core/${file.replaceAll("\\", "/")}`).filter((file) => file.endsWith(".ts")).sort();
  assert.ok(files.length > 50, `only ${files.length} files found under lib/core`);
  const impurities: string[] = [];
  for (const file of files) {
    impurities.push(...await findImpurities(file, await readFile(new URL(file, root), "utf8")));
  }
  await esbuild.stop();
  assert.deepEqual(impurities, []);
});

/**
 * What a module keeps between calls: `let` and `var` at its top, and collections there that something in it changes. Tables
 * that are complete when they are made are no state.
 */
function findModuleState(source: string): string[] {
  const variables = [...source.matchAll(/^(?:export )?(?:let|var) (\w+)/gm)].map(([, name]) => name!);
  const collections = [
    ...source.matchAll(/^(?:export )?const (\w+)(?:: [^=]+)? = (?:new (Weak)?(?:Map|Set)\b|\[|\{)/gm),
  ];
  const changed = collections.filter(([, name, weak]) =>
    weak !== undefined ||
    new RegExp(
      `\\b${name}(?:\\.(?:set|add|delete|clear|push|splice|pop|shift|unshift|sort|reverse)\\(|(?:\\.\\w+|\\[[^\\]]+\\]) \\S?= )`,
    ).test(source)
  ).map(([, name]) => name!);
  return [...variables, ...changed];
}

Deno.test("lib/core keeps no state at module level: no cache, no variable", async () => {
  const files = (await readdir(new URL("lib/core/", root), { recursive: true }))
    .filter((file) => file.endsWith(".ts")).sort();
  const found: string[] = [];
  for (const file of files) {
    const source = await readFile(new URL(`lib/core/${file}`, root), "utf8");
    found.push(...findModuleState(source).map((name) => `${file} keeps ${name}`));
  }
  assert.deepEqual(found, []);
});

const states: [source: string, names: string[]][] = [
  ["const known = new WeakMap<Service, string>();", ["known"]],
  ["const compiled = new Map<string, Template>();\ncompiled.set(key, template);", ["compiled"]],
  ["export const seen: Set<string> = new Set();\nfunction f() {\n  seen.add(a);\n}", ["seen"]],
  ["const list: string[] = [];\nfunction f() {\n  list.push(a);\n}", ["list"]],
  ["const last = {};\nfunction f() {\n  last.value = 1;\n}", ["last"]],
  ["let count = 0;", ["count"]],
  ["export let last: string | undefined;", ["last"]],
  ["const words = new Set(['a']);\nexport const f = (a: string) => words.has(a);", []],
  ["function f() {\n  const known = new Map();\n  known.set(1, 2);\n  let a = 1;\n}", []],
];
for (const [source, names] of states) {
  Deno.test(`findModuleState: ${names.join() || "nothing"} in ${JSON.stringify(source)}`, () => {
    assert.deepEqual(findModuleState(source), names);
  });
}

const file = "lib/core/model/sample.ts";
const samples: [source: string, impurities: string[]][] = [
  ["export const now = () => Date.now();", ["uses Date"]],
  ["export const now = () => new Date();", ["uses Date"]],
  ["export const now = () => new Date;", ["uses Date"]],
  ["export const now = () => Date();", ["uses Date"]],
  ["const Clock = Date; export const now = () => Clock.now();", ["uses Date"]],
  ["export const dice = () => Math.random();", ["uses Math"]],
  ["const { random } = Math; export { random };", ["uses Math"]],
  ["export const home = process.env.HOME;", ["uses process"]],
  ["export const home = globalThis.process;", ["uses globalThis"]],
  ["console.log('x');", ["uses console"]],
  ["export const get = () => fetch('http://a');", ["uses fetch"]],
  ["setTimeout(() => {}, 1);", ["uses setTimeout"]],
  ["export const t = performance.now();", ["uses performance"]],
  ["export const d = Deno.cwd();", ["uses Deno"]],
  ["export const id = crypto.randomUUID();", ["uses crypto"]],
  ["export const f = new Function('return 1');", ["uses Function"]],
  ["if (typeof process !== 'undefined') throw new Error();", ["uses process"]],

  ["import { readFile } from 'node:fs/promises'; readFile;", ["imports node:fs/promises"]],
  ["import process from 'node:process'; process.exit;", ["imports node:process"]],
  ["import 'node:net';", ["imports node:net"]],
  ["import { run } from '../../shell/run/run.ts'; run;", ["imports ../../shell/run/run.ts"]],
  ["import type { Clock } from '../../shell/clock/Clock.ts';\nexport type A = Clock;", [
    "imports ../../shell/clock/Clock.ts",
  ]],
  ["import { type Clock } from '../../shell/clock/Clock.ts';\nexport type A = Clock;", [
    "imports ../../shell/clock/Clock.ts",
  ]],
  ["let a; import type Clock from '../../shell/clock/Clock.ts'; export type A = Clock;", [
    "imports ../../shell/clock/Clock.ts",
  ]],
  ["export type { Clock } from '../../shell/clock/Clock.ts';", ["imports ../../shell/clock/Clock.ts"]],
  ["export * from '../../../main.ts';", ["imports ../../../main.ts"]],
  ["export type A = import('../../shell/clock/Clock.ts').Clock;", ["imports ../../shell/clock/Clock.ts"]],
  ["export const fs = () => import('node:fs');", ["imports node:fs"]],
  ["export const load = (name: string) => import(name);", ["imports what it computes"]],
  ["export const fs = require('node:fs');", ["uses require"]],
  ["import { randomBytes } from 'node:crypto'; randomBytes;", ["imports { randomBytes } of node:crypto"]],
  ["import { createHash, randomInt } from 'node:crypto'; createHash; randomInt;", [
    "imports { createHash, randomInt } of node:crypto",
  ]],
  ["import * as all from 'node:crypto'; all;", ["imports * as all of node:crypto"]],
  ["import text from '../../../templates/HAPROXY_HEAD.hbs'; text;", [
    "imports ../../../templates/HAPROXY_HEAD.hbs",
  ]],
  ["import text from '../../../deno.json' with { type: 'json' }; text;", ["imports ../../../deno.json"]],

  ["import { a } from '../labels/a.ts'; import type { B } from './B.ts'; export const c: B = a;", []],
  ["import text from '../../../templates/HAPROXY_HEAD.hbs' with { type: 'text' }; text;", []],
  ["import { createHash } from 'node:crypto'; createHash;", []],
  ["import Handlebars from 'handlebars'; Handlebars;", []],
  ["export const year = new Date(0).getUTCFullYear() + Date.UTC(2024, 0) + Math.max(1, 2);", []],
  ['// Date.now()\nexport const text = "process.exit() console.log() new Date()";', []],
  ["const process = { pid: 1 }; export const p = [process.pid, { process: 2, console: 3 }.console];", []],
  ["export const fetch = (setTimeout: number) => setTimeout;", []],
];
for (const [source, impurities] of samples) {
  Deno.test(`findImpurities: ${impurities.join(" and ") || "nothing"} in ${source}`, async () => {
    const found = await findImpurities(file, source);
    await esbuild.stop();
    assert.deepEqual(found, impurities.map((impurity) => `${file} ${impurity}`));
  });
}
