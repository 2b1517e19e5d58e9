import assert from "node:assert/strict";
import { type Cluster, updateCluster } from "../../../lib/core/marathon/cluster.ts";
import type { Problem } from "../../../lib/core/problem.ts";
import { TemplateSet } from "../../../lib/core/templates/templateSet.ts";
import {
  type Generation,
  Generator,
  type GeneratorOptions,
  HostResolver,
  resolveHost,
} from "../../../lib/shell/sync/generator.ts";
import { FakeClock } from "../../support/FakeClock.ts";
import { readingOf } from "./support/readingOf.ts";

/** A name server that a test changes; asks are kept in their order. */
class Names {
  readonly clock = new FakeClock();
  readonly asked: string[] = [];
  readonly known = new Map<string, string>();
  readonly #resolver = new HostResolver(this.clock, (host) => this.#lookUp(host));

  async addresses(...hosts: string[]): Promise<Record<string, string>> {
    return Object.fromEntries(await this.#resolver.addresses(new Set(hosts)));
  }

  #lookUp(host: string): Promise<string> {
    this.asked.push(host);
    const address = this.known.get(host);
    return address ? Promise.resolve(address) : Promise.reject(new Error(`no such host ${host}`));
  }
}

Deno.test("HostResolver: an address is believed for a minute", async () => {
  const names = new Names();
  names.known.set("agent", "10.0.0.1");
  assert.deepEqual(await names.addresses("agent"), { agent: "10.0.0.1" });
  names.known.set("agent", "10.0.0.2");
  await names.clock.advance(59_999);
  assert.deepEqual(await names.addresses("agent"), { agent: "10.0.0.1" });
  await names.clock.advance(1);
  assert.deepEqual(await names.addresses("agent"), { agent: "10.0.0.2" });
  assert.deepEqual(names.asked, ["agent", "agent"]);
});

Deno.test("HostResolver: an agent keeps its address while the name server fails", async () => {
  const names = new Names();
  names.known.set("agent", "10.0.0.1");
  await names.addresses("agent");
  names.known.clear();
  for (let minute = 0; minute < 5; minute++) {
    await names.clock.advance(60_000);
    assert.deepEqual(await names.addresses("agent"), { agent: "10.0.0.1" });
  }
  names.known.set("agent", "10.0.0.2");
  await names.clock.advance(60_000);
  assert.deepEqual(await names.addresses("agent"), { agent: "10.0.0.2" });
});

Deno.test("HostResolver: a host that never had an address is missing, and looked up again soon", async () => {
  const names = new Names();
  names.known.set("good", "10.0.0.1");
  assert.deepEqual(await names.addresses("bad", "good"), { good: "10.0.0.1" });
  names.known.set("bad", "10.0.0.3");
  await names.clock.advance(9_999);
  assert.deepEqual(await names.addresses("bad", "good"), { good: "10.0.0.1" });
  await names.clock.advance(1);
  assert.deepEqual(await names.addresses("bad", "good"), { good: "10.0.0.1", bad: "10.0.0.3" });
  assert.deepEqual(names.asked, ["bad", "good", "bad"]);
});

Deno.test("HostResolver: a host that is not asked for is forgotten", async () => {
  const names = new Names();
  names.known.set("a", "10.0.0.1").set("b", "10.0.0.2");
  assert.deepEqual(await names.addresses("a", "b"), { a: "10.0.0.1", b: "10.0.0.2" });
  assert.deepEqual(await names.addresses("b"), { b: "10.0.0.2" });
  names.known.delete("a");
  assert.deepEqual(await names.addresses("a"), {}, "its old address came back");
});

Deno.test("HostResolver: hosts are looked up at the same time", async () => {
  const waiting: (() => void)[] = [];
  const resolver = new HostResolver(new FakeClock(), (host) =>
    new Promise((resolve) => {
      waiting.push(() => resolve(`address of ${host}`));
    }));
  const addresses = resolver.addresses(new Set(["a", "b", "c"]));
  assert.equal(waiting.length, 3);
  for (const answer of waiting.reverse()) answer();
  assert.deepEqual(
    await addresses,
    new Map(["c", "b", "a"].map((host) => [host, `address of ${host}`])),
  );
});

Deno.test("HostResolver: asks the system, for IPv4 first", async () => {
  const resolver = new HostResolver(new FakeClock());
  // RFC 6761: "invalid" never resolves.
  const addresses = await resolver.addresses(new Set(["localhost", "agent.invalid"]));
  assert.deepEqual(addresses, new Map([["localhost", "127.0.0.1"]]));
});

const both: [what: string, ipv4: string | Error, ipv6: string | Error, expected: string | undefined][] = [
  ["A and AAAA", "10.0.0.1", "fd00::1", "10.0.0.1"],
  ["no A", named("ENOTFOUND"), "fd00:0:0::1", "fd00::1"],
  ["neither", named("ENOTFOUND"), named("ENOTFOUND"), undefined],
  ["a name server that fails for A", named("EAI_AGAIN"), "fd00::1", undefined],
];
for (const [what, ipv4, ipv6, expected] of both) {
  Deno.test(`HostResolver: an agent with ${what}`, async () => {
    const look = (_host: string, { family }: { family: 4 | 6 }) => {
      const answer = family === 4 ? ipv4 : ipv6;
      return typeof answer === "string" ? Promise.resolve({ address: answer }) : Promise.reject(answer);
    };
    const resolver = new HostResolver(new FakeClock(), (host) => resolveHost(host, look));
    assert.equal((await resolver.addresses(new Set(["agent"]))).get("agent"), expected);
  });
}

function named(code: string): Error {
  return Object.assign(new Error(code), { code });
}

function createGenerator(options: Partial<GeneratorOptions> & { healthCheck?: boolean } = {}): Generator {
  const { healthCheck = false, ...given } = options;
  return new Generator({
    model: { healthCheck, strictMode: false, groups: ["external"], templateLabels: [] },
    render: {
      templates: new TemplateSet(),
      haproxyDir: "/etc/haproxy",
      backendCaDir: "/etc/ssl",
      bindHttpHttps: true,
      groupHttpsByVhost: false,
      haproxyMap: false,
      dynamicBackends: false,
      frontendSuffix: "",
      automaticSni: false,
      sslCerts: ["/etc/ssl/cert.pem"],
      head: {
        supervised: false,
        workDir: "/marathon-lb",
        runDir: "/var/run/haproxy",
        stateDir: "/var/state/haproxy",
        countersFile: "",
        adminBind: "*:9090",
        adminAllow: "",
        httpBind: "*:80",
        httpsBind: "*:443",
        quicBind: "",
        quicPort: "",
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

/** Apps that `--min-serv-port-ip-per-task` assigns no port, one that gets one, and two whose order counts. */
const kept: [what: string, app: object, reversed: boolean, builds: number][] = [
  ["builds nothing", {}, false, 1],
  ["in another order builds nothing", {}, true, 1],
  ["with an app that gets a port builds all", { ipAddress: { groups: [] }, portDefinitions: [] }, false, 2],
  ["with an IP-per-task app that has a port builds nothing", { ipAddress: { groups: [] } }, false, 1],
  ["with a group in another order builds all", { labels: { HAPROXY_DEPLOYMENT_GROUP: "g" } }, true, 2],
  ["with a group in the same order builds nothing", { labels: { HAPROXY_DEPLOYMENT_GROUP: "g" } }, false, 1],
];
for (const [what, more, reversed, builds] of kept) {
  Deno.test(`Generator: a full fetch that changes nothing ${what}`, async () => {
    // Each build looks up its hosts.
    let built = 0;
    const addresses = () => {
      built++;
      return Promise.resolve(new Map<string, string>());
    };
    const generator = createGenerator({
      model: {
        groups: ["external"],
        healthCheck: false,
        strictMode: false,
        templateLabels: [],
        servicePortRange: { minimum: 10_050, maximum: 10_100 },
      },
      resolver: { addresses },
    });
    const { apps: [web] } = answerWith({}, {}) as { apps: object[] };
    const apps = ["/a", "/b"].map((id) => ({ ...web, ...more, id }));
    const first = await generate(generator, { apps });
    const second = await generate(generator, { apps: reversed ? apps.toReversed() : apps });
    assert.deepEqual([second.services, built], [first.services, builds]);
  });
}

Deno.test("Generator: the problems of reading and of building are both reported, and the other apps serve", async () => {
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

Deno.test("Generator: a lowered limit is logged once, and again when it changes", async () => {
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

/** An app that wants port 10000 and a vhost, configured in this year. */
const claimant = (id: string, year: number, members: Record<string, unknown> = {}) => ({
  id,
  labels: { HAPROXY_GROUP: "external", HAPROXY_0_VHOST: "a.com" },
  portDefinitions: [{ port: 10_000 }],
  tasks: [{ id: `${id}.0`, host: "10.0.0.1", ports: [31_000] }],
  versionInfo: { lastConfigChangeAt: `${year}-01-01T00:00:00Z` },
  ...members,
});

/** Which apps have their ports, and which their vhosts. */
async function granted(generator: Generator, ...apps: unknown[]) {
  const generation = await generate(generator, { apps });
  const { services } = generation;
  return {
    generation,
    ports: services.filter(({ frontend }) => frontend !== false).map(({ appId }) => appId),
    vhosts: services.filter(({ labels }) => labels.VHOST?.length).map(({ appId }) => appId),
  };
}

Deno.test("Generator: what is served is kept, what is only generated gives no hold", async () => {
  const generator = createGenerator();
  const [old, late] = [claimant("/z", 2020), claimant("/a", 2010)];
  // HAProxy did not take this one over.
  await granted(generator, old);
  assert.deepEqual((await granted(generator, old, late)).ports, ["/a"]);
  // Nor that, but this.
  const { generation } = await granted(generator, old);
  generator.served(generation.services);
  const both = await granted(generator, old, late);
  assert.deepEqual([both.ports, both.vhosts], [["/z"], ["/z"]]);
  // An answer that is held back, and then one as before.
  assert.deepEqual((await granted(generator)).ports, []);
  assert.deepEqual((await granted(generator, old, late)).ports, ["/z"]);
  assert.deepEqual((await granted(generator, late)).vhosts, ["/a"]);
});

const absences: [what: string, members: Record<string, unknown>][] = [
  ["has no task", { tasks: [] }],
  ["has no healthy task", { tasks: [{ id: "z.0", host: "10.0.0.1", ports: [1], state: "TASK_KILLING" }] }],
  ["is not scaled to any", { instances: 0, tasks: [] }],
  ["has a label that cannot be read", {
    labels: { HAPROXY_GROUP: "external", HAPROXY_0_VHOST: "a.com", HAPROXY_0_MODE: "x" },
  }],
  ["has labels that are none", { labels: [] }],
  ["is in a deployment that cannot be read", {
    labels: { HAPROXY_DEPLOYMENT_GROUP: "z", HAPROXY_DEPLOYMENT_STARTED_AT: "soon" },
  }],
];
for (const [what, members] of absences) {
  Deno.test(`Generator: an app that ${what} keeps what it served, no other app gets it meanwhile`, async () => {
    const generator = createGenerator();
    const { generation } = await granted(generator, claimant("/z", 2020));
    generator.served(generation.services);
    const late = claimant("/a", 2010);
    const meanwhile = await granted(generator, claimant("/z", 2020, members), late);
    assert.deepEqual([meanwhile.ports, meanwhile.vhosts], [[], []]);
    assert.match(
      meanwhile.generation.problems.map(({ message }) => message).join("\n"),
      /port 10000 is kept for \/z,/,
    );
    generator.served(meanwhile.generation.services);
    const back = await granted(generator, claimant("/z", 2020), late);
    assert.deepEqual([back.ports, back.vhosts], [["/z"], ["/z"]]);
    assert.deepEqual((await granted(generator, late)).ports, ["/a"]);
  });
}

for (const partial of [false, true]) {
  Deno.test(`Generator: an app that cannot be read and is deleted holds nothing, ${partial ? "by a partial" : "by a full"} fetch`, async () => {
    const generator = createGenerator();
    generator.served((await granted(generator, claimant("/z", 2020))).generation.services);
    const late = claimant("/a", 2030);
    const broken = await granted(generator, claimant("/z", 2020, { labels: { broken: 5 } }), late);
    assert.deepEqual(broken.ports, []);
    generator.served(broken.generation.services);
    // No list of changes names it: it was in no list of apps.
    const before = known.get(generator)!;
    const reading = partial
      ? updateCluster(before, new Map([["/z", { gone: true }]]))
      : readingOf({ apps: [late] }, before);
    assert.deepEqual(reading.changes, []);
    const { services, problems } = await generator.generate(reading);
    assert.deepEqual(problems, []);
    assert.deepEqual(services.map(({ appId, frontend }) => [appId, frontend]), [["/a", undefined]]);
  });
}

const givenUp: [what: string, members: Record<string, unknown>][] = [
  ["is switched off", { labels: { HAPROXY_GROUP: "external", HAPROXY_0_ENABLED: "false" } }],
  ["is of another load balancer's group", { labels: { HAPROXY_GROUP: "internal" } }],
  ["wants another port", { portDefinitions: [{ port: 10_009 }], labels: { HAPROXY_GROUP: "external" } }],
];
for (const [what, members] of givenUp) {
  Deno.test(`Generator: an app that ${what} gives up what it served`, async () => {
    const generator = createGenerator();
    const { generation } = await granted(generator, claimant("/z", 2020));
    generator.served(generation.services);
    const after = await granted(generator, claimant("/z", 2020, members), claimant("/a", 2030));
    assert.ok(after.ports.includes("/a"));
    assert.deepEqual(after.vhosts, ["/a"]);
  });
}

Deno.test("Generator: what is served before the first generation is requested once, until it is known", async () => {
  let asked = 0;
  const served = createGenerator();
  served.served((await granted(served, claimant("/z", 2020))).generation.services);
  const generator = createGenerator({
    incumbents: async () => {
      if (asked++ === 0) throw new Error("the disk is busy");
      return (await served.incumbents())!;
    },
  });
  const apps = [claimant("/z", 2020), claimant("/a", 2010)];
  await assert.rejects(granted(generator, ...apps), /the disk is busy/);
  assert.deepEqual((await granted(generator, ...apps)).ports, ["/z"]);
  assert.deepEqual((await granted(generator, ...apps, claimant("/b", 2010))).ports, ["/z"]);
  assert.equal(asked, 2);
});
