import assert from "node:assert/strict";
import type { Cluster } from "../../../lib/core/marathon/Cluster.ts";
import type { Problem } from "../../../lib/core/problem/Problem.ts";
import { TemplateSet } from "../../../lib/core/templates/TemplateSet.ts";
import { type Generation, Generator, type GeneratorOptions } from "../../../lib/shell/sync/Generator.ts";
import { readingOf } from "./support/readingOf.ts";

function createGenerator(options: Partial<GeneratorOptions> & { healthCheck?: boolean } = {}): Generator {
  const { healthCheck = false, ...given } = options;
  return new Generator({
    model: { healthCheck, strictMode: false, groups: ["external"], templateLabels: [] },
    render: {
      templates: new TemplateSet(),
      haproxyDir: "/etc/haproxy",
      bindHttpHttps: true,
      groupHttpsByVhost: false,
      haproxyMap: false,
      frontendSuffix: "",
      sslCerts: ["/etc/ssl/cert.pem"],
      head: {
        supervised: false,
        workDir: "/marathon-lb",
        runDir: "/var/run/haproxy",
        stateDir: "/var/state/haproxy",
        adminBind: "*:9090",
        adminAllow: "",
        httpBind: "*:80",
        httpsBind: "*:443",
        appidBind: "*:9091",
        defaultOptions: [],
        logToStdout: false,
        logToSyslog: true,
        hardStopAfter: "900s",
        mworkerMaxReloads: 10,
      },
    },
    lruCacheCapacity: 1000,
    resolver: { addresses: () => Promise.resolve(new Map()) },
    ...given,
  });
}

interface TaskChoice {
  host?: string;
  alive?: boolean;
}

/** What each generator was told last. */
const known = new WeakMap<Generator, Cluster>();

/** Has a generator follow one answer of Marathon after the other. */
function generate(generator: Generator, answer: unknown): Promise<Generation> {
  const reading = readingOf(answer, known.get(generator));
  known.set(generator, reading.cluster);
  return generator.generate(reading);
}

/** The configuration for an answer, and the problems on the way. */
async function configure(
  generator: Generator,
  answer: unknown,
): Promise<{ text: string; problems: readonly Problem[] }> {
  const { services, problems } = await generate(generator, answer);
  return { text: generator.render(services).text, problems };
}

/** Marathon's answer with one app and a task for each choice. */
function answerWith(...tasks: TaskChoice[]): unknown {
  return {
    apps: [{
      id: "/web",
      labels: { HAPROXY_GROUP: "external" },
      portDefinitions: [{ port: 10_000 }],
      healthChecks: [{ path: "/", protocol: "HTTP" }],
      tasks: tasks.map(({ host = "10.0.0.1", alive }, index) => ({
        id: `web.${index}`,
        state: "TASK_RUNNING",
        host,
        ports: [31_000 + index],
        ...(alive !== undefined && { healthCheckResults: [{ alive }] }),
      })),
    }],
  };
}

/** What the `server` lines of a configuration point at. */
function serversOf(text: string): string[] {
  return [...text.matchAll(/^\s*server \S+ (\S+)/gm)].map(([, address]) => address!);
}

function maxconnOf(text: string): number {
  return Number(/^\s*maxconn (\d+)/m.exec(text)![1]);
}

Deno.test("Generator: an answer becomes a configuration", async () => {
  const generator = createGenerator();
  const { apps, services, problems } = await generate(generator, answerWith({}, { host: "10.0.0.2" }));
  assert.deepEqual([apps, services.map(({ backends }) => backends.length), problems], [1, [2], []]);
  assert.deepEqual(serversOf(generator.render(services).text).sort(), ["10.0.0.1:31000", "10.0.0.2:31001"]);
  assert.deepEqual(serversOf(generator.render([]).text), []);
});

Deno.test("Generator: the same answer gives the same text", async () => {
  const generator = createGenerator();
  const first = await configure(generator, answerWith({}, {}));
  assert.deepEqual(await configure(generator, answerWith({}, {})), first);
});

Deno.test("Generator: the problems of reading and of building are both told, and the other apps serve", async () => {
  const { apps: [web] } = answerWith({}) as { apps: object[] };
  const bad = {
    ...web,
    id: "/bad",
    portDefinitions: [{ port: 10_001 }],
    tasks: [{ id: "bad.0", ports: [1] }],
  };
  const { text, problems } = await configure(createGenerator(), { apps: [42, bad, web] });
  assert.deepEqual(serversOf(text), ["10.0.0.1:31000"]);
  assert.deepEqual(problems.map(({ severity }) => severity), ["excluded", "warning"]);
  assert.match(problems[1]!.message, /\/bad.*bad\.0.*no host/);
});

Deno.test("Generator: the last known health of a task holds while Marathon reports none", async () => {
  const generator = createGenerator({ healthCheck: true });
  const ask = async (...tasks: TaskChoice[]) =>
    serversOf((await configure(generator, answerWith(...tasks))).text);
  assert.deepEqual(await ask({}, {}), [], "never reported");
  assert.deepEqual(await ask({ alive: true }, { alive: false }), ["10.0.0.1:31000"]);
  assert.deepEqual(await ask({}, {}), ["10.0.0.1:31000"], "nothing reported now");
  assert.deepEqual(await ask({ alive: false }, { alive: true }), ["10.0.0.1:31001"]);
  assert.deepEqual(await ask({}, {}), ["10.0.0.1:31001"], "the newer verdicts");
});

Deno.test("Generator: no more verdicts are remembered than the cache holds", async () => {
  const generator = createGenerator({ healthCheck: true, lruCacheCapacity: 1 });
  await generate(generator, answerWith({ alive: true }, { alive: true }));
  const { text } = await configure(generator, answerWith({}, {}));
  assert.deepEqual(serversOf(text), ["10.0.0.1:31001"]);
});

Deno.test("Generator: agents known by name are looked up, once each", async () => {
  const asked: string[][] = [];
  const generator = createGenerator({
    resolver: {
      addresses(hosts) {
        asked.push([...hosts]);
        return Promise.resolve(new Map([["agent-1", "10.1.0.1"]]));
      },
    },
  });
  const answer = answerWith({ host: "agent-1" }, { host: "agent-1" }, { host: "agent-2" }, {
    host: "10.0.0.9",
  });
  const { text, problems } = await configure(generator, answer);
  assert.deepEqual(asked, [["agent-1", "agent-2"]]);
  assert.deepEqual(serversOf(text).sort(), [
    "10.0.0.9:31003",
    "10.1.0.1:31000",
    "10.1.0.1:31001",
  ]);
  assert.match(problems[0]!.message, /"agent-2" cannot be resolved/);
});

Deno.test("Generator: connections make room for many servers where file descriptors are few", async () => {
  const generator = createGenerator({ fileDescriptorLimit: 20_200 });
  const maxconn = async (servers: number) => {
    const answer = answerWith(...Array.from({ length: servers }, () => ({})));
    return maxconnOf((await configure(generator, answer)).text);
  };
  assert.equal(await maxconn(0), 10_000);
  assert.equal(await maxconn(1), 9_000);
  assert.equal(await maxconn(2_000), 8_000);
  const free = await configure(createGenerator(), answerWith({}));
  assert.equal(maxconnOf(free.text), 50_000);
});

Deno.test("Generator: a lowered limit is told once, and again when it changes", async () => {
  const told: string[] = [];
  const generator = createGenerator({ fileDescriptorLimit: 20_200, warn: (message) => told.push(message) });
  for (const servers of [0, 0, 1, 2, 0]) {
    await generate(generator, answerWith(...Array.from({ length: servers }, () => ({}))));
  }
  assert.deepEqual(told.map((message) => /^maxconn is \d+/.exec(message)?.[0]), [
    "maxconn is 10000",
    "maxconn is 9000",
    "maxconn is 10000",
  ]);
});

Deno.test("Generator: HAProxy runs without strict limits where descriptors do not suffice for its checks", async () => {
  const text = async (limit: number) =>
    (await configure(createGenerator({ fileDescriptorLimit: limit }), answerWith({}))).text;
  assert.match(await text(401), /^ {2}maxconn 100\n {2}no strict-limits$/m);
  assert.doesNotMatch(await text(402), /strict-limits/);
});
