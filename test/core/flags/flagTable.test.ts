import assert from "node:assert/strict";
import type { Flag } from "../../../lib/core/flags/flag.ts";
import { flagTable } from "../../../lib/core/flags/flagTable.ts";

const flags: readonly Flag[] = flagTable;

Deno.test("every flag of the reference is there, with its short form", () => {
  const expected = [
    "--longhelp",
    "-m/--marathon",
    "--haproxy-config",
    "--group",
    "-c/--command",
    "--max-reload-retries",
    "--reload-interval",
    "--strict-mode",
    "-s/--sse",
    "-l/--listening",
    "-u/--callback-url",
    "--archive-versions",
    "-H/--health-check",
    "--lru-cache-capacity",
    "--haproxy-map",
    "--dont-bind-http-https",
    "--group-https-by-vhost",
    "--ssl-certs",
    "--skip-validation",
    "--skip-config-cleanup",
    "-d/--dry",
    "--min-serv-port-ip-per-task",
    "--max-serv-port-ip-per-task",
    "--max-backoff",
    "--syslog-socket",
    "--log-format",
    "--log-level",
    "--marathon-auth-credential-file",
    "--auth-credentials",
    "--dcos-auth-credentials",
    "--marathon-ca-cert",
    "-h/--help",
  ];
  const given = flags.filter((flag) => !flag.ours).map(({ name, short }) =>
    short ? `-${short}/--${name}` : `--${name}`
  );
  assert.deepEqual(given.sort(), expected.sort());
});

Deno.test("names, short forms and option names are each used once", () => {
  for (const key of ["name", "short", "option"] as const) {
    const used = flags.map((flag) => flag[key]).filter((value) => value !== undefined);
    assert.deepEqual(used, [...new Set(used)], key);
  }
});

Deno.test("each flag says what --help and the parser need", () => {
  for (const flag of flags) {
    assert.match(flag.name, /^[a-z]+\d?(-[a-z]+)*$/);
    assert.match(flag.description, /^.{10,}\.$/, flag.name);
    assert.equal(
      flag.argument === undefined,
      flag.kind === "switch",
      `${flag.name}: an argument, unless a switch`,
    );
    const isNumber = flag.kind === "integer" || flag.kind === "seconds";
    assert.equal(flag.minimum !== undefined, isNumber, `${flag.name}: a minimum, if a number`);
    if (flag.secret) assert.equal(flag.default, undefined, `${flag.name}: secrets have no default`);
  }
});
