import assert from "node:assert/strict";
import { DefaultsSwitch } from "../../../lib/core/render/DefaultsSwitch.ts";

const defaults = "defaults\n  timeout client 30s\n  option idle-close-on-response\n";
const head = `global\n  maxconn 1\n\n${defaults}\nlisten stats\n  bind :9090\n`;
const texts = (switched: DefaultsSwitch, ...modes: ("http" | "tcp")[]) =>
  modes.map((mode) => switched.before(mode).map(({ text }) => text).join(""));

Deno.test("DefaultsSwitch: repeats the defaults only where the mode changes", () => {
  const tcp = "\ndefaults\n  timeout client 30s\n";
  assert.deepEqual(texts(new DefaultsSwitch(head), "http", "tcp", "tcp", "http", "http"), [
    "",
    tcp,
    "",
    `\n${defaults}`,
    "",
  ]);
});

Deno.test("DefaultsSwitch: a HEAD without the option is left alone", () => {
  const without = head.replace(/.*idle-close.*\n/, "");
  assert.deepEqual(texts(new DefaultsSwitch(without), "tcp", "http"), ["", ""]);
  assert.deepEqual(texts(new DefaultsSwitch("global\n"), "tcp", "http"), ["", ""]);
});

Deno.test("DefaultsSwitch: of several defaults the last one is in force", () => {
  const two = `defaults\n  retries 1\n  option idle-close-on-response\n${head}`;
  assert.deepEqual(texts(new DefaultsSwitch(two), "tcp"), ["\ndefaults\n  timeout client 30s\n"]);
});

Deno.test("DefaultsSwitch: comments and empty lines belong to the section", () => {
  const commented = "defaults\n# why\n  retries 3\n\n  option idle-close-on-response\nlisten stats\n";
  assert.deepEqual(texts(new DefaultsSwitch(commented), "tcp"), ["\ndefaults\n# why\n  retries 3\n"]);
});
