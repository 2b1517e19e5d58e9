import assert from "node:assert/strict";
import { hideSecrets, parseCommandLine } from "../../../lib/core/flags/commandLine.ts";
import { commandTable, type Flag, modeTable, UsageError } from "../../../lib/core/flags/flag.ts";
import { flagTable } from "../../../lib/core/flags/flagTable.ts";
import type { Options } from "../../../lib/core/flags/options.ts";

const lines: [argv: string[], shown: string[]][] = [
  [["sse", "--auth-credentials", "u:p", "--group", "u:p"], [
    "sse",
    "--auth-credentials",
    "***",
    "--group",
    "u:p",
  ]],
  [["--auth-credentials=u:p"], ["--auth-credentials=***"]],
  [["--auth-c=u:p=q", "--auth-c", "u:p"], ["--auth-c=***", "--auth-c", "***"]],
  [["--dcos-auth-credentials", '{"uid": "u",\n"private_key": "-k"}'], ["--dcos-auth-credentials", "***"]],
  [["-m", "http://u:p@a:1", "https://u:p:/@b/x"], ["-m", "http://***@a:1", "https://***@b/x"]],
  [["-m=http://u:p@a", "--marathon=http://u:p@a,http://u@b"], [
    "-m=http://***@a",
    "--marathon=http://***@a,http://***@b",
  ]],
  [["--auth-credentials", "--dry"], ["--auth-credentials", "--dry"]],
  [["--marathon-auth-credential-file", "/f", "-c", "reload it"], [
    "--marathon-auth-credential-file",
    "/f",
    "-c",
    "reload it",
  ]],
];
for (const [argv, shown] of lines) {
  Deno.test(`hideSecrets: ${JSON.stringify(shown)}`, () => assert.deepEqual(hideSecrets(argv), shown));
}

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
    ignoreReadinessChecks: false,
    unreachableTasks: "keep",
    servicePorts: "all",
    portReloadDelay: 5,
    accessLog: "off",
    accessLogTarget: "stdout",
    taskNetworks: [],
    lruCacheCapacity: 1000,
    minServicePort: 10050,
    maxServicePort: 10100,
    marathon: ["http://master.mesos:8080"],
    sse: false,
    pollInterval: 60,
    fullFetch: false,
    answerLimit: 512,
    massRemovalDelay: 10,
    maxBackoff: 300,
    healthAfter: 60,
    sseIdleTimeout: 300,
    insecureMarathon: false,
    haproxyConfig: "/etc/haproxy/haproxy.cfg",
    dry: false,
    json: false,
    steps: "100",
    watch: 10,
    maxErrors: 1,
    maxWait: 300,
    resume: false,
    completeNow: false,
    rollback: false,
    haproxyMap: false,
    groupHttpsByVhost: false,
    templatesDir: "./templates",
    allowTemplateLabels: ["all"],
    trustTemplateLabels: false,
    archiveVersions: 5,
    skipValidation: false,
    skipConfigCleanup: false,
    strict: false,
    strictExit: false,
    bindHttpHttps: true,
    httpBind: "*:80",
    httpsBind: "*:443",
    http3: false,
    appidBind: "*:9091",
    adminBind: "0.0.0.0:9090",
    adminAllow: [],
    noRuntimeUpdates: false,
    keepCounters: false,
    maxReloadRetries: 10,
    reloadInterval: 10,
    hardStopAfter: 900,
    mworkerMaxReloads: 20,
    shutdownTimeout: 30,
    workDir: "/marathon-lb",
    runDir: "/var/run/haproxy",
    stateDir: "/var/state/haproxy",
    certDir: "/etc/ssl",
    className: "haproxy",
    pods: false,
    clusters: [],
    staticApps: [],
    logLevel: "info",
    logFormat: "%(asctime)-15s %(levelname)s %(name)s: %(message)s",
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
  ["--unreachable-tasks drain", { unreachableTasks: "drain" }],
  ["--service-ports without-vhost", { servicePorts: "without-vhost" }],
  ["--access-log json", { accessLog: "json", accessLogTarget: "stdout" }],
  ["--access-log-target udp://10.0.0.1", { accessLogTarget: "10.0.0.1:514" }],
  ["--access-log-target udp://[::1]:5514/", { accessLogTarget: "[::1]:5514" }],
  ["--access-log-target /dev/log", { accessLogTarget: "/dev/log" }],
  ["--task-networks fd00::/8 10.0.0.0/8", { taskNetworks: ["fd00::/8", "10.0.0.0/8"] }],
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
  ["--marathon file:apps.json -d", { marathon: ["file:apps.json"], dry: true }],
  ["-d -m FILE:///w/apps.json", { marathon: ["file:/w/apps.json"] }],
  ["-d -m file://localhost/w/apps.json", { marathon: ["file:/w/apps.json"] }],
  ["-d -m file:/w/apps.json", { marathon: ["file:/w/apps.json"] }],
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
  ["--max 3", /^--max is ambiguous, one of --max-serv-port-ip-per-task, --max-backoff, --max-reload-retries/],
  ["--max-backoff", /^--max-backoff: expected SECONDS after it, got nothing$/],
  ["-c --dry", /^--command: expected COMMAND after it, got the flag --dry$/],
  ["-m --dry", /^--marathon: expected URL after it, got the flag --dry$/],
  ["--dry=1", /^--dry has no value/],
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
  ["--marathon file: --dry", /^--marathon: expected URLs that start with .* or file:, .*, got "file:"$/],
  ["--marathon file://host/apps.json --dry", /got "file:\/\/host\/apps.json"$/],
  [
    "--marathon file:a http://b:1 --dry",
    /^--marathon: expected one file or URLs of one cluster, got file:a and http/,
  ],
  [
    "--marathon file:a",
    /^--marathon: expected a URL to follow, got file:a; a file is for --dry and for commands/,
  ],
  ["sse --marathon file:a", /^--marathon: expected a URL to follow, got file:a/],
  ["--marathon http://a:1?x", /^--marathon: expected .* without a query, got "http:\/\/a:1\?x"$/],
  ["--callback-url ftp://a", /^--callback-url: expected a URL that starts with http/],
  ["--http-bind 80", /^--http-bind: expected ADDR:PORT, such as .*, got "80"$/],
  ["--access-log xml", /^--access-log: expected off, json or text, got "xml"$/],
  [
    "--access-log-target tcp://10.0.0.1:514",
    /^--access-log-target: expected stdout, udp:\/\/ADDRESS:PORT or .*, got "tcp:/,
  ],
  ["--access-log-target udp://log.example.com", /^--access-log-target: .*, got "udp:\/\/log.example.com"$/],
  ["--access-log-target stderr", /^--access-log-target: .*, got "stderr"$/],
  ["--access-log-target /dev/null", /^--access-log-target: .*, got "\/dev\/null"$/],
  ["--unreachable-tasks kill", /^--unreachable-tasks: expected keep, drain or remove, got "kill"$/],
  [
    "--task-networks 10.0.0.0/33",
    /^--task-networks: expected networks such as 10.0.0.0\/8, got "10.0.0.0\/33"$/,
  ],
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

Deno.test("the error for a missing --group has an example", () => {
  assert.match(usageError(["sse"]).message, /^--group is required: .* --group external/);
});

Deno.test("the error for an invalid variable has its name", () => {
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

const words = ["check-migration", "--from", "http://old:9090", "--group", "external"];

Deno.test("check-migration takes the flags of a supervised mode", () => {
  const invocation = parseCommandLine([...words, "--json", "--haproxy-map", "-m", "http://m:8080"], {});
  assert.ok(invocation.kind === "checkMigration");
  const { mode, from, json, haproxyMap, groups, marathon } = invocation.options;
  assert.deepEqual({ mode, from, json, haproxyMap, groups, marathon }, {
    mode: "sse",
    from: "http://old:9090",
    json: true,
    haproxyMap: true,
    groups: ["external"],
    marathon: ["http://m:8080"],
  });
});

Deno.test("check-migration accepts a file in place of Marathon", () => {
  const invocation = parseCommandLine([...words, "-m", "file:apps.json"], {});
  assert.deepEqual(invocation.kind === "checkMigration" && invocation.options.marathon, ["file:apps.json"]);
});

Deno.test("wrong use of check-migration says what is expected", () => {
  const rows: [argv: string[], message: RegExp][] = [
    [["check-migration", "--group", "external"], /--from is required: .*--from http:\/\/HOST:9090/],
    [["check-migration", "--from", "http://old:9090"], /--group is required/],
    [
      ["check-migration", "old", "--from", "x", "--group", "a"],
      /expected flags after it, got the word "old"/,
    ],
    [["sse", "--group", "a", "--from", "x"], /--from is for marathon-lb explain, check-migration only/],
    [
      ["--group", "a", "--json"],
      /--json is for marathon-lb explain, validate, deploy, import, check-migration only/,
    ],
  ];
  for (const [argv, message] of rows) {
    assert.throws(
      () => parseCommandLine(argv, {}),
      (error) => error instanceof UsageError && message.test(error.message),
      argv.join(" "),
    );
  }
});

Deno.test("export takes a format, a class and --strict; elsewhere --strict stays the beginning of --strict-mode", () => {
  const of = (line: string) => parseCommandLine([...line.split(" "), "--group", "a"], {});
  const invocation = of("export --format ingress --class edge --strict");
  assert.ok(invocation.kind === "export");
  const { format, className, strict, strictMode, mode } = invocation.options;
  assert.deepEqual({ format, className, strict, strictMode, mode }, {
    format: "ingress",
    className: "edge",
    strict: true,
    strictMode: false,
    mode: "sse",
  });
  const plain = of("export --format haproxy");
  assert.ok(plain.kind === "export");
  assert.deepEqual([plain.options.className, plain.options.strict], ["haproxy", false]);
  const other = of("sse --strict");
  assert.ok(other.kind === "run");
  assert.equal(other.options.strictMode, true);
  const wrong: [line: string, message: RegExp][] = [
    ["export", /^--format: expected one of gateway-api, ingress, haproxy with export, got none$/],
    ["export --format yaml", /^--format: expected one of .*, got "yaml"$/],
    ["export --format ingress --class A_b", /^--class: expected the name of a class, .*, got "A_b"$/],
    ["export all --format ingress", /^export: expected flags after it, got the word "all"/],
    ["sse --format ingress", /^--format is for marathon-lb export only$/],
  ];
  for (const [line, message] of wrong) {
    assert.throws(
      () => of(line),
      (error) => error instanceof UsageError && message.test(error.message),
      line,
    );
  }
});

const explained: [line: string, expected: Record<string, unknown>][] = [
  ["explain /shop/web", {
    kind: "explain",
    question: { app: "/shop/web" },
    json: false,
    instance: { kind: "socket", runDir: "/var/run/haproxy" },
  }],
  ["explain shop/web --json --run-dir /r", {
    kind: "explain",
    question: { app: "/shop/web" },
    json: true,
    instance: { kind: "socket", runDir: "/r" },
  }],
  ["explain --url https://shop.test/x/ --from http://lb:9090 --insecure-marathon", {
    kind: "explain",
    question: { url: "https://shop.test/x/" },
    json: false,
    instance: {
      kind: "address",
      from: "http://lb:9090",
      trust: { marathonCaCert: undefined, insecureMarathon: true },
    },
  }],
];
for (const [line, expected] of explained) {
  Deno.test(`${line}: asks a running instance, without a group`, () => {
    const environment = { MARATHON_LB_MARATHON: "http://m:8080" };
    assert.deepEqual(parseCommandLine(line.split(" "), environment), expected);
  });
}

Deno.test("explain with --marathon on the command line takes the flags of a supervised mode", () => {
  for (const argv of [["explain", "-m", "file:a.json", "/web"], ["explain", "/web", "-m", "file:a.json"]]) {
    const invocation = parseCommandLine([...argv, "--group", "x", "--haproxy-map"], {});
    assert.ok(invocation.kind === "explainMarathon");
    const { mode, groups, marathon, haproxyMap } = invocation.options;
    assert.deepEqual(invocation.question, { app: "/web" });
    assert.deepEqual([mode, groups, marathon, haproxyMap], ["sse", ["x"], ["file:a.json"], true]);
  }
});

const validated: [line: string, environment: Environment, against: boolean, marathon: string[]][] = [
  ["validate a.json - b.json", {}, false, ["http://master.mesos:8080"]],
  ["validate a.json - b.json --marathon http://m:8080", {}, true, ["http://m:8080"]],
  ["validate --marathon http://m:8080 http://n:8080 a.json - b.json", {}, true, [
    "http://m:8080",
    "http://n:8080",
  ]],
  ["validate a.json - b.json", { MARATHON_LB_MARATHON: "http://m:8080" }, true, ["http://m:8080"]],
  ["validate a.json - b.json --snapshot s.json", { MARATHON_LB_MARATHON: "http://m:8080" }, true, [
    "file:s.json",
  ]],
];
for (const [line, environment, against, marathon] of validated) {
  Deno.test(`${line}: files, and what they are checked against, without a group`, () => {
    const invocation = parseCommandLine(line.split(" "), environment);
    assert.ok(invocation.kind === "validate");
    const { options } = invocation;
    assert.deepEqual([options.files, options.against, options.marathon, options.groups], [
      ["a.json", "-", "b.json"],
      against,
      marathon,
      [],
    ]);
  });
}

Deno.test("deploy: the file behind URLs, several load balancers, steps and the defaults", () => {
  const words =
    "deploy --marathon http://m:8080 http://n:8080 --marathon-lb http://a:9090 http://b:9090 web.json";
  const invocation = parseCommandLine([...words.split(" "), "--steps", "10, 50,100", "--resume"], {});
  assert.ok(invocation.kind === "deploy");
  const { file, marathon, loadBalancers, percents, intent, watch, maxErrors, maxWait } = invocation.options;
  assert.deepEqual([file, marathon, loadBalancers], [
    "web.json",
    ["http://m:8080", "http://n:8080"],
    ["http://a:9090", "http://b:9090"],
  ]);
  assert.deepEqual([percents, intent, watch, maxErrors, maxWait], [[10, 50, 100], "resume", 10, 1, 300]);
  const plain = parseCommandLine("deploy - --marathon-lb http://a:9090".split(" "), {});
  assert.ok(plain.kind === "deploy");
  assert.deepEqual([plain.options.file, plain.options.percents, plain.options.intent], [
    "-",
    [100],
    "deploy",
  ]);
});

const wrongCommands: [line: string, message: RegExp][] = [
  ["explain", /^explain: expected the id of an app, such as explain \/shop\/web, or --url .*, got neither$/],
  ["explain /a --url http://a", /^explain: expected .*, got "\/a" and --url$/],
  ["explain /a /b", /^explain \/APP: expected flags after it, got the word "\/b"/],
  [
    "explain --url shop.test",
    /^--url: expected a URL such as https:\/\/shop.example.com\/cart, got "shop.test"$/,
  ],
  ["explain --url ftp://shop.test", /^--url: expected a URL/],
  ["explain /a --from lb:9090", /^--from: expected the admin port of a marathon-lb, .* got "lb:9090"$/],
  ["explain /a --from http://me:hunter2@", /^--from: expected .* got "http:\/\/\*\*\*@"$/],
  ["explain /a --from http://a -m http://b", /^--from and --marathon: expected one of them/],
  ["explain /a -m http://b", /^--group is required/],
  ["explain /a --snapshot a.json", /^--snapshot is for marathon-lb validate only$/],
  ["validate", /^validate: expected files of apps after it, such as validate web.json, or - for/],
  ["validate a.json --url http://a", /^--url is for marathon-lb explain only$/],
  ["validate a.json --from http://a", /^--from is for marathon-lb explain, check-migration only$/],
  ["validate a.json --snapshot s.json -m http://m", /^--snapshot and --marathon: expected one of them/],
  [
    "deploy --marathon-lb http://lb:9090",
    /^deploy: expected the file of an app after it, such as deploy web.json/,
  ],
  [
    "deploy a.json b.json --marathon-lb http://lb:9090",
    /^deploy FILE: expected flags after it, got the word "b.json"/,
  ],
  ["deploy a.json", /^deploy: --marathon-lb is required: the admin port of the load balancer/],
  [
    "deploy a.json --marathon-lb http://lb:9090 --resume --rollback",
    /^--resume, --complete-now and --rollback: /,
  ],
  [
    "deploy a.json --marathon-lb http://lb:9090 -m file:b",
    /^deploy: expected the URL of what runs, got file:b$/,
  ],
  [
    "deploy a.json --marathon-lb http://lb:9090 --steps 50,10",
    /^--steps: expected percents that grow, .*"50,10"$/,
  ],
  ["deploy a.json --marathon-lb http://lb:9090 --steps 0,10", /^--steps: expected percents/],
  ["deploy a.json --marathon-lb http://lb:9090 --steps 50,101", /^--steps: expected percents/],
  ["deploy a.json --marathon-lb http://lb:9090 --url http://a", /^--url is for marathon-lb explain only$/],
  ["validate a.json --steps 50", /^--steps is for marathon-lb deploy only$/],
];
for (const [line, message] of wrongCommands) {
  Deno.test(`wrong use: ${line}`, () => {
    const error = usageError(line.split(" "));
    assert.match(error.message, message);
    assert.ok(!error.message.includes("hunter2"));
  });
}

Deno.test("--from and --json are no variables: one that an environment has for something else keeps nothing from starting", () => {
  const environment = { MARATHON_LB_FROM: "x", MARATHON_LB_JSON: "maybe" };
  assert.equal(parseCommandLine(["--group", "a"], environment).kind, "run");
});

const directory = { MARATHON_LB_RUN_DIR: "/run/own" };

Deno.test("health needs no flag, and takes --run-dir as the one that runs does", () => {
  const runDir = (argv: string[], environment = {}) => parseCommandLine(["health", ...argv], environment);
  assert.deepEqual(runDir([]), { kind: "health", runDir: "/var/run/haproxy" });
  assert.deepEqual(runDir([], directory), { kind: "health", runDir: "/run/own" });
  assert.deepEqual(runDir(["--run-dir", "/other"], directory), { kind: "health", runDir: "/other" });
  assert.deepEqual(runDir(["--group", "external", "-H"]), { kind: "health", runDir: "/var/run/haproxy" });
});

Deno.test("health takes no more words", () => {
  assert.throws(() => parseCommandLine(["health", "now"], {}), {
    message: 'health: expected flags after it, got the word "now"; see --help',
  });
});

Deno.test("--help and the error for an unknown mode list the commands", () => {
  const help = parseCommandLine(["--help"], {});
  assert.ok(help.kind === "help");
  // Wrapped descriptions are read as one line.
  const text = help.text.replaceAll(/\s+/g, " ");
  for (const command of commandTable) {
    const { name, argument = "", description }: { name: string; argument?: string; description: string } =
      command;
    assert.ok(text.includes(` ${name} ${argument}${argument ? " " : ""}${description}`), name);
    assert.throws(() => parseCommandLine(["helth"], {}), new RegExp(`unknown mode "helth": .*\\b${name}\\b`));
  }
});

function helpText(environment: Record<string, string> = {}): string {
  const invocation = parseCommandLine(["--help"], environment);
  if (invocation.kind !== "help") throw new Error(`expected help, got ${invocation.kind}`);
  return invocation.text;
}

Deno.test("--help lists every flag, mode and default", () => {
  // Wrapped descriptions are read as one line.
  const text = helpText().replace(/\s+/g, " ");
  for (const flag of flagTable as readonly Flag[]) {
    const short = flag.short ? `-${flag.short}, ` : "";
    assert.ok(text.includes(`${short}--${flag.name} `), `--${flag.name} is missing`);
    assert.ok(text.includes(`${flag.group}: `), `the group ${flag.group} is missing`);
    const defaultText = flag.defaultText ?? flag.default;
    if (defaultText !== undefined) {
      assert.ok(text.includes(`default: ${defaultText}`), `--${flag.name}: no default`);
    }
  }
  for (const { name, description } of modeTable) {
    assert.ok(text.includes(`${name}`) && text.includes(description));
  }
});

Deno.test("--help groups the flags by purpose, each group once", () => {
  const headings = helpText().split("\n").filter((line) => /^[A-Z][\w ]+:$/.test(line));
  assert.deepEqual(headings, [
    "Apps:",
    "Marathon:",
    "Access to Marathon:",
    "Configuration:",
    "Listeners:",
    "HAProxy and reloads:",
    "Flags of commands:",
    "Logging:",
    "Help:",
  ]);
});

Deno.test("--help fits a terminal of 100 columns", () => {
  for (const line of helpText().split("\n")) assert.ok(line.length <= 100, `${line.length}: ${line}`);
});

Deno.test("--help shows nothing of the environment", () => {
  const environment = {
    MARATHON_USER: "hunter",
    MARATHON_PASSWORD: "hunter2",
    MARATHON_LB_AUTH_CREDENTIALS: "me:hunter2",
    DCOS_SERVICE_ACCOUNT_CREDENTIAL: "hunter2",
  };
  assert.equal(helpText(environment), helpText());
});

Deno.test("import reads edgelb, with files of pools and the group of the labels", () => {
  const of = (line: string) => parseCommandLine(line.split(" "), {});
  const invocation = of(
    "import edgelb a.json - --group a --group b --json --strict --marathon http://x:1 c.json",
  );
  assert.ok(invocation.kind === "import");
  const { files, group, json, strict, marathon } = invocation.options;
  assert.deepEqual({ files, group, json, strict, marathon }, {
    files: ["a.json", "-", "c.json"],
    group: "a,b",
    json: true,
    strict: true,
    marathon: ["http://x:1"],
  });
  const plain = of("import edgelb --marathon file:apps.json");
  assert.ok(plain.kind === "import");
  assert.deepEqual([plain.options.files, plain.options.group], [[], "external"]);
  const wrong: [line: string, message: RegExp][] = [
    ["import", /^import: expected edgelb after it, such as import edgelb pool\.json, got nothing$/],
    ["import nginx", /^import: expected edgelb after it, .*, got "nginx"$/],
    ["import edgelb --group *", /^--group: expected the groups of the labels with import, .*, got \*$/],
    ["import edgelb --format ingress", /^--format is for marathon-lb export only$/],
  ];
  for (const [line, message] of wrong) {
    assert.throws(
      () => of(line),
      (error) => error instanceof UsageError && message.test(error.message),
      line,
    );
  }
});
