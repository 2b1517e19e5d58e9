import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseHaproxyVersion } from "../../lib/core/haproxy/versions.ts";
import { emptyCluster } from "../../lib/core/marathon/cluster.ts";
import {
  createFiles,
  createGenerator,
  createMarathonClient,
  createSynchroniser,
  healthLimits,
  readTemplateFiles,
} from "../../lib/run/parts.ts";
import { Mailbox } from "../../lib/run/follower.ts";
import type { Validate, Validation } from "../../lib/shell/haproxy/binary.ts";
import { SimulatedMarathon } from "../../tools/simulated-marathon/SimulatedMarathon.ts";
import { writeExecutable } from "../shell/haproxy/support/writeExecutable.ts";
import { eventually } from "../../tools/harness/eventually.ts";
import { configurationOf } from "../shell/sync/support/configurationOf.ts";
import { withDirectory } from "../shell/system/withDirectory.ts";
import { FakeClock } from "../support/FakeClock.ts";
import { RecordingLogger } from "../support/RecordingLogger.ts";
import { FakeSignals } from "./support/FakeSignals.ts";
import { parseOptions } from "./support/parseOptions.ts";

const context = () => ({ clock: new FakeClock(), logger: new RecordingLogger() });
const header = (user: string, password: string) => `Basic ${btoa(`${user}:${password}`)}`;

const ignored: [what: string, words: string[], version: string | undefined, expected: RegExp | undefined][] =
  [
    ["HAProxy 3.0", ["sse"], "3.0.11", undefined],
    [
      "HAProxy 2.6",
      ["sse"],
      "2.6.12",
      /^warning .*HAProxy 2\.6\.12 cannot load counters, 3\.0 and later can; /,
    ],
    ["mode direct", [], "3.0.11", /^warning .*mode direct does not run HAProxy; /],
    ["no HAProxy", ["sse"], undefined, /^warning .*there is no HAProxy to ask for its version; /],
  ];
for (const [what, words, version, expected] of ignored) {
  Deno.test(`createGenerator: --keep-counters with ${what}`, async () => {
    const { clock, logger } = context();
    const parsed = version === undefined
      ? undefined
      : parseHaproxyVersion(`HAProxy version ${version} 2026\n`);
    const generator = await createGenerator(parseOptions([...words, "--keep-counters"]), {
      environment: {},
      sslCerts: () => [],
      clock,
      logger,
      haproxy: parsed && { version: parsed, hashSchemes: undefined, quic: false },
    });
    const text = generator.render([]).text;
    assert.equal(text.includes("stats-file"), expected === undefined);
    assert.equal(text.includes("guid"), expected === undefined);
    const lines = logger.lines.filter((line) => line.includes("--keep-counters is ignored"));
    assert.equal(lines.length, expected ? 1 : 0);
    if (expected) assert.match(lines[0]!, expected);
  });
}

const http3: [what: string, words: string[], quic: boolean | undefined, expected: string | RegExp][] = [
  ["QUIC", [], true, "bind quic4@*:443 ssl crt /c.pem alpn h3"],
  [
    "QUIC at an IPv6 address",
    ["--https-bind", "[::1]:8443"],
    true,
    "bind quic6@[::1]:8443 ssl crt /c.pem alpn h3",
  ],
  ["no QUIC", [], false, /HAProxy 3\.0\.11 is built without QUIC, choose another with --haproxy-binary; /],
  ["no HAProxy", [], undefined, /there is no HAProxy to ask/],
  ["grouped HTTPS", ["--group-https-by-vhost"], true, /--group-https-by-vhost hands TLS on over TCP; /],
  ["no HTTPS", ["--dont-bind-http-https"], true, /--dont-bind-http-https leaves out the HTTPS frontend; /],
];
for (const [what, words, quic, expected] of http3) {
  Deno.test(`createGenerator: --http3 with ${what}`, async () => {
    const { clock, logger } = context();
    const version = parseHaproxyVersion("HAProxy version 3.0.11 2026\n")!;
    const generator = await createGenerator(parseOptions(["sse", "--http3", ...words]), {
      environment: {},
      sslCerts: () => ["/c.pem"],
      clock,
      logger,
      haproxy: quic === undefined ? undefined : { version, hashSchemes: undefined, quic },
    });
    const { text } = generator.render([]);
    const lines = logger.lines.filter((line) => line.includes("--http3 is ignored"));
    if (typeof expected === "string") {
      assert.deepEqual(lines, []);
      assert.ok(text.includes(`  ${expected}\n`), text);
      const port = expected.match(/:(\d+) /)![1];
      assert.ok(text.includes(`  http-after-response set-header alt-svc 'h3=":${port}"; ma=900'\n`));
      assert.match(text, /^ {2}\.if feature\(QUIC_OPENSSL_COMPAT\)\n {2}limited-quic\n {2}\.endif$/m);
    } else {
      assert.equal(lines.length, 1);
      assert.match(lines[0]!, expected);
      assert.doesNotMatch(text, /quic|alt-svc/);
    }
  });
}

/** The credentials that Marathon sees when the client has these flags and this environment. */
async function sentWith(flags: string[], environment: Record<string, string> = {}): Promise<unknown> {
  await using marathon = await SimulatedMarathon.start();
  const client = await createMarathonClient(
    parseOptions(["-m", marathon.url, ...flags], environment),
    context(),
  );
  try {
    assert.deepEqual(await client.apps(AbortSignal.timeout(20_000)), emptyCluster);
  } finally {
    client.close();
  }
  return marathon.requests.of("/v2/apps")[0]!.headers.authorization;
}

const forms: { name: string; text: string; sent: string | undefined }[] = [
  { name: "one line", text: "user:secret\n", sent: header("user", "secret") },
  { name: "no line break at its end", text: "user:secret", sent: header("user", "secret") },
  { name: "a line break of Windows", text: "user:secret\r\n", sent: header("user", "secret") },
  { name: "more lines", text: "user:secret\nother:line\n", sent: header("user", "secret") },
  { name: "colons in the password", text: "user:se:cr:et\n", sent: header("user", "se:cr:et") },
  { name: "no password", text: "user:\n", sent: header("user", "") },
  { name: "an empty first line", text: "\nuser:secret\n", sent: undefined },
  { name: "nothing", text: "", sent: undefined },
];
for (const { name, text, sent } of forms) {
  Deno.test(`createMarathonClient: a credential file with ${name}`, () =>
    withDirectory(async (directory) => {
      const file = join(directory, "credentials");
      await writeFile(file, text);
      assert.equal(await sentWith(["--marathon-auth-credential-file", file]), sent);
    }));
}

Deno.test("createMarathonClient: the credential file goes before flag and environment", () =>
  withDirectory(async (directory) => {
    const file = join(directory, "credentials");
    await writeFile(file, "file:secret\n");
    const flags = ["--marathon-auth-credential-file", file, "--auth-credentials", "flag:secret"];
    assert.equal(await sentWith(flags), header("file", "secret"));
    assert.equal(await sentWith(flags.slice(2)), header("flag", "secret"));
    const environment = { MARATHON_USER: "variable", MARATHON_PASSWORD: "secret" };
    assert.equal(await sentWith([], environment), header("variable", "secret"));
  }));

for (const text of ["secret", ":secret"]) {
  Deno.test(`createMarathonClient: a credential file with ${text} alone is refused, and not quoted`, () =>
    withDirectory(async (directory) => {
      const file = join(directory, "credentials");
      await writeFile(file, `${text}\n`);
      await assert.rejects(
        createMarathonClient(parseOptions(["--marathon-auth-credential-file", file]), context()),
        {
          message:
            `--marathon-auth-credential-file: the first line of ${file} is not of the form user:password`,
        },
      );
    }));
}

for (const flag of ["--marathon-auth-credential-file", "--marathon-ca-cert"]) {
  Deno.test(`createMarathonClient: a missing file of ${flag} is one line`, () =>
    withDirectory(async (directory) => {
      const file = join(directory, "none");
      await assert.rejects(createMarathonClient(parseOptions([flag, file]), context()), {
        message: `${flag}: there is no file ${file}; check the path`,
      });
    }));
}

Deno.test("createMarathonClient: a file of certificates that holds none is refused", () =>
  withDirectory(async (directory) => {
    const file = join(directory, "ca.pem");
    await writeFile(file, "no certificate");
    await assert.rejects(
      createMarathonClient(parseOptions(["--marathon-ca-cert", file]), context()),
      /^Error: --marathon-ca-cert holds no certificate; /,
    );
  }));

Deno.test("createMarathonClient: --insecure-marathon is warned of, and nothing else is", async () => {
  const { clock, logger } = context();
  (await createMarathonClient(parseOptions([]), { clock, logger })).close();
  assert.deepEqual(logger.lines, []);
  (await createMarathonClient(parseOptions(["--insecure-marathon"]), { clock, logger })).close();
  assert.equal(logger.lines.length, 1);
  assert.match(logger.lines[0]!, /^warning marathon_lb: --insecure-marathon: /);
});

const never = new AbortController().signal;

interface Bench {
  readonly clock: FakeClock;
  readonly validate: Validate;
  /** Lets the check that is under way end well. */
  readonly endChecks: () => Promise<void>;
  /** Keeps the next ones from ending again. */
  readonly blockChecks: () => Promise<void>;
  /** The process of the check that is under way. */
  readonly pid: () => Promise<number>;
}

/** A HAProxy whose checks do not end by themselves. */
function test(name: string, run: (bench: Bench) => Promise<void>): void {
  Deno.test(`createSynchroniser: ${name}`, () =>
    withDirectory(async (directory) => {
      const path = (name: string) => join(directory, name);
      const [haproxy, pid, end] = ["haproxy", "pid", "end"].map(path) as [string, string, string];
      const script = `echo $$ > ${pid}.new; mv ${pid}.new ${pid}; until [ -e ${end} ]; do :; done`;
      await writeExecutable(haproxy, `#!/bin/sh\n${script}\n`);
      const [clock, logger] = [new FakeClock(), new RecordingLogger()];
      const options = parseOptions(["sse", "--haproxy-config", path("haproxy.cfg")]);
      const context = {
        ...{
          environment: {},
          clock,
          logger,
          signals: new FakeSignals(),
          stopping: never,
          leaving: never,
          killing: never,
        },
        print: () => Promise.resolve(),
      };
      const client = await createMarathonClient(options, { clock, logger });
      const generator = {
        generate: () => Promise.resolve({ services: [], problems: [], apps: 0 }),
        render: () => configurationOf(""),
      };
      const mailbox = new Mailbox(options, context);
      const { validate } = createSynchroniser(options, context, {
        ...createFiles(options, context, { mailbox }),
        mailbox,
        client,
        generator: generator as never,
        reload: () => Promise.resolve({ ok: true }),
        haproxy,
        haproxyEnvironment: { PATH: "/usr/bin:/bin" },
      });
      await run({
        clock,
        validate: (_, ...rest) => validate!(options.haproxyConfig, ...rest),
        endChecks: () => writeFile(end, ""),
        blockChecks: () => Promise.all([end, pid].map((file) => rm(file, { force: true }))).then(() => {}),
        pid: async () => {
          await eventually(() => existsSync(pid));
          return Number(await readFile(pid, "utf8"));
        },
      });
      client.close();
    }));
}

function isThere(pid: number): boolean {
  return existsSync(`/proc/${pid}`);
}

async function assertEnds(
  { clock, pid }: Pick<Bench, "clock" | "pid">,
  check: Promise<Validation>,
  milliseconds: number,
): Promise<void> {
  const its = await pid();
  await clock.advance(milliseconds - 1);
  assert.equal(await Promise.race([check, Promise.resolve("still going on")]), "still going on");
  await clock.advance(1);
  const { messages, ...rest } = await check;
  assert.deepEqual(rest, { valid: false, stage: "parse", endless: true });
  const seconds = (milliseconds / 1000).toFixed(1);
  assert.match(
    messages[0]!.message,
    new RegExp(`^haproxy -c did not end within ${seconds} s, .* file without an end`),
  );
  await eventually(() => !isThere(its));
}

test("an haproxy -c that does not end is killed after 10 s, and counts as a refusal", async (bench) => {
  await assertEnds(bench, bench.validate("", never), 10_000);
});

test("an haproxy -c that changes of others wait for is killed after 3 s", async (bench) => {
  await assertEnds(bench, bench.validate("", never, "short"), 3_000);
});

test("an haproxy -c has 10 s more than the longest good one took", async (bench) => {
  const good = bench.validate("", never);
  await bench.pid();
  await bench.clock.advance(4_000);
  await bench.endChecks();
  assert.deepEqual(await good, { valid: true, messages: [], stage: "start" });
  await bench.blockChecks();
  await assertEnds(bench, bench.validate("", never), 14_000);
  await bench.blockChecks();
  await assertEnds(bench, bench.validate("", never, "short"), 11_000);
});

test("an haproxy -c that is not wanted any more is killed, and is no verdict", async (bench) => {
  const stop = new AbortController();
  const check = bench.validate("", stop.signal);
  const pid = await bench.pid();
  stop.abort(new Error("stopped"));
  await assert.rejects(check, /^Error: stopped$/);
  await eventually(() => !isThere(pid));
  assert.equal(bench.clock.sleeping, 0);
});

const cases: readonly [words: string[], failing: number, stage: number, stale: number][] = [
  [["sse"], 60_000, 60_000, 900_000],
  [["poll"], 60_000, 60_000, 180_000],
  [["poll", "--poll-interval", "5"], 60_000, 60_000, 60_000],
  [["sse", "--health-after", "2000"], 2_000_000, 2_000_000, 2_000_000],
  [["sse", "--health-after", "0"], 0, 30_000, 900_000],
];
for (const [words, failing, stage, stale] of cases) {
  Deno.test(`healthLimits: ${words.join(" ")}`, () => {
    assert.deepEqual(healthLimits(parseOptions(words)), { failing, stage, stale });
  });
}

Deno.test("readTemplateFiles: templates alone, in the order of directories and names", () =>
  withDirectory(async (root) => {
    const [first, second] = [join(root, "z"), join(root, "a")];
    for (const directory of [first, second]) await mkdir(directory);
    await writeFile(join(first, "HAPROXY_HEAD.hbs"), "head {{maxconn}}");
    await writeFile(join(first, "HAPROXY_BACKEND_HEAD"), "backend");
    await writeFile(join(first, "README"), "no template");
    await writeFile(join(second, "HAPROXY_HEAD"), "another head");
    assert.deepEqual([...await readTemplateFiles([first, join(root, "none"), second])], [
      [join(first, "HAPROXY_BACKEND_HEAD"), "backend"],
      [join(first, "HAPROXY_HEAD.hbs"), "head {{maxconn}}"],
      [join(second, "HAPROXY_HEAD"), "another head"],
    ]);
  }));

Deno.test("readTemplateFiles: what is no directory, or no file, is one line with its path", () =>
  withDirectory(async (root) => {
    const path = join(root, "HAPROXY_HEAD");
    await mkdir(path);
    await assert.rejects(readTemplateFiles([root]), {
      message: `Cannot read ${path}: it is a directory; choose another path`,
    });
    const file = join(root, "file");
    await writeFile(file, "");
    await assert.rejects(readTemplateFiles([file]), {
      message:
        `Cannot read the template directory ${file}: a part of the path is not a directory; check the path`,
    });
  }));

Deno.test("createGenerator: a --templates-dir that does not exist is a warning, the default one may be missing", () =>
  withDirectory(async (directory) => {
    const warnings = async (flags: string[]) => {
      const logger = new RecordingLogger();
      const options = parseOptions(["sse", "-m", "http://m", "--work-dir", directory, ...flags]);
      await createGenerator(options, {
        environment: {},
        sslCerts: () => [],
        clock: new FakeClock(),
        logger,
        haproxy: undefined,
      });
      return logger.lines;
    };
    assert.deepEqual(await warnings([]), []);
    assert.deepEqual(await warnings(["--templates-dir", "missing"]), [
      `warning marathon_lb: --templates-dir: the directory ${directory}/missing does not exist; ` +
      "using the default templates until a restart finds it",
    ]);
    await mkdir(join(directory, "missing"));
    assert.deepEqual(await warnings(["--templates-dir", "missing"]), []);
  }));
