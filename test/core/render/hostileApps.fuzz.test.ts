import assert from "node:assert/strict";
import fc from "fast-check";
import { labelKinds } from "../../../lib/core/labels/labelKinds.ts";
import { type LabelRow, labelTable } from "../../../lib/core/labels/labelTable.ts";
import { readApps } from "../../../lib/core/marathon/cluster.ts";
import { buildServices } from "../../../lib/core/model/buildServices.ts";
import { holdingsOf } from "../../../lib/core/model/incumbents.ts";
import { planUpdate } from "../../../lib/core/plan/planUpdate.ts";
import { runtimeCommands } from "../../../lib/core/plan/plan.ts";
import type { Chunk, Configuration } from "../../../lib/core/render/configuration.ts";
import type { RenderContext } from "../../../lib/core/render/context.ts";
import type { Problem } from "../../../lib/core/problem.ts";
import { attackerApp, attackerId, type Json, type Target } from "../../support/hostile/attackers.ts";
import { fuzzRuns, fuzzSeed, hostileApp, hostileLabel } from "../../support/hostile/hostileApps.ts";
import { knownAttacks, manyRefused, templateAttacks } from "../../support/hostile/knownAttacks.ts";
import { isOwnLine, lexLine } from "../../support/hostile/configurationLines.ts";
import { modelContext } from "../model/support/modelContext.ts";
import { generate } from "./support/generate.ts";

const runs = { seed: fuzzSeed, numRuns: fuzzRuns(600) };
const rows: readonly LabelRow[] = labelTable;

const target: Target = {
  id: "/victims/shop",
  port: 11_000,
  backend: "victims_shop_11000",
  host: "shop.test",
  pathHost: "path.test",
  path: "/cart",
  authHost: "auth.test",
  ownPorts: [9090, 80, 443, 9091],
  haproxyDir: "/etc/haproxy",
  task: { host: "10.0.0.6", port: 31_000 },
  portOf: (rank) => 12_000 + rank,
};
const ownBinds = ["--admin-bind", "--http-bind", "--https-bind", "--appid-bind"].map((flag, index) => ({
  flag,
  host: "*",
  port: target.ownPorts[index]!,
}));
const victim: Json = {
  id: target.id,
  instances: 1,
  portDefinitions: [11_000, 11_001, 11_002, 11_003].map((port) => ({ port })),
  healthChecks: [],
  versionInfo: { lastConfigChangeAt: "2026-01-01T00:00:00.000Z" },
  labels: {
    HAPROXY_0_VHOST: target.host,
    HAPROXY_1_VHOST: target.pathHost,
    HAPROXY_1_PATH: target.path,
    HAPROXY_2_VHOST: target.authHost,
    HAPROXY_2_AUTH: "Shop:alice:$5$mlb$BK3k24A8rh89NXzlcfLkfA1pFGjZvTUUnX3bb6SAGd6",
    HAPROXY_3_MODE: "tcp",
  },
  tasks: [{ id: "shop.1", host: "10.0.0.5", state: "TASK_RUNNING", ports: [31_000, 31_000, 31_000, 31_000] }],
};

const renderings: Readonly<Record<string, Partial<RenderContext>>> = {
  "no maps": {},
  "--haproxy-map": { haproxyMap: true },
  "--group-https-by-vhost": { groupHttpsByVhost: true },
};
type Generated = Configuration & { readonly problems: readonly Problem[] };

/** What comes of these apps beside the victim, which was there first. */
function beside(
  apps: readonly Json[],
  rendering: Partial<RenderContext>,
  templateLabels = ["none"],
): Generated {
  const haproxyMap = rendering.haproxyMap ?? false;
  const { services } = buildServices(readApps({ apps: [victim] }).apps, modelContext());
  const incumbents = holdingsOf(services, haproxyMap);
  const model = { ownBinds, templateLabels, haproxyMap, incumbents };
  return generate({ apps: [...apps, victim] }, model, rendering);
}

const isOf = ({ service }: Chunk, id: string) => service?.appId === id;
/** The one rule that looks a vhost or an app up in a map is in the piece of whichever service comes first. */
const isLookup = (line: string) => /^ {2}use_backend %\[req\.hdr\((host|x-marathon-app-id)\),/.test(line);
const linesOf = (chunks: readonly Chunk[]) => chunks.flatMap(({ text }) => text.split("\n"));

/** The lines of the victim, and those that all share; only `defaults` are repeated where modes alternate. */
function linesNotOf({ chunks }: Generated, alone: Generated): string[] {
  const shared = new Set(alone.chunks.map(({ text }) => text));
  // With --group-https-by-vhost every vhost has a frontend in its name; that of `shop.test.` is another one.
  const isAnothers = (text: string) => !shared.has(text) && !/(?:shop|path|auth)_test(?!_)/.test(text);
  const kept = withoutEntrance(chunks).filter((chunk) =>
    isOf(chunk, target.id) || chunk.service === undefined && !isAnothers(chunk.text) &&
      !/^\ndefaults/.test(chunk.text)
  );
  return linesOf(kept).filter((line) => line !== "" && !isLookup(line));
}

const movedBind = /^(\nfrontend marathon_https_in\n {2}bind )unix@\S+ mode 600 accept-proxy/;
const misdirected = / {2}(?:acl sni_terminated|http-request deny deny_status 421) .*\n/g;

/** The HTTPS frontend as it is where no service passes TLS through. What stands before it then, {@link faultsOfEntrance} judges. */
function withoutEntrance(chunks: readonly Chunk[]): Chunk[] {
  return chunks.flatMap((chunk) => {
    if (chunk.service) return [chunk];
    const { text } = chunk;
    if (
      /^\nfrontend marathon_https_sni_in\n|^ {2}use_backend marathon_https_terminated |^ {2}default_backend /
        .test(text)
    ) {
      return [];
    }
    return [
      movedBind.test(text) ? { text: text.replace(movedBind, "$1*:443").replace(misdirected, "") } : chunk,
    ];
  });
}

const victimHosts = [target.host, target.pathHost, target.authHost];

/** Whether a condition of server names or of hosts takes a host. */
function takesHost(line: string, host: string): boolean {
  const [, end, name = ""] = /(?:req\.ssl_sni|host_only) (-m end )?-i (\S+)/.exec(line) ?? [];
  return end ? host.endsWith(name) : host === name;
}

/** Where some service passes TLS through: the connections for the victim's hosts are decrypted, and its requests let in. */
function faultsOfEntrance({ text }: Generated): string[] {
  const [entrance] = /^frontend marathon_https_sni_in\n(?: .*\n)+/m.exec(text) ?? [];
  if (entrance === undefined) return [];
  const [inner = ""] = /^frontend marathon_https_in\n(?: .*\n)+/m.exec(text) ?? [];
  const linesIn = (section: string, begin: string) =>
    section.split("\n").filter((line) => line.startsWith(`  ${begin}`));
  return victimHosts.flatMap((host) => {
    const rule = linesIn(entrance, "use_backend").find((line) => takesHost(line, host));
    const isSpared = linesIn(inner, "acl sni_terminated").some((line) => takesHost(line, host));
    const denied = linesIn(inner, "http-request deny deny_status 421").find((line) =>
      takesHost(line, host) && !(isSpared && line.endsWith(" !sni_terminated"))
    );
    return [
      ...rule === undefined || rule.startsWith("  use_backend marathon_https_terminated ") ? [] : [rule],
      ...denied === undefined ? [] : [denied],
    ].map((line) => `${host} is taken by ${line}`);
  });
}

/** What is wrong: a sentence for each. */
function faultsOf(apps: readonly Json[], name: string, templates?: readonly string[]): string[] {
  const rendering = renderings[name]!;
  const [alone, generated] = [[], apps].map((apps) => beside(apps, rendering, templates && [...templates]));
  const faults: string[] = [];
  const [before, after] = [alone!, generated!].map((one) => linesNotOf(one, alone!));
  const differing = after!.findIndex((line, index) => line !== before![index]);
  if (differing >= 0) {
    faults.push(`a line that is not the attacker's is ${after![differing]} instead of ${before![differing]}`);
  } else if (before!.length > after!.length) faults.push(`the line ${before![after!.length]} is gone`);

  const chunks = generated!.chunks.filter((chunk) => chunk.service && !isOf(chunk, target.id));
  if (!templates) faults.push(...chunks.flatMap(faultsOfChunk));
  faults.push(
    ...faultsOfHeads(generated!),
    ...faultsOfMaps(alone!, generated!),
    ...faultsOfEntrance(generated!),
  );
  if (!templates) { for (const app of apps) faults.push(...faultsOfVerdicts(app, chunks, generated!)); }
  for (const { message } of generated!.problems) {
    // deno-lint-ignore no-control-regex
    if (/[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u2028\u2029]/.test(message)) {
      faults.push(`a message holds a control character: ${JSON.stringify(message)}`);
    }
  }
  return faults;
}

function faultsOfChunk({ text }: Chunk): string[] {
  return text.split("\n").filter((line) => line !== "" && !isLookup(line)).flatMap((line) => {
    const { words, faults } = lexLine(line);
    if (faults.length > 0) return [`${JSON.stringify(line)} has ${faults}`];
    if (words[2] === "hdr(x-marathon-app-id)" && words[4]!.toLowerCase() === target.id) {
      return [`${JSON.stringify(line)} takes the victim's id`];
    }
    return isOwnLine(words) ? [] : [`${JSON.stringify(line)} is none of a service's lines`];
  });
}

/** Every section has a name of its own, and is one that its service may have. */
function faultsOfHeads({ chunks, text }: Generated): string[] {
  const faults: string[] = [];
  for (const { text, service } of chunks) {
    if (!service || isOf({ text, service }, target.id)) continue;
    const own = `${service.appId.slice(1).replaceAll("/", "_")}_${service.port}`;
    for (const line of text.split("\n")) {
      const { words: [first = "", name = ""] } = lexLine(line);
      if (
        !/^(global|defaults|listen|frontend|backend|userlist|peers|program|resolvers|mailers|cache|ring|http-errors|log-forward|fcgi-app|crt-store|traces|log-profile|acme)$/
          .test(first) && !first.startsWith(".")
      ) continue;
      if (["frontend", "backend", "userlist"].includes(first) && [own, `user_${own}`].includes(name)) {
        continue;
      }
      faults.push(`a section that is none of its own: ${JSON.stringify(line)}`);
    }
  }
  const heads = text.split("\n").filter((line) => /^(frontend|backend|listen|userlist)/.test(line));
  if (new Set(heads).size < heads.length) faults.push("two sections have the same name");
  return faults;
}

function faultsOfMaps(alone: Generated, { maps }: Generated): string[] {
  return (Object.keys(maps) as (keyof typeof maps)[]).flatMap((file) => {
    const [known, lines] = [alone, { maps }].map(({ maps }) =>
      (maps[file] ?? "").split("\n").filter((line) => line !== "")
    ) as [string[], string[]];
    const keys = lines.map((line) => line.split(" ")[0]);
    return [
      ...known.filter((line) => !lines.includes(line)).map((line) => `${file} has lost ${line}`),
      ...lines.filter((line) => !/^[a-z0-9._:/-]+ [A-Za-z0-9._:-]+$/.test(line)).map((line) =>
        `${file} has the line ${JSON.stringify(line)}`
      ),
      ...known.filter((line) => keys.filter((key) => key === line.split(" ")[0]).length > 1).map((line) =>
        `${file} has the key of ${line} twice`
      ),
    ];
  });
}

/** The words that a label's value comes to where it is taken; some lines have to hold them one behind the other. */
const expectedWords: Readonly<Record<string, (value: string) => string[][]>> = {
  VHOST: (value) =>
    value.toLowerCase().split(",").map((host) => host.trim()).filter(Boolean).map((host) => [host]),
  PATH: (value) => [["path_beg", ...value.split(/\s+/)]],
  AUTH: (value) => value.split(":").map((part) => [part]),
  SSL_CERT: (value) => [["crt", value]],
  BIND_OPTIONS: (value) => [value.split(/\s+/)],
  BALANCE: (value) => [["balance", ...value.split(/\s+/)]],
  HTTP_BACKEND_REDIR: (value) => [["location", value]],
  BACKEND_NETWORK_ALLOWED_ACL: (value) => value.split(/\s+/).map((network) => ["src", network]),
};

/** An app that is served without a word about it has what its labels say; nothing is cut, changed or left out in silence. */
function faultsOfVerdicts(app: Json, chunks: readonly Chunk[], { problems, maps }: Generated): string[] {
  const id = String(app.id);
  const labels = app.labels as Record<string, string>;
  const group = labels.HAPROXY_DEPLOYMENT_GROUP?.trim();
  const served = group ? `/${group.replace(/^\//, "")}` : id;
  const about = problems.filter((problem) => problem.app === id || problem.app === served);
  if (about.some(({ severity }) => severity === "excluded")) {
    verdicts++;
    return [];
  }
  const own = chunks.filter((chunk) => isOf(chunk, served));
  // Without a task that takes traffic, or because its owner says so.
  if (own.length === 0) return [];
  taken++;
  const lines = linesOf(own).map((line) => lexLine(line).words);
  for (const text of Object.values(maps) as string[]) {
    lines.push(...text.split("\n").map((line) => line.split(" ")));
  }
  const { mode, index } = own[0]!.service!;
  const faults: string[] = [];
  for (const [name, wordsOf] of Object.entries(expectedWords)) {
    const value = labels[`HAPROXY_${index}_${name}`]?.trim();
    if (!value) continue;
    // Told as what it does not get: a vhost, a path or a port is another's.
    const lost = name === "SSL_CERT" || name === "BIND_OPTIONS"
      ? /frontend|_SSL_CERT/
      : new RegExp(`_${name}\\b`);
    if (about.some(({ message }) => lost.test(message))) continue;
    if (mode === "tcp" && (name.startsWith("HTTP_") || name === "BACKEND_NETWORK_ALLOWED_ACL")) continue;
    if (["PATH", "AUTH"].includes(name) && !labels.HAPROXY_0_VHOST?.trim()) continue;
    for (const words of wordsOf(value)) {
      const text = words.join("\0").replace(/^\*(?=\.)/, "");
      // As one word, or several; in a text that HAProxy formats it has `%%` for `%`.
      if (lines.some((line) => `\0${line.join("\0").replaceAll("%%", "%")}\0`.includes(`\0${text}\0`))) {
        continue;
      }
      faults.push(`${JSON.stringify(value)} of ${name} was taken, but is nowhere as it is`);
    }
  }
  return faults;
}

let [verdicts, taken, tried] = [0, 0, 0];

function tell(what: string): void {
  console.log(`${what}: ${tried} apps, ${taken} were taken as they are, ${verdicts} got a verdict`);
  [verdicts, taken, tried] = [0, 0, 0];
}

for (const name of Object.keys(renderings)) {
  Deno.test(`fuzz: known attacks change nothing of a victim (${name})`, () => {
    const faults = [...knownAttacks(target), manyRefused(target, 5)].flatMap(({ name: attack, apps }) => {
      const all = apps(0);
      tried += all.length;
      return faultsOf(all, name).map((fault) => `${attack}: ${fault}`);
    });
    tell("known attacks");
    assert.deepEqual(faults, [], faults.join("\n"));
  });

  Deno.test(`fuzz: hostile values change nothing of a victim (${name}, FUZZ_SEED=${fuzzSeed})`, () => {
    fc.assert(
      fc.property(fc.tuple(hostileApp(target, 0), hostileApp(target, 1)), (apps) => {
        tried += apps.length;
        const faults = faultsOf(apps, name);
        assert.deepEqual(faults, [], faults.join("\n"));
      }),
      runs,
    );
    tell("hostile values");
  });
}

for (const allowed of ["none", "all"]) {
  Deno.test(`fuzz: template labels open no section but their own (--allow-template-labels ${allowed})`, () => {
    const faults = templateAttacks(target).flatMap(({ name: attack, apps }) => {
      const found = faultsOf(apps(0), "no maps", [allowed]);
      const { problems } = beside(apps(0), {}, [allowed]);
      if (!problems.some(({ app }) => app === attackerId(0))) found.push("there is no word about it");
      return found.map((fault) => `${attack}: ${fault}`);
    });
    assert.deepEqual(faults, [], faults.join("\n"));
  });
}

Deno.test(`fuzz: commands are lines of plain words (FUZZ_SEED=${fuzzSeed})`, () => {
  let commands = 0;
  const facts = { leftovers: new Map(), dynamicCookies: true, haproxyDir: target.haproxyDir };
  const vhosts = hostileLabel(target, rows.find(({ name }) => name === "VHOST")!);
  const plain = fc.constant(attackerApp(target, 0));
  fc.assert(
    fc.property(
      fc.oneof(plain, hostileApp(target, 0)),
      hostileApp(target, 0),
      vhosts,
      fc.boolean(),
      (one, { tasks }, vhost, haproxyMap) => {
        // The same app with other tasks or another vhost: what changes by commands.
        const labels = haproxyMap ? { ...one.labels as Json, HAPROXY_0_VHOST: vhost } : one.labels;
        const next = haproxyMap ? { ...one, labels } : { ...one, tasks };
        const [from, to] = [one, next].map((app) => beside([app], { haproxyMap }));
        const plan = planUpdate(from, to!, { configuration: from!, facts });
        if (plan.kind !== "runtime") return;
        for (const { text } of runtimeCommands(plan, target.haproxyDir)) {
          commands++;
          assert.match(text, /^[a-z]+(?: [A-Za-z0-9._:/*-]+)+$/);
        }
      },
    ),
    runs,
  );
  console.log(`${commands} commands`);
});

for (const row of rows) {
  const { reach } = labelKinds[row.kind];
  if (reach === "machine") continue;
  const label = row.scope === "app" ? `HAPROXY_${row.name}` : `HAPROXY_0_${row.name}`;
  Deno.test(`fuzz: the reach of ${label} is ${reach}, whatever it says (FUZZ_SEED=${fuzzSeed})`, () => {
    fc.assert(
      fc.property(
        hostileLabel(target, row),
        fc.constantFrom(...Object.keys(renderings)),
        fc.constantFrom("http", "tcp"),
        (value, name, mode) => {
          const rendering = renderings[name]!;
          const labels = {
            HAPROXY_0_MODE: mode,
            HAPROXY_0_AUTH: "Evil:eve:$5$mlb$BK3k24A8rh89NXzlcfLkfA1pFGjZvTUUnX3bb6SAGd6",
          };
          const [without, having] = [{}, { [label]: value }].map((more) =>
            beside([attackerApp(target, 0, { ...labels, ...more })], rendering)
          );
          // Where and with which files it listens: of the machine.
          const binds = bindsOf(without!);
          assert.deepEqual(bindsOf(having!).filter((bind) => !binds.includes(bind)), []);
          if (reach !== "service") return;
          const alone = beside([], rendering);
          assert.deepEqual(linesNotOf(having!, alone), linesNotOf(without!, alone));
        },
      ),
      { ...runs, numRuns: Math.ceil(runs.numRuns / 10) },
    );
  });
}

/** The `bind` lines of the attacker, whatever their ports are. */
function bindsOf({ chunks }: Generated): string[] {
  const own = chunks.filter(({ service }) => service && service.appId !== target.id);
  return linesOf(own).filter((line) => /^\s+bind\s/.test(line)).map((line) => line.replace(/:\d+/, ":PORT"));
}
