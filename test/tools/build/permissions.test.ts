import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import process from "node:process";
import { directPermissionFlags, permissionFlags, permissions } from "../../../tools/build/permissions.ts";

const kinds = ["env", "ffi", "import", "net", "read", "run", "sys", "write"];

/** What Deno says to a script that does this; empty when it may. */
function refusal(flags: readonly string[], script: string): Promise<string> {
  const options = { env: { ...process.env, NO_COLOR: "1" } };
  // A script on the command line is started by `deno eval`, which may do everything; this one is a module.
  const module = `data:text/javascript,${encodeURIComponent(script)}`;
  return new Promise((resolve) => {
    execFile(process.execPath, ["run", "--no-prompt", ...flags, module], options, (error, _, stderr) => {
      resolve(error ? stderr : "");
    });
  });
}

Deno.test("permissions: flags for Deno", () => {
  assert.deepEqual(directPermissionFlags(["systemctl", "/opt/reload"]), [
    "--no-prompt",
    "--allow-env",
    "--allow-net",
    "--allow-read",
    "--allow-write",
    "--allow-run=haproxy,systemctl,/opt/reload",
    "--allow-sys=hostname,uid",
  ]);
  assert.ok(directPermissionFlags().includes("--allow-run=haproxy"));
});

Deno.test("permissions: Deno allows /proc with all permissions only", async () => {
  const script = `Deno.readTextFileSync("/proc/self/limits")`;
  assert.equal(await refusal(permissionFlags(), script), "");
  const allowed = kinds.map((kind) => `--allow-${kind}`);
  assert.equal(await refusal(allowed, script), "");
  await Promise.all(kinds.map(async (kind) => {
    const but = allowed.filter((flag) => flag !== `--allow-${kind}`);
    // Without a flag for it Deno takes some hosts as allowed.
    const all = kind === "import" ? [...but, "--deny-import"] : but;
    assert.match(
      await refusal(all, script),
      /NotCapable: Requires (all|read) access to "\/proc\/self\/limits"/,
      kind,
    );
  }));
});

Deno.test("permissions: Deno refuses signals by process id with permission for some programs only", async () => {
  const script = `Deno.kill(Deno.ppid, "SIGCONT")`;
  assert.equal(await refusal(["--allow-run", "--allow-sys"], script), "");
  assert.match(
    await refusal(["--allow-run=haproxy", "--allow-sys"], script),
    /NotCapable: Requires run access/,
  );
});

Deno.test("permissions: docs/security.md says the same", async () => {
  const file = new URL("../../../docs/security.md", import.meta.url);
  const text = (await readFile(file, "utf8")).replaceAll(/\s+/g, " ");
  const script = "dist/marathon-lb.js";
  assert.ok(text.includes(`deno run ${permissionFlags().join(" ")} ${script} sse `));
  assert.ok(text.includes(`deno run ${directPermissionFlags(["systemctl"]).join(" ")} ${script} `));
  for (const { name, only, reason } of permissions) {
    const row = `| \`${name}\` | ${only?.map((one) => `\`${one}\``).join(", ") ?? "all"} | ${reason} |`;
    assert.ok(text.includes(row), `There is no line ${row}`);
  }
});
