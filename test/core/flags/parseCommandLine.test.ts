import assert from "node:assert/strict";
import type { Options } from "../../../lib/core/flags/Options.ts";
import { parseCommandLine } from "../../../lib/core/flags/parseCommandLine.ts";
import { UsageError } from "../../../lib/core/flags/UsageError.ts";

type Environment = Record<string, string>;

const withGroup = ["--group", "external"];

function run(argv: string[], environment: Environment = {}) {
  const invocation = parseCommandLine(argv, environment);
  if (invocation.kind !== "run") throw new Error(`expected a run, got ${invocation.kind}`);
  return invocation;
}

function usageError(argv: string[], environment: Environment = {}): UsageError {
  try {
    parseCommandLine(argv, environment);
  } catch (error) {
    if (error instanceof UsageError) return error;
    throw error;
  }
  throw new Error("expected a UsageError, got none");
}

/** The options named in `expected`, for a readable comparison. */
function pick(options: Options, expected: Partial<Options>): Partial<Options> {
  const keys = Object.keys(expected) as (keyof Options)[];
  return Object.fromEntries(keys.map((key) => [key, options[key]]));
}

Deno.test("without flags but the group, every option has the documented default", () => {
  const given = { ...run(withGroup).options };
  const expected: Options = {
    mode: "direct",
    groups: ["external"],
    strictMode: false,
    healthCheck: false,
    lruCacheCapacity: 1000,
    minServicePort: 10050,
    maxServicePort: 10100,
    marathon: ["http://master.mesos:8080"],
    sse: false,
    pollInterval: 60,
    fullFetch: false,
    massRemovalDelay: 10,
    maxBackoff: 300,
    healthAfter: 60,
    sseIdleTimeout: 300,
    insecureMarathon: false,
    haproxyConfig: "/etc/haproxy/haproxy.cfg",
    dry: false,
    json: false,
    haproxyMap: false,
    groupHttpsByVhost: false,
    templatesDir: "./templates",
    allowTemplateLabels: ["all"],
    archiveVersions: 5,
    skipValidation: false,
    skipConfigCleanup: false,
    strictExit: false,
    bindHttpHttps: true,
    httpBind: "*:80",
    httpsBind: "*:443",
    appidBind: "*:9091",
    adminBind: "0.0.0.0:9090",
    adminAllow: [],
    noRuntimeUpdates: false,
    maxReloadRetries: 10,
    reloadInterval: 10,
    hardStopAfter: 900,
    mworkerMaxReloads: 20,
    shutdownTimeout: 30,
    workDir: "/marathon-lb",
    runDir: "/var/run/haproxy",
    stateDir: "/var/state/haproxy",
    certDir: "/etc/ssl",
    logLevel: "info",
    logFormat: "%(asctime)-15s %(name)s: %(message)s",
    syslogSocket: { transport: "unix", path: "/dev/log", optional: true },
  };
  const set = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  assert.deepEqual(set, expected);
});

Deno.test("the defaults of one parse are not touched by changes to its options", () => {
  run(withGroup).options.adminAllow.push("10.0.0.0/8");
  assert.deepEqual(run(withGroup).options.adminAllow, []);
});

const accepted: [line: string, expected: Partial<Options>][] = [
  ["sse", { mode: "sse", haproxyConfig: "/marathon-lb/haproxy.cfg", syslogSocket: { transport: "none" } }],
  ["poll", { mode: "poll", haproxyConfig: "/marathon-lb/haproxy.cfg" }],
  ["event 0.0.0.0:8080", { mode: "event", eventAddress: "0.0.0.0:8080" }],
  ["event http://0.0.0.0:8080/", { mode: "event", eventAddress: "0.0.0.0:8080" }],
  ["event --listening http://10.0.0.1:8080", { mode: "event", eventAddress: "10.0.0.1:8080" }],
  ["event 127.0.0.1:1 -l 127.0.0.1:2", { eventAddress: "127.0.0.1:1", listening: "127.0.0.1:2" }],
  ["-l 127.0.0.1:2", { mode: "direct", eventAddress: "127.0.0.1:2", listening: "127.0.0.1:2" }],
  ["sse -l 127.0.0.1:2", { mode: "sse", eventAddress: undefined }],
  ["sse --work-dir /w/", { workDir: "/w/", haproxyConfig: "/w/haproxy.cfg" }],
  ["sse --work-dir /w --haproxy-config /h.cfg", { haproxyConfig: "/h.cfg" }],
  ["--work-dir /w", { haproxyConfig: "/etc/haproxy/haproxy.cfg" }],
  ["--dry sse", { mode: "sse", dry: true }],
  ["-- sse", { mode: "sse" }],

  ["-m http://a:1 https://b:2 -d", { marathon: ["http://a:1", "https://b:2"], dry: true }],
  ["--marathon=http://a:1", { marathon: ["http://a:1"] }],
  ["-m=http://a:1", { marathon: ["http://a:1"] }],
  ["-mhttp://a:1", { marathon: ["http://a:1"] }],
  ["-m http://a:1 http://b:2 -m http://c:3", { marathon: ["http://c:3"] }],
  ["-m http://a:1,http://b:2", { marathon: ["http://a:1", "http://b:2"] }],
  ["-m https://host/service/marathon/", { marathon: ["https://host/service/marathon"] }],
  ["-m http://a:1 -- sse", { mode: "sse", marathon: ["http://a:1"] }],

  ["--group b --group c", { groups: ["external", "b", "c"] }],
  ["--group *", { groups: ["external", "*"] }],
  ["-dsH", { dry: true, sse: true, healthCheck: true }],
  ["-dsm http://a:1", { dry: true, sse: true, marathon: ["http://a:1"] }],
  ["--dont-bind-http-https", { bindHttpHttps: false }],
  ["-c one -c two", { command: "two" }],
  ["--command=--dry", { command: "--dry", dry: false }],
  ["--max-reload-retries -1", { maxReloadRetries: -1 }],
  ["--max-reload-retries=-1", { maxReloadRetries: -1 }],
  ["--reload-interval 0", { reloadInterval: 0 }],
  ["--reload-interval 0.5", { reloadInterval: 0.5 }],
  ["--ssl-certs /a.pem,/b.pem", { sslCerts: ["/a.pem", "/b.pem"] }],
  ["--min-serv-port-ip-per-task 0 --max-serv-port-ip-per-task 0", { minServicePort: 0, maxServicePort: 0 }],
  ["--min-serv-port-ip-per-task 10100", { minServicePort: 10100, maxServicePort: 10100 }],
  ["--admin-allow 10.0.0.0/8 ::1 --admin-allow 192.168.0.1", {
    adminAllow: ["10.0.0.0/8", "::1", "192.168.0.1"],
  }],
  ["--http-bind [::1]:8080 --https-bind :8443 --admin-bind localhost:1", {
    httpBind: "[::1]:8080",
    httpsBind: ":8443",
    adminBind: "localhost:1",
  }],
  ["--auth-credentials user:pass:word", {
    access: {
      origin: "--auth-credentials",
      kind: "basic",
      credentials: { user: "user", password: "pass:word" },
    },
  }],
  ["--log-level CRITICAL", { logLevel: "critical" }],
  ["--log-level debug", { logLevel: "debug" }],
  ["--log-level NotSet", { logLevel: "debug" }],
  ["--log-format json", { logFormat: "json" }],

  ["--max-reload 3", { maxReloadRetries: 3 }],
  ["--max-reload=3", { maxReloadRetries: 3 }],
  ["--hea --dr", { healthCheck: true, dry: true }],
  // Only one flag of the reference begins so; --strict-exit and --run-dir are ours.
  ["--strict", { strictMode: true, strictExit: false }],
  ["--r 3", { reloadInterval: 3 }],
  ["--w /w", { workDir: "/w" }],
];

for (const [line, expected] of accepted) {
  Deno.test(`command line: ${line}`, () => {
    const { options } = run([...withGroup, ...line.split(" ")]);
    assert.deepEqual(pick(options, expected), expected);
  });
}

Deno.test("values with spaces stay whole, also where they begin with a dash", () => {
  const values: [string[], Partial<Options>][] = [
    [["--command", "-x a b"], { command: "-x a b" }],
    [["-c=a --dry b"], { command: "a --dry b", dry: false }],
    [["--log-format=%(levelname)s --dry %(message)s"], {
      logFormat: "%(levelname)s --dry %(message)s",
      dry: false,
    }],
    [["--log-format", " %(message)s "], { logFormat: " %(message)s " }],
  ];
  for (const [argv, expected] of values) {
    assert.deepEqual(pick(run([...withGroup, ...argv]).options, expected), expected);
  }
});

Deno.test("an empty value counts as not given where nothing is a possible value", () => {
  const { options } = run([...withGroup, "--marathon-ca-cert", "", "--auth-credentials=", "-c", ""]);
  assert.deepEqual(
    [options.marathonCaCert, options.access, options.command],
    [undefined, undefined, undefined],
  );
  assert.match(usageError([...withGroup, "--max-backoff", ""]).message, /^--max-backoff: .* got nothing$/);
  assert.match(usageError(["--group", ""]).message, /^--group is required/);
});

const fromEnvironment: [Environment, line: string, expected: Partial<Options>][] = [
  [{ MARATHON_LB_MAX_RELOAD_RETRIES: "-1" }, "", { maxReloadRetries: -1 }],
  [{ MARATHON_LB_MAX_RELOAD_RETRIES: "3" }, "--max-reload-retries 4", { maxReloadRetries: 4 }],
  [{ MARATHON_LB_MAX_RELOAD_RETRIES: "wrong" }, "--max-reload-retries 4", { maxReloadRetries: 4 }],
  [{ MARATHON_LB_MAX_BACKOFF: "" }, "", { maxBackoff: 300 }],
  [{ MARATHON_LB_MARATHON: "http://a:1, http://b:2 http://c:3" }, "", {
    marathon: ["http://a:1", "http://b:2", "http://c:3"],
  }],
  [{ MARATHON_LB_GROUP: "b, c d" }, "", { groups: ["external"] }],
  [{ MARATHON_LB_SSL_CERTS: "/a b.pem, /c.pem" }, "", { sslCerts: ["/a b.pem", "/c.pem"] }],
  [{ MARATHON_LB_ADMIN_ALLOW: "10.0.0.0/8 fd00::/8" }, "", { adminAllow: ["10.0.0.0/8", "fd00::/8"] }],
  ...["true", "t", "Yes", "y", "1", " TRUE "].map((word) =>
    [{ MARATHON_LB_STRICT_MODE: word }, "", { strictMode: true }] as [Environment, string, Partial<Options>]
  ),
  ...["false", "F", "no", "n", "0", " "].map((word) =>
    [{ MARATHON_LB_STRICT_MODE: word }, "", { strictMode: false }] as [Environment, string, Partial<Options>]
  ),
  // An image may say its version so.
  [{ MARATHON_LB_VERSION: "1.15.0", MARATHON_LB_HELP: "none" }, "", { mode: "direct" }],
  [{ POLL_INTERVAL: "5" }, "poll", { pollInterval: 5 }],
  [{ POLL_INTERVAL: "5", MARATHON_LB_POLL_INTERVAL: "6" }, "poll", { pollInterval: 6 }],
  [{ SYSLOG_SOCKET: "/s" }, "sse", { syslogSocket: { transport: "unix", path: "/s" } }],
  [{ SYSLOG_SOCKET: "/s" }, "sse --syslog-socket /t", { syslogSocket: { transport: "unix", path: "/t" } }],
  [{ SYSLOG_SOCKET: "/s" }, "", { syslogSocket: { transport: "unix", path: "/dev/log", optional: true } }],
  [{}, "--syslog-socket /dev/log", { syslogSocket: { transport: "unix", path: "/dev/log" } }],
  [{}, "--syslog-socket /dev/null", { syslogSocket: { transport: "none" } }],
  [{}, "-m http://a:1 http://us%65r:p%3Aw@b:1/", { marathon: ["http://a:1", "http://b:1"] }],
];

for (const [environment, line, expected] of fromEnvironment) {
  Deno.test(`environment: ${JSON.stringify(environment)} ${line}`, () => {
    const { options } = run([...withGroup, ...line.split(" ").filter(Boolean)], environment);
    assert.deepEqual(pick(options, expected), expected);
  });
}

Deno.test("the group may come from the environment alone", () => {
  assert.deepEqual(run([], { MARATHON_LB_GROUP: "b, c d" }).options.groups, ["b", "c", "d"]);
});

const refused: [line: string, message: RegExp][] = [
  ["--grup x", /^unknown flag '--grup' \(Did you mean --group\?\)$/],
  ["-x", /^unknown flag '-x'$/],
  ["ssee", /^unknown mode "ssee": expected one of sse, event, poll, .*or none/],
  ["sse poll", /^sse: expected flags after it, got the word "poll"/],
  ["event 8080", /^event: expected ADDR:PORT after it, got "8080"$/],
  ["-s -l 127.0.0.1:2", /^--sse and --listening: expected one of them without a mode, got both$/],
  ["event", /^event: expected ADDR:PORT after it or --listening ADDR:PORT/],
  ["--max 3", /^--max could be any of --max-serv-port-ip-per-task, --max-backoff, --max-reload-retries/],
  ["--max-backoff", /^--max-backoff: expected SECONDS after it, got nothing$/],
  ["-c --dry", /^--command: expected COMMAND after it, got the flag --dry$/],
  ["-m --dry", /^--marathon: expected URL after it, got the flag --dry$/],
  ["--dry=1", /^--dry takes no value/],
  ["--max-backoff soon", /^--max-backoff: expected a number of seconds, at least 0.1, got "soon"$/],
  ["--max-backoff 2147484", /^--max-backoff: .* got "2147484"$/],
  ["--max-reload-retries -2", /^--max-reload-retries: expected a whole number, at least -1, got "-2"$/],
  ["--max-reload-retries 1.5", /^--max-reload-retries: expected a whole number/],
  [
    "--min-serv-port-ip-per-task 65536",
    /^--min-serv-port-ip-per-task: expected a whole number from 0 to 65535, got "65536"$/,
  ],
  ["--min-serv-port-ip-per-task 0", /^--min-serv-port.* or 0 and 0 for none, got 0 and 10100$/],
  ["--max-serv-port-ip-per-task 0", /^--min-serv-port.* or 0 and 0 for none, got 10050 and 0$/],
  ["--min-serv-port-ip-per-task 10101", /the lowest port and then the highest, got 10101 and 10100$/],
  ["--marathon localhost:8080", /^--marathon: expected URLs that start with http.*, got "localhost:8080"$/],
  ["--marathon http://a:1 http://b:99999", /^--marathon: .* got "http:\/\/b:99999"$/],
  ["--marathon http://a:1?x", /^--marathon: expected .* without a query, got "http:\/\/a:1\?x"$/],
  ["--callback-url ftp://a", /^--callback-url: expected a URL that starts with http/],
  ["--http-bind 80", /^--http-bind: expected ADDR:PORT, such as .*, got "80"$/],
  ["--admin-allow 10.0.0.0/33", /^--admin-allow: expected networks such as 10.0.0.0\/8, got "10.0.0.0\/33"$/],
  ["--log-level loud", /^--log-level: expected CRITICAL, ERROR, .*, got "loud"$/],
  ["--log-format %(lineno)d", /^--log-format: expected .*, but no field is named lineno \(there are asctime/],
  [
    "--syslog-socket localhost:514",
    /^--syslog-socket: expected the path of a Unix socket .*udp:\/\/HOST:PORT.*, got "localhost:514"$/,
  ],
  ["--log-format 50%", /^--log-format: expected .*, but "%" is no field/],
];

for (const [line, message] of refused) {
  Deno.test(`refused: ${line}`, () => {
    const error = usageError([...withGroup, ...line.split(" ")]);
    assert.match(error.message, message);
    assert.ok(!error.message.includes("\n"), "one line");
    assert.equal(error.exitCode, 2);
  });
}

Deno.test("a missing --group is told with an example", () => {
  assert.match(usageError(["sse"]).message, /^--group is required: .* --group external/);
});

Deno.test("what is wrong in the environment is told with the variable's name", () => {
  const wrong: [Environment, RegExp][] = [
    [{ MARATHON_LB_DRY: "ture" }, /^\$MARATHON_LB_DRY: expected true .* or false .*, got "ture"$/],
    [{ POLL_INTERVAL: "1m" }, /^\$POLL_INTERVAL: expected a number of seconds, at least 0.1, got "1m"$/],
    [{ MARATHON_LB_HTTP_BIND: "x\ny" }, /^\$MARATHON_LB_HTTP_BIND: .* got "x\\ny"$/],
  ];
  for (const [environment, message] of wrong) {
    assert.match(usageError(withGroup, environment).message, message);
  }
});

const secretive: [string[], Environment, expected: RegExp][] = [
  [["--auth-credentials", "hunter2"], {}, /^--auth-credentials: expected user:password, got something else/],
  [["--auth-credentialz=me:hunter2"], {}, /^unknown flag '--auth-credentialz' /],
  [["--max-backoff", "--auth-credentials=me:hunter2"], {}, /got the flag --auth-credentials$/],
  [["-m", "htp://me:hunter2@host"], {}, /got "htp:\/\/\*\*\*@host"$/],
  [["-m", "http://me:%ffhunter2@host"], {}, /^--marathon: expected a URL whose user and password/],
  [[], { MARATHON_LB_AUTH_CREDENTIALS: "hunter2" }, /^\$MARATHON_LB_AUTH_CREDENTIALS: expected/],
  [[], { DCOS_SERVICE_ACCOUNT_CREDENTIAL: '{"uid":"hunter2"}' }, /but private_key is missing$/],
  [[], { DCOS_SERVICE_ACCOUNT_CREDENTIAL: '{"uid":hunter2}' }, /but it is not JSON$/],
  [[], { DCOS_SERVICE_ACCOUNT_CREDENTIAL: '["hunter2"]' }, /but it is not a JSON object$/],
  [[], { DCOS_SERVICE_ACCOUNT_CREDENTIAL: '{"uid":7,"p":"hunter2"}' }, /but uid is not a text/],
];

for (const [argv, environment, expected] of secretive) {
  Deno.test(`no secret is shown: ${argv.join(" ")} ${Object.keys(environment)}`, () => {
    const error = usageError([...withGroup, ...argv], environment);
    assert.match(error.message, expected);
    assert.ok(!error.message.includes("hunter2"));
  });
}

Deno.test("help, version and longhelp need no group", () => {
  for (const argv of [["-h"], ["--help"], ["sse", "--help"], ["-dh"]]) {
    assert.equal(parseCommandLine(argv, {}).kind, "help");
  }
  assert.deepEqual(parseCommandLine(["--version"], {}), { kind: "version", haproxyBinary: undefined });
  assert.deepEqual(parseCommandLine(["--longhelp"], {}), { kind: "longhelp" });
});

Deno.test("version knows which HAProxy to ask, whatever else there is", () => {
  const variable = { MARATHON_LB_HAPROXY_BINARY: "/opt/a", MARATHON_LB_MAX_BACKOFF: "nonsense" };
  const asked = (argv: string[], environment: Record<string, string>) =>
    parseCommandLine(["--version", ...argv], environment);
  assert.deepEqual(asked([], variable), { kind: "version", haproxyBinary: "/opt/a" });
  assert.deepEqual(asked(["--haproxy-binary", "/opt/b"], variable), {
    kind: "version",
    haproxyBinary: "/opt/b",
  });
  assert.deepEqual(asked([], { MARATHON_LB_HAPROXY_BINARY: "" }), {
    kind: "version",
    haproxyBinary: undefined,
  });
});

Deno.test("a parse leaves nothing for the next", () => {
  run([...withGroup, "--group", "b", "--dry"]);
  const { options } = run(withGroup);
  assert.deepEqual([options.groups, options.dry], [["external"], false]);
});
