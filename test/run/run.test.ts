import assert from "node:assert/strict";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { version } from "../../lib/core/version.ts";
import { SimulatedMarathon } from "../../tools/simulated-marathon/SimulatedMarathon.ts";
import { withDirectory } from "../shell/system/withDirectory.ts";
import { writeExecutable } from "../shell/haproxy/support/writeExecutable.ts";
import { runMain, startMain } from "./support/runMain.ts";

const group = ["--group", "external"];
/** Where nobody listens: the port of a service that is out of use (RFC 1078). */
const nobody = ["-m", "http://127.0.0.1:1"];

/** Flags that keep everything a supervised run writes in the directory. */
function within(directory: string): string[] {
  const [work, run] = [join(directory, "work"), join(directory, "run")];
  const state = join(directory, "state");
  return ["--work-dir", work, "--run-dir", run, "--state-dir", state, "--cert-dir", join(directory, "certs")];
}

/** Flags for a direct run without validation, which needs no certificates. */
function direct(directory: string, command = "true"): string[] {
  return ["--haproxy-config", join(directory, "haproxy.cfg"), "--skip-validation", "-c", command];
}

const web = {
  id: "/web",
  labels: { HAPROXY_GROUP: "external", HAPROXY_0_VHOST: "web.example" },
  portDefinitions: [{ port: 10_000 }],
  tasks: [{ id: "web.0", state: "TASK_RUNNING", host: "10.0.0.1", ports: [31_000] }],
};

Deno.test("run: --help and --version go to standard output", () =>
  withDirectory(async (directory) => {
    const [help, versions] = await Promise.all(
      [["--help"], ["--version"]].map((words) => runMain(directory, words)),
    );
    assert.deepEqual([help!.code, help!.lines], [0, []]);
    assert.match(help!.stdout, /^Usage: marathon-lb /);
    assert.deepEqual([versions!.code, versions!.lines], [0, []]);
    const [first, ...more] = versions!.stdout.split("\n");
    assert.equal(first, `marathon-lb ${version} (Deno ${Deno.version.deno})`);
    assert.match(more.join("\n"), /^commit unknown\nHAProxy \d\S+ at \/\S*haproxy\n$/);
  }));

Deno.test("run: --version is answered where there is no HAProxy", () =>
  withDirectory(async (directory) => {
    const words = ["--version", "--haproxy-binary", "/nonexistent"];
    const { code, stdout, lines } = await runMain(directory, words, { MARATHON_LB_MAX_BACKOFF: "nonsense" });
    assert.deepEqual([code, lines], [0, []]);
    assert.match(
      stdout,
      /^no HAProxy found \(HAProxy cannot be run: \/nonexistent does not exist; install .*\)\n$/m,
    );
  }));

interface Failure {
  name: string;
  words: (directory: string) => string[];
  environment?: Record<string, string>;
  code: number;
  line: RegExp;
}

const failures: Failure[] = [
  { name: "no --group", words: () => [], code: 2, line: /^marathon-lb: --group is required: / },
  {
    name: "a flag that does not exist",
    words: () => [...group, "--grup", "x"],
    code: 2,
    line: /^marathon-lb: unknown flag '--grup'/,
  },
  {
    name: "a flag without its value",
    words: () => [...group, "--archive-versions", "many"],
    code: 2,
    line: /^marathon-lb: .*--archive-versions.*many/,
  },
  {
    name: "an open quote in --command",
    words: (directory) => [...group, ...nobody, ...direct(directory, "reload 'it")],
    code: 2,
    line: /^marathon-lb: --command: "reload 'it" has an open quote/,
  },
  {
    name: "no Marathon, direct",
    words: (directory) => [...group, ...nobody, ...direct(directory)],
    code: 1,
    line: /^marathon-lb: Marathon did not answer .*http:\/\/127\.0\.0\.1:1: connection refused\. Check /,
  },
  {
    name: "no Marathon, --dry",
    words: () => [...group, ...nobody, "--dry"],
    code: 1,
    line: /^marathon-lb: Marathon did not answer .*connection refused\. Check /,
  },
  {
    name: "a certificate authority that is not there",
    words: (directory) => [...group, ...direct(directory), "--marathon-ca-cert", join(directory, "ca.pem")],
    code: 1,
    line: /^marathon-lb: --marathon-ca-cert: there is no file \S+\/ca\.pem; check the path$/,
  },
  {
    name: "a credential file that is not there",
    words: (directory) => ["sse", ...group, ...within(directory), "--marathon-auth-credential-file", "none"],
    code: 1,
    line: /^marathon-lb: --marathon-auth-credential-file: there is no file none; check the path$/,
  },
  {
    name: "a certificate that is not there, supervised",
    words: (
      directory,
    ) => ["sse", ...group, ...nobody, ...within(directory), "--ssl-certs", "/nonexistent.pem"],
    code: 1,
    line: /^marathon-lb: --ssl-certs: Cannot read \/nonexistent\.pem: no such file/,
  },
  {
    name: "a certificate that is none, supervised",
    words: (directory) => ["poll", ...group, ...nobody, ...within(directory)],
    environment: { HAPROXY_SSL_CERT3: "no certificate" },
    code: 1,
    line: /^marathon-lb: The environment variable HAPROXY_SSL_CERT3 holds no certificate; /,
  },
  {
    name: "no HAProxy, supervised",
    words: (
      directory,
    ) => ["sse", ...group, ...nobody, ...within(directory), "--haproxy-binary", "/nonexistent"],
    code: 1,
    line: /^marathon-lb: HAProxy cannot be run: \/nonexistent does not exist; install HAProxy 2\.6 or later/,
  },
  {
    name: "no HAProxy, direct",
    words: (
      directory,
    ) => [
      ...group,
      ...nobody,
      "--haproxy-config",
      join(directory, "h.cfg"),
      "--haproxy-binary",
      "/nonexistent",
    ],
    code: 1,
    line: /^marathon-lb: HAProxy cannot be run: \/nonexistent does not exist; install HAProxy 2\.6 or later/,
  },
  {
    name: "a template that cannot be used",
    words: () => [...group, ...nobody, "--dry"],
    environment: { HAPROXY_HTTP_FRONTEND_ACL: "acl {nonsense}" },
    code: 1,
    line: /^marathon-lb: \$HAPROXY_HTTP_FRONTEND_ACL cannot be used as a template: .*nonsense/,
  },
];
for (const { name, words, environment, code, line } of failures) {
  Deno.test(`run: ${name} is one line and exit code ${code}`, () =>
    withDirectory(async (directory) => {
      const result = await runMain(directory, words(directory), environment);
      assert.deepEqual(
        [result.code, result.stdout, result.lines.length],
        [code, "", 1],
        result.lines.join("\n"),
      );
      assert.match(result.lines[0]!, line);
    }));
}

Deno.test("run: a HAProxy that is too old is one line and exit code 1", () =>
  withDirectory(async (directory) => {
    const script = "#!/bin/sh\necho 'HAProxy version 2.4.22-f8e3218 2023/02/14 - https://haproxy.org/'\n";
    const haproxy = await writeExecutable(join(directory, "haproxy"), script);
    const words = ["sse", ...group, ...nobody, ...within(directory), "--haproxy-binary", haproxy];
    const { code, stdout, lines } = await runMain(directory, words);
    assert.deepEqual([code, stdout, lines.length], [1, "", 1]);
    assert.match(
      lines[0]!,
      /^marathon-lb: HAProxy 2\.4\.22\S* at \S+ is too old, 2\.6 or later is needed: install /,
    );
  }));

Deno.test("run: wrong credentials and none at all are one line each, without the password", () =>
  withDirectory(async (directory) => {
    await using marathon = await SimulatedMarathon.start({ auth: { user: "marathon", password: "right" } });
    const words = [...group, "-m", marathon.url, ...direct(directory)];
    const none = await runMain(directory, words);
    const wrong = await runMain(directory, words, { MARATHON_USER: "marathon", MARATHON_PASSWORD: "secret" });
    for (const { code, lines } of [none, wrong]) assert.deepEqual([code, lines.length], [1, 1]);
    assert.match(none.lines[0]!, /HTTP 401.*credentials are needed\. Give --auth-credentials/);
    assert.match(
      wrong.lines[0]!,
      /HTTP 401.*wrong credentials\. Check \$MARATHON_USER and \$MARATHON_PASSWORD\.$/,
    );
    assert.ok(!wrong.lines[0]!.includes("secret"));
    const right = await runMain(directory, [...words, "--auth-credentials", "marathon:right"]);
    assert.equal(right.code, 0);
  }));

for (const mode of [[], ["sse"], ["poll"]]) {
  Deno.test(`run: ${[...mode, "--dry"].join(" ")} prints the configuration and touches nothing`, () =>
    withDirectory(async (directory) => {
      await using marathon = await SimulatedMarathon.start();
      marathon.setApps([web]);
      const words = [...mode, ...group, "-m", marathon.url, ...within(directory), "--dry"];
      const { code, stdout, lines } = await runMain(directory, words);
      assert.deepEqual([code, lines], [0, []]);
      assert.match(stdout, /^\s*server \S+ 10\.0\.0\.1:31000/m);
      assert.match(stdout, / web\.example/);
      assert.deepEqual(await readdir(directory), []);
    }));
}

/** The names of frontends that a run prints or writes for a HAProxy of this version; none is there by default. */
async function frontendsFor(directory: string, how: readonly string[], haproxyVersion?: string) {
  await using marathon = await SimulatedMarathon.start();
  marathon.setApps([web]);
  const binary = join(directory, "haproxy");
  if (haproxyVersion !== undefined) {
    await writeExecutable(binary, `#!/bin/sh\necho 'HAProxy version ${haproxyVersion} 2026/01/01'\n`);
  }
  const words = [...group, "-m", marathon.url, "--haproxy-binary", binary, ...how];
  const { code, stdout, lines } = await runMain(directory, words);
  assert.equal(code, 0, lines.join("\n"));
  const text = stdout || await readFile(join(directory, "haproxy.cfg"), "utf8");
  return { frontends: [...text.matchAll(/^frontend (web\S*)/gm)].map(([, name]) => name), lines };
}

for (const how of ["--dry", "--skip-validation"]) {
  for (
    const [haproxyVersion, name] of [["2.6.12", "web_10000"], ["3.0.11", "web_10000"], [
      "3.2.0",
      "web_10000_in",
    ]]
  ) {
    Deno.test(`run: ${how} names frontends as HAProxy ${haproxyVersion} needs it`, () =>
      withDirectory(async (directory) => {
        const words = how === "--dry" ? [how] : direct(directory);
        const { frontends } = await frontendsFor(directory, words, haproxyVersion);
        assert.deepEqual(frontends, [name]);
      }));
  }
}

Deno.test("run: --skip-validation where there is no HAProxy says which names of frontends it assumes", () =>
  withDirectory(async (directory) => {
    const { frontends, lines } = await frontendsFor(directory, direct(directory));
    assert.deepEqual(frontends, ["web_10000"]);
    const said = lines.filter((line) =>
      /No HAProxy to generate for: .*haproxy does not exist; .*; frontends get the names that HAProxy before 3\.2 has/
        .test(line)
    );
    assert.equal(said.length, 1, lines.join("\n"));
  }));

const missing: [flag: string, message: RegExp][] = [
  ["--haproxy-binary", /^marathon-lb: HAProxy cannot be run: \S+\/missing does not exist/],
  ["--templates-dir", /^marathon-lb: --templates-dir: the directory \S+\/missing does not exist/],
];
for (const [flag, message] of missing) {
  Deno.test(`run: --dry refuses a path of ${flag} that does not exist`, () =>
    withDirectory(async (directory) => {
      const words = [...group, "-m", "http://127.0.0.1:1", "--dry", flag, join(directory, "missing")];
      const { code, stdout, lines } = await runMain(directory, words);
      assert.deepEqual([code, stdout], [1, ""]);
      assert.equal(lines.length, 1, lines.join("\n"));
      assert.match(lines[0]!, message);
    }));
}

Deno.test("run: --dry names a path of --ssl-certs that does not exist, and prints the configuration all the same", () =>
  withDirectory(async (directory) => {
    await using marathon = await SimulatedMarathon.start();
    marathon.setApps([web]);
    const words = ["sse", ...group, "-m", marathon.url, "--dry", "--ssl-certs", join(directory, "missing")];
    for (const [flags, expected] of [[[], 0], [["--strict-exit"], 1]] as const) {
      const { code, stdout, lines } = await runMain(directory, [...words, ...flags]);
      assert.equal(code, expected, lines.join("\n"));
      assert.match(stdout, /^ {2}bind \*:443 ssl crt \S+\/missing/m);
      assert.equal(lines.length, 1, lines.join("\n"));
      assert.match(lines[0]!, /ERROR .*--ssl-certs: .*\/missing.*; a run does not start without it$/);
    }
  }));

Deno.test("run: --dry prints all, and names what the HAProxy there is refuses and why services are not served", () =>
  withDirectory(async (directory) => {
    await using marathon = await SimulatedMarathon.start();
    const labels = { HAPROXY_GROUP: "external", HAPROXY_0_MODE: "http" };
    const bad = { ...labels, HAPROXY_0_BACKEND_HTTP_OPTIONS: "  option nonsense\n" };
    marathon.setApps([
      web,
      { ...web, id: "/bad", labels: bad, portDefinitions: [{ port: 10_009 }] },
      {
        ...web,
        id: "/lost",
        labels: { HAPROXY_0_VHOST: "lost.example" },
        portDefinitions: [{ port: 10_010 }],
      },
    ]);
    const words = [...group, "-m", marathon.url, ...within(directory), "--dry", "--log-format", "json"];
    const { code, stdout, lines } = await runMain(directory, words);
    assert.equal(code, 0, lines.join("\n"));
    for (const backend of ["web_10000", "bad_10009"]) assert.ok(stdout.includes(`\nbackend ${backend}\n`));
    const told = lines.map((line) => JSON.parse(line)).map((
      { level, app, service, code },
    ) => [level, app, service, code]);
    assert.deepEqual(told, [
      ["error", "/bad", 0, "haproxy-refuses"],
      ["info", "/lost", 0, "no-group"],
    ]);
    assert.deepEqual(await readdir(directory), []);
  }));

Deno.test("run: --dry prints a large configuration whole, into a pipe that is read late", () =>
  withDirectory(async (directory) => {
    await using marathon = await SimulatedMarathon.start();
    const tasks = Array.from({ length: 5_000 }, (_, index) => ({
      id: `web.${index}`,
      state: "TASK_RUNNING",
      host: `10.0.${index >> 8}.${index & 255}`,
      ports: [31_000],
    }));
    marathon.setApps([{ ...web, tasks }]);
    const { code, stdout } = await runMain(directory, [...group, "-m", marathon.url, "--dry"]);
    assert.equal(code, 0);
    assert.equal(stdout.match(/^\s*server /gm)?.length, tasks.length);
    assert.ok(stdout.endsWith("\n"));
  }));

Deno.test("run: direct writes the configuration and reloads; what the command says is no output of ours", () =>
  withDirectory(async (directory) => {
    await using marathon = await SimulatedMarathon.start();
    marathon.setApps([web]);
    const words = [
      ...group,
      "-m",
      marathon.url,
      ...direct(directory, `sh -c 'echo out; echo err >&2; touch reloaded'`),
    ];
    const first = await runMain(directory, words);
    assert.deepEqual([first.code, first.stdout], [0, ""]);
    assert.deepEqual(first.lines.filter((line) => !line.includes("marathon_lb")), ["out", "err"]);
    assert.deepEqual((await readdir(directory)).sort(), ["haproxy.cfg", "reloaded"]);
    assert.match(await readFile(join(directory, "haproxy.cfg"), "utf8"), /10\.0\.0\.1:31000/);
    const second = await runMain(directory, words);
    assert.deepEqual([second.code, second.stdout, second.lines], [0, "", []], "there was nothing to do");
  }));

Deno.test("run: a reload that fails is exit code 1, and the old configuration is on disk", () =>
  withDirectory(async (directory) => {
    await using marathon = await SimulatedMarathon.start();
    marathon.setApps([web]);
    const file = join(directory, "haproxy.cfg");
    await writeFile(file, "old\n");
    const words = [...group, "-m", marathon.url, ...direct(directory, "false"), "--max-reload-retries", "0"];
    const { code, lines } = await runMain(directory, words);
    assert.deepEqual([code, lines], [
      1,
      [
        "marathon-lb: HAProxy did not load the new configuration, the old one stays: " +
        'the reload command "false" ended with code 1',
      ],
    ]);
    assert.equal(await readFile(file, "utf8"), "old\n");
  }));

Deno.test("run: an app that is left out is exit code 1 with --strict-exit alone", () =>
  withDirectory(async (directory) => {
    await using marathon = await SimulatedMarathon.start();
    marathon.setApps([web, { id: "no path", labels: 42 }]);
    for (const [flags, expected] of [[[], 0], [["--strict-exit"], 1]] as const) {
      for (const how of [["--dry"], direct(directory)]) {
        const { code, lines } = await runMain(directory, [...group, "-m", marathon.url, ...how, ...flags]);
        assert.equal(code, expected, [...how, ...flags].join(" "));
        assert.ok(lines.some((line) => line.includes("no path")));
      }
    }
  }));

const interrupted: { name: string; words: (directory: string) => string[]; left: string[] }[] = [
  { name: "direct", words: direct, left: [] },
  { name: "--dry", words: () => ["--dry"], left: [] },
  {
    name: "sse, before HAProxy runs",
    words: (directory) => ["sse", ...within(directory)],
    left: ["certs", "run", "state", "work"],
  },
];
for (const { name, words, left } of interrupted) {
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    Deno.test(`run: ${signal} ends a wait for Marathon with exit code 0 (${name})`, () =>
      withDirectory(async (directory) => {
        await using marathon = await SimulatedMarathon.start();
        marathon.faults.add({ path: "/v2/apps", hang: true });
        const { pid, ended } = startMain(directory, [...words(directory), ...group, "-m", marathon.url]);
        await Promise.race([marathon.requests.until("/v2/apps", 1), ended]);
        process.kill(pid, signal);
        const { code, stdout, lines } = await ended;
        assert.deepEqual([code, stdout], [0, ""], lines.join("\n"));
        assert.match(lines.at(-1)!, new RegExp(`${signal}: stopping$`));
        assert.deepEqual((await readdir(directory)).sort(), left);
        if (left.includes("run")) assert.deepEqual(await readdir(join(directory, "run")), []);
      }));
  }
}

Deno.test("run: a template directory is read relative to where the program runs", () =>
  withDirectory(async (directory) => {
    await using marathon = await SimulatedMarathon.start();
    await mkdir(join(directory, "templates"));
    await writeFile(join(directory, "templates", "HAPROXY_HEAD"), "# a head of ours\n");
    const { code, stdout } = await runMain(directory, [...group, "-m", marathon.url, "--dry"]);
    assert.equal(code, 0);
    assert.match(stdout, /^# a head of ours\n/);
  }));
