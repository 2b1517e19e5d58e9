import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import assert from "node:assert/strict";
import type { Bench } from "./Bench.ts";
import { eventually } from "../../../tools/harness/eventually.ts";

/** What HAProxy does when it reads a configuration: `haproxy -c`, or a start or reload. */
export type Reading = "check" | "load";

const head = fileURLToPath(new URL("../../../templates/HAPROXY_HEAD.hbs", import.meta.url));

/**
 * Makes HAProxy slow at will: an overridden template loads a Lua script that waits, without using the processor, for as long as
 * the gate is shut.
 */
export class Gate {
  readonly #directory: string;

  private constructor(directory: string) {
    this.#directory = directory;
  }

  /** Before marathon-lb is started, which reads its templates then. */
  static async prepare(bench: Bench): Promise<Gate> {
    const directory = bench.path("gate");
    await mkdir(directory);
    await mkdir(bench.path("work/templates"), { recursive: true });
    const script = bench.path("gate/gate.lua");
    await writeFile(script, lua(directory));
    const text = await readFile(head, "utf8");
    const anchor = "  lua-load {{workDir}}/getpids.lua\n";
    assert.ok(text.includes(anchor), "the HEAD template has changed");
    await writeFile(
      bench.path("work/templates/HAPROXY_HEAD.hbs"),
      text.replace(anchor, `${anchor}  lua-load ${script}\n`),
    );
    for (const reading of ["check", "load"]) execFileSync("mkfifo", [bench.path(`gate/${reading}`)]);
    return new Gate(directory);
  }

  async shut(reading: Reading): Promise<void> {
    await writeFile(`${this.#directory}/shut-${reading}`, "");
  }

  /** Resolves when HAProxy waits at the shut gate. */
  async untilWaiting(reading: Reading): Promise<void> {
    await eventually(() =>
      assert.ok(existsSync(`${this.#directory}/waiting-${reading}`), `no ${reading} waits`)
    );
  }

  /** Opens it again, also for one that waits. */
  async open(reading: Reading, waits: "one waits" | "nobody waits" = "one waits"): Promise<void> {
    await rm(`${this.#directory}/shut-${reading}`);
    await rm(`${this.#directory}/waiting-${reading}`, { force: true });
    if (waits === "one waits") await writeFile(`${this.#directory}/${reading}`, "go\n");
  }
}

function lua(directory: string): string {
  return `local words = io.open("/proc/self/cmdline"):read("a")
local reading = words:find("\\0-c\\0", 1, true) and "check" or "load"
local shut = io.open("${directory}/shut-" .. reading)
if shut then
  shut:close()
  io.open("${directory}/waiting-" .. reading, "w"):close()
  local gate = io.open("${directory}/" .. reading)
  gate:read("a")
  gate:close()
end
`;
}
