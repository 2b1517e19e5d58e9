import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readlink, symlink } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import process from "node:process";
import { text } from "node:stream/consumers";
import { freePorts, reserve } from "../../../tools/harness/freePort.ts";
import { withDirectory } from "../../shell/system/withDirectory.ts";

const module = new URL("../../../tools/harness/freePort.ts", import.meta.url).href;

Deno.test("freePorts: different ports below the ephemeral ones, where something can listen", async () => {
  const ports = await freePorts(20);
  assert.equal(new Set(ports).size, 20);
  for (const port of ports) {
    assert.ok(port >= 10_000 && port < 32_768, `${port}`);
    const server = createServer().listen(port, "0.0.0.0");
    await once(server, "listening");
    server.close();
    await once(server, "close");
  }
});

Deno.test("freePorts: a port is reserved while the process runs, and nothing is left at its end", () =>
  withDirectory(async (directory) => {
    const code =
      `const { freePorts } = await import("${module}"); console.log(JSON.stringify(await freePorts(3)));` +
      "await Deno.stdin.read(new Uint8Array(1)); Deno.exit();";
    const child = spawn(process.execPath, ["eval", code], {
      env: { ...process.env, TMPDIR: directory },
      stdio: ["pipe", "pipe", "inherit"],
    });
    const closed = once(child, "close");
    const [line] = await once(child.stdout.setEncoding("utf8"), "data");
    const names = JSON.parse(line).map((port: number) => `marathon-lb-port-${port}`);
    assert.deepEqual((await readdir(directory)).sort(), names.sort());
    assert.equal(await readlink(join(directory, names[0])), String(child.pid));
    for (const port of JSON.parse(line)) assert.equal(reserve(port, directory), false);
    child.stdin.end();
    await text(child.stdout);
    assert.deepEqual(await closed, [0, null]);
    assert.deepEqual(await readdir(directory), []);
  }));

Deno.test("freePorts: the reservation of a process that was killed is removed", () =>
  withDirectory(async (directory) => {
    const child = spawn("/bin/true");
    await once(child, "close");
    await symlink(String(child.pid), join(directory, "marathon-lb-port-10000"));
    assert.equal(reserve(10_000, directory), false);
    assert.deepEqual(await readdir(directory), []);
  }));
