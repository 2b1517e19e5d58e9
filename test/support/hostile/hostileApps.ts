import process from "node:process";
import fc from "fast-check";
import { type LabelRow, labelTable } from "../../../lib/core/labels/labelTable.ts";
import { attackerApp, attackerHost, attackerId, type Json, type Target } from "./attackers.ts";

/** The same in every run, or that of `FUZZ_SEED`; `FUZZ_SEED=random` takes another each time. */
export const fuzzSeed = seedOf(process.env.FUZZ_SEED);

/** So many runs, or those of `FUZZ_RUNS`. */
export function fuzzRuns(usual: number): number {
  return Number(process.env.FUZZ_RUNS ?? usual);
}

function seedOf(text: string | undefined): number {
  if (text === "random") return Math.floor(Math.random() * 2 ** 31);
  return Number(text ?? 20_260_101);
}

const rows: readonly LabelRow[] = labelTable;

/** What means something to HAProxy's configuration, to its sockets, to a shell, a path, a number or a terminal. */
const pieces = [
  ...[" ", "\t", "#", '"', "'", "\\", "\\x22", "\\n", "$", "${HOME}", "%[env(HOME)]", "%[", "%", "%ci", "]"],
  ...[
    "{",
    "}",
    "} or { always_true }",
    "||",
    " if TRUE",
    " unless FALSE",
    " -f /dev/zero",
    " -m reg .*",
    "-i",
    "--",
  ],
  ...[
    ";",
    "\n",
    "\r\n",
    "<<",
    " << %",
    "@master ",
    "@!1 ",
    ";@master;reload",
    "|",
    "&",
    "`id`",
    "$(id)",
    "!",
  ],
  ...[
    ",",
    ":",
    ":1-65535",
    "*",
    "*:",
    "::",
    "0.0.0.0",
    "unix@/nowhere/evil",
    "abns@x",
    "fd@1",
    "[::1]",
    "127.0.0.1",
  ],
  ...[
    "/",
    "//",
    "/../..",
    "/dev/zero",
    "/dev/null",
    "?",
    "=",
    "+",
    "-1",
    "0",
    "1e9",
    "65536",
    "00080",
    "0x50",
  ],
  ...["\0", "\u001b[31m", "\u007f", "\u0085", "\u009b", "\u00a0", "\u2028", "\u202e", "\ufeff", "\ud800"],
  ...["é", "ß", "İ", "\uff0e", "𝒳", "xn--", "_", "-", ".", "..", "a".repeat(300)],
  ...["{backend}", "{{backend}}", "{{#each .}}", "{0}", "constructor", "__proto__"],
];

/** Values of a label: its example with something in it, what aims at the victim, and whatever else. */
function valueFor({ example, name }: LabelRow, target: Target): fc.Arbitrary<string> {
  const piece = fc.constantFrom(...pieces);
  const spoilt = fc.tuple(piece, fc.double({ min: 0, max: 1, noNaN: true })).map(([piece, where]) => {
    const at = Math.round(where * example.length);
    return example.slice(0, at) + piece + example.slice(at);
  });
  return fc.oneof(
    { weight: 5, arbitrary: spoilt },
    { weight: 2, arbitrary: fc.array(piece, { maxLength: 5 }).map((some) => some.join("")) },
    { weight: 2, arbitrary: fc.constantFrom(...aimed(name, target)) },
    { weight: 1, arbitrary: fc.constant(example) },
    fc.string({ unit: "binary", maxLength: 20 }),
    fc.string({ maxLength: 20 }),
  );
}

/** What would reach another app, or the load balancer itself, if it were let. */
function aimed(name: string, target: Target): string[] {
  const { host, pathHost, path, authHost, port, id, backend, ownPorts, haproxyDir } = target;
  const texts: Record<string, readonly string[]> = {
    VHOST: [host, authHost, pathHost, `x.test ${backend}`, `x.test,${host}`, host.toUpperCase(), `${host}.`],
    PATH: [path, `${path}/`, `-i ${path}`, "/", `/a path_beg /`],
    PORT: [port, ...ownPorts].map(String),
    BIND_ADDR: [`127.0.0.1:${port},127.0.0.1`, `*:${port},*`, ...ownPorts.map((own) => `127.0.0.1:${own},*`)],
    DEPLOYMENT_GROUP: [id, id.slice(1), backend, `${id} `],
    BACKEND_WEIGHT: ["999999999", "-999999999"],
    GROUP: ["external", "external,x", "*"],
    BALANCE: ["static-rr", "source", "hdr(host)", "url_param x check_post"],
  };
  return [
    ...texts[name] ?? [],
    backend,
    `user_${backend}`,
    `${haproxyDir}/domain2backend.map`,
    host,
    String(port),
  ];
}

function labelsFor(target: Target, rank: number): fc.Arbitrary<Record<string, string>> {
  const values = Object.fromEntries(rows.map((row) => {
    const label = row.scope === "app" ? `HAPROXY_${row.name}` : `HAPROXY_0_${row.name}`;
    return [label, valueFor(row, target)];
  }));
  // One or two at a time: an app with a bad label is left out, whatever the others say.
  const some = fc.uniqueArray(fc.constantFrom(...Object.keys(values)), { minLength: 1, maxLength: 2 })
    .chain((names) =>
      fc.tuple(...names.map((name) => values[name]!.map((value): [string, string] => [name, value])))
    );
  const benign = fc.record({
    HAPROXY_0_MODE: fc.constantFrom("http", "http", "tcp"),
    HAPROXY_0_STICKY: fc.constantFrom("true", "false"),
    HAPROXY_0_REDIRECT_TO_HTTPS: fc.constantFrom("true", "false"),
    HAPROXY_0_PATH: fc.constant(`/of${rank}`),
    HAPROXY_0_AUTH: fc.constant("Evil:eve:$5$mlb$BK3k24A8rh89NXzlcfLkfA1pFGjZvTUUnX3bb6SAGd6"),
  }, { requiredKeys: [] });
  return fc.tuple(benign, some).map(([benign, some]) => ({
    HAPROXY_0_VHOST: attackerHost(rank),
    HAPROXY_GROUP: "external",
    ...benign,
    ...Object.fromEntries(some),
  }));
}

/** Members of Marathon's answer, each with a value that it should not have. */
function membersFor(target: Target, rank: number): fc.Arbitrary<Json> {
  const text = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...pieces) },
    fc.array(fc.constantFrom(...pieces), { maxLength: 4 }).map((some) => some.join("")),
    fc.string({ unit: "binary", maxLength: 10 }),
  );
  const number = fc.oneof(
    fc.constantFrom<unknown>(0, -1, 1.5, 65_536, 1e300, "80", "80 ssl", null, NaN, 2 ** 53, target.port),
    fc.integer(),
  );
  const { host, port } = target.task;
  const some = (good: unknown, bad: fc.Arbitrary<unknown>) =>
    fc.oneof({ weight: 3, arbitrary: fc.constant(good) }, bad);
  const hostText = fc.oneof(
    text,
    text.map((piece) => `127.0.0.1${piece}`),
    text.map((piece) => `${piece}127.0.0.1`),
  );
  const task = fc.record({
    id: some(`evil${rank}.1`, text),
    host: some(host, hostText),
    state: fc.constantFrom<unknown>("TASK_RUNNING", "TASK_LOST", "x\ny", null, 7),
    ports: fc.array(some(port, number), { maxLength: 3 }),
    ipAddresses: fc.array(fc.record({ ipAddress: some(host, hostText), protocol: text }), { maxLength: 2 }),
    healthCheckResults: fc.constantFrom<unknown>(undefined, [{ alive: true }], [{ alive: "yes" }], "x"),
    slaveId: text,
    stagedAt: text,
  });
  const check = fc.record({
    protocol: fc.constantFrom<unknown>("HTTP", "HTTP", "TCP", "MESOS_HTTPS", "COMMAND", "HTTP\nx", 1),
    path: fc.oneof(text.map((piece) => `/${piece}`), text),
    portIndex: some(0, number),
    port: some(undefined, number),
    intervalSeconds: some(10, number),
    timeoutSeconds: some(5, number),
    gracePeriodSeconds: some(5, number),
    maxConsecutiveFailures: some(3, number),
  });
  const mapping = fc.record({
    containerPort: some(port, number),
    servicePort: some(target.portOf(rank), number),
    hostPort: number,
    name: text,
    protocol: text,
    labels: fc.dictionary(text, text, { maxKeys: 1 }),
  });
  return fc.record({
    id: fc.oneof(
      text.map((piece) => `${attackerId(rank)}${piece}`),
      text.map((piece) => `/${piece}/x${rank}`),
    ),
    instances: number,
    cmd: text,
    user: text,
    env: fc.dictionary(text, text, { maxKeys: 2 }),
    portDefinitions: fc.array(
      fc.record({ port: some(target.portOf(rank), number), name: text, protocol: text }),
      { maxLength: 2 },
    ),
    ports: fc.array(number, { maxLength: 2 }),
    tasks: fc.array(task, { minLength: 1, maxLength: 3 }),
    healthChecks: fc.array(check, { maxLength: 2 }),
    networks: fc.array(
      fc.record({
        mode: fc.oneof(fc.constantFrom("host", "container", "container/bridge"), text),
        name: text,
      }),
      { maxLength: 2 },
    ),
    ipAddress: fc.constantFrom<unknown>(undefined, {}, { discovery: { ports: [{ number: port }] } }, "x"),
    container: fc.record({
      portMappings: fc.array(mapping, { maxLength: 2 }),
      docker: fc.constantFrom<unknown>(undefined, { network: "BRIDGE" }, { network: "USER\nx" }),
    }),
    versionInfo: fc.record({
      lastScalingAt: text,
      lastConfigChangeAt: fc.oneof(text, fc.constant("1970-01-01")),
    }),
  }, { requiredKeys: [] }).filter(({ id }) => id !== target.id);
}

/** The attacker of this rank: its labels, or what Marathon says of it, or both are hostile. */
export function hostileApp(target: Target, rank: number): fc.Arbitrary<Json> {
  const labels = labelsFor(target, rank);
  const members = membersFor(target, rank);
  return fc.oneof(
    { weight: 3, arbitrary: labels.map((labels) => attackerApp(target, rank, labels)) },
    members.map((members) => attackerApp(target, rank, {}, members)),
    fc.tuple(labels, members).map(([labels, members]) => attackerApp(target, rank, labels, members)),
  );
}

/** A value for one label alone, beside what an app has to have to be served. */
export function hostileLabel(target: Target, row: LabelRow): fc.Arbitrary<string> {
  return valueFor(row, target);
}
