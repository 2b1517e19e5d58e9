/**
 * Configurations as a whole. Each `NAME.apps.json` (an answer of Marathon) with its `NAME.settings.json` makes
 * `NAME.haproxy.cfg`, with maps their `.map` files, and `NAME.problems.txt`.
 *
 * After a change that is meant, write them anew and read the difference before it is committed:
 *
 *     UPDATE_GOLDEN=1 deno test -A test/golden && git diff test/golden
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { hasTrait } from "../../lib/core/haproxy/versions.ts";
import { selfSignedCertificate } from "../../lib/shell/certificates/prepare.ts";
import { findHaproxy } from "../../lib/shell/haproxy/binary.ts";
import { systemClock } from "../../lib/shell/system/clock.ts";
import { withDirectory } from "../shell/system/withDirectory.ts";
import { renderGolden } from "./renderGolden.ts";

const directory = new URL("./", import.meta.url);
const lua = fileURLToPath(new URL("../../lua/", import.meta.url));
/** Vhost rules are sorted by weight, not by kind, on purpose: each belongs to another service. */
const ruleOrder = /a '[a-z-]+' rule placed after a '[a-z_-]+' rule will still be processed before/;

/** 3.4, where the machine is slow: users choose how their passwords are crypted. */
const slowHash = /the hash algorithm used for this password takes \d+ milliseconds to verify/;

const names = (await readdir(directory)).filter((file) => file.endsWith(".apps.json"))
  .map((file) => file.replace(/\.apps\.json$/, "")).sort();

for (const name of names) {
  Deno.test(`golden ${name}: the core makes these files`, async () => {
    const files = await renderGolden(directory, name);
    for (const [file, text] of files) {
      const golden = new URL(`${name}.${file}`, directory);
      if (process.env.UPDATE_GOLDEN) await writeFile(golden, text);
      assert.equal(text, await readFile(golden, "utf8"), `${name}.${file}`);
    }
  });

  Deno.test(`golden ${name}: HAProxy accepts them`, async () => {
    await withDirectory(async (place) => {
      const { version } = await findHaproxy(undefined, {
        env: process.env,
        signal: AbortSignal.timeout(60_000),
      });
      const files = await renderGolden(directory, name, hasTrait(version, "distinctNames") ? "_in" : "");
      await writeFile(join(place, "cert.pem"), await selfSignedCertificate("localhost", systemClock));
      await writeFile(join(place, "global"), "1\n");
      for (const [file, text] of files) await writeFile(join(place, file), here(text, place));
      const { status, stderr } = spawnSync("haproxy", ["-c", "-f", join(place, "haproxy.cfg")], {
        encoding: "utf8",
      });
      assert.equal(status, 0, stderr);
      const complaints = stderr.split("\n").filter((line) => /ALERT|WARNING/.test(line));
      assert.deepEqual(complaints.filter((line) => !ruleOrder.test(line) && !slowHash.test(line)), []);
    });
  });
}

/** The configuration with the directories of this machine. */
function here(text: string, directory: string): string {
  return text
    .replaceAll(/\/etc\/(ssl|haproxy)\//g, `${directory}/`)
    .replaceAll("/var/run/haproxy/", `${directory}/`)
    .replaceAll("/var/state/haproxy/", `${directory}/`)
    .replaceAll(/(lua-load(?:-per-thread)?) \/marathon-lb\//g, `$1 ${lua}`);
}
