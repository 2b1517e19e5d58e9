import assert from "node:assert/strict";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { spawn } from "node:child_process";
import type { Finding } from "../../lib/core/validate/findings.ts";
import type { ValidationReport } from "../../lib/core/validate/report.ts";
import type { Bench, Run } from "./support/Bench.ts";
import { endToEnd } from "./support/endToEnd.ts";

/** An app as people write it. */
function app(id: string, labels: Record<string, string> = {}, more: Record<string, unknown> = {}) {
  return { id, labels: { HAPROXY_GROUP: "external", ...labels }, portDefinitions: [{ port: 0 }], ...more };
}

/** Writes files of apps, a line for each member, and validates them. */
async function validate(
  bench: Bench,
  files: Record<string, unknown>,
  words: readonly string[] = [],
  env: Record<string, string> = {},
): Promise<Run> {
  for (const [name, value] of Object.entries(files)) {
    const text = typeof value === "string" ? value : JSON.stringify(value, undefined, 2);
    await writeFile(bench.path(`cwd/${name}`), text);
  }
  return await bench.run(["validate", ...Object.keys(files), ...words], env);
}

async function report(bench: Bench, files: Record<string, unknown>, words: readonly string[] = []) {
  const { code, output, lines } = await validate(bench, files, [...words, "--json"]);
  assert.notEqual(output, "", lines.join("\n"));
  return { code, ...JSON.parse(output) as ValidationReport };
}

const briefly = ({ file, line, app, code, severity }: Finding) => [file, line, app, code, severity];

endToEnd("validate: apps, lists, groups and answers without a problem end with 0", async (bench) => {
  const group = { id: "/shop", apps: [app("api")], groups: [{ id: "inner", apps: [app("db")] }] };
  const answer = { apps: [app("/listed", {}, { tasks: [] })] };
  const { code, output } = await validate(bench, {
    "app.json": app("web", { HAPROXY_0_VHOST: "shop.test" }),
    "list.json": [app("/a"), app("/b")],
    "group.json": group,
    "answer.json": answer,
  });
  assert.equal(code, 0, output);
  for (const id of ["/web", "/a", "/b", "/shop/api", "/shop/inner/db", "/listed"]) {
    assert.match(output, new RegExp(`^${id}: served \\(port 1000\\d`, "m"));
  }
  assert.match(output, /^ {2}gains backend web_1000\d$/m);
  assert.match(output, /^HAProxy \S+ accepts it\.$/m);
  assert.match(output, /\nNo problem in 6 apps\.\n$/);
  assert.ok(!/reload/.test(output) && !output.includes("\u001b"));
});

endToEnd(
  "validate: each mistake has its file, line, code and what to do, with exit code 3",
  async (bench) => {
    const files = {
      "url.json": app("/url", { HAPROXY_0_VHOST: "https://shop.test/cart" }),
      "unknown.json": app("/unknown", { HAPROXY_0_VHOTS: "shop.test" }),
      "boolean.json": app("/boolean", { HAPROXY_0_STICKY: "flase" }),
      "label.json": app("/label", { HAPROXY_0_MODE: "htpt" }),
      "template.json": app("/template", { HAPROXY_0_BACKEND_HEAD: "backend {name}" }),
      "refused.json": app("/refused", {
        HAPROXY_0_VHOST: "r.test",
        HAPROXY_0_BACKEND_HTTP_OPTIONS: "  nonsense\n",
      }),
      "unfit.json": app("/unfit", {}, { labels: { HAPROXY_GROUP: 7 } }),
      "ports.json": app("/ports", {}, { portDefinitions: [] }),
      "own.json": app("/own", {}, { portDefinitions: [{ port: 9090 }] }),
      "group.json": { id: "/group", labels: { HAPROXY_0_VHOST: "group.test" } },
      "plain.json": { id: "/plain", cmd: "sleep 1" },
      "off.json": app("/off", { HAPROXY_0_ENABLED: "false" }),
      "again.json": app("/url"),
    };
    const { code, findings, haproxy, apps } = await report(bench, files, ["--group", "external"]);
    assert.deepEqual(findings.map(briefly), [
      ["url.json", 5, "/url", "vhost-unreadable", "error"],
      ["unknown.json", 5, "/unknown", "label-unknown", "warning"],
      ["boolean.json", 5, "/boolean", "boolean-misspelt", "warning"],
      ["label.json", 5, "/label", "service-unreadable", "error"],
      ["template.json", 5, "/template", "template-unreadable", "error"],
      ["refused.json", 6, "/refused", "haproxy-refuses", "error"],
      ["unfit.json", 4, "/unfit", "app-unreadable", "error"],
      ["ports.json", 6, "/ports", "no-service-port", "error"],
      ["own.json", 6, "/own", "own-port", "warning"],
      ["group.json", 3, "/group", "no-group", "error"],
      ["plain.json", 1, "/plain", "no-group", "note"],
      ["off.json", 5, "/off", "disabled", "note"],
      ["again.json", 2, "/url", "two-of-one-id", "error"],
    ]);
    assert.equal(code, 3);
    assert.equal(haproxy.accepts, false);
    for (const { message, hint } of findings) assert.ok(message.length > 10 && hint.length > 10);
    assert.deepEqual(apps.find(({ app }) => app === "/own")?.standing, "partly");

    const notes = await report(bench, { "plain.json": files["plain.json"], "off.json": files["off.json"] });
    assert.equal(notes.code, 0);
    assert.ok(notes.findings.every(({ severity }) => severity === "note"));
  },
);

endToEnd("validate: without --group the groups of the files count, with it only these", async (bench) => {
  const files = { "a.json": app("/a", { HAPROXY_GROUP: "internal" }) };
  const own = await report(bench, files);
  assert.deepEqual([own.code, own.groups, own.findings], [0, ["internal"], []]);
  const other = await report(bench, files, ["--group", "external"]);
  assert.deepEqual([other.code, other.findings.map(({ code }) => code)], [0, ["other-group"]]);
  const strict = await report(bench, files, ["--strict-mode"]);
  assert.deepEqual(strict.findings.map(({ code }) => code), ["strict-mode"]);
});

endToEnd(
  "validate: against Marathon, what others have is taken, and a new vhost needs a reload",
  async (bench) => {
    const marathon = await bench.startMarathon();
    await marathon.createApp(
      app("/shop/web", { HAPROXY_0_VHOST: "shop.test" }, { portDefinitions: [{ port: 10_100 }] }),
    );
    await marathon.settled();
    const words = ["--marathon", bench.marathonUrl, "--group", "external"];

    const same = await report(
      bench,
      { "web.json": app("/shop/web", { HAPROXY_0_VHOST: "shop.test" }) },
      words,
    );
    assert.deepEqual([same.code, same.findings, same.configuration.sections], [0, [], []]);
    assert.equal(same.configuration.reload?.needed, false);
    assert.equal(same.against, bench.marathonUrl);

    const files = {
      "new.json": app("/new", { HAPROXY_0_VHOST: "shop.test" }, { portDefinitions: [{ port: 10_100 }] }),
      "name.json": app("/shop_web", {}, { portDefinitions: [{ port: 10_100 }] }),
    };
    const taken = await report(bench, files, words);
    assert.equal(taken.code, 3);
    assert.deepEqual(taken.findings.map(({ app, code }) => [app, code]).sort(), [
      ["/new", "port-taken"],
      ["/new", "vhost-taken"],
      ["/shop_web", "name-taken"],
    ]);
    for (const { message } of taken.findings) assert.match(message, /\/shop\/web/);

    const changed = { "web.json": app("/shop/web", { HAPROXY_0_VHOST: "www.shop.test" }) };
    const { code, output } = await validate(bench, changed, words);
    assert.equal(code, 0);
    assert.match(output, /^ {2}changes frontend marathon_http_in\n {4}- acl .*shop\.test\n/m);
    assert.match(output, /^ {4}\+ acl .* www\.shop\.test$/m);
    assert.doesNotMatch(output, /gains backend|server /);
    assert.match(output, /^It needs a reload: .+\.$/m);
  },
);

endToEnd(
  "validate: a recorded answer stands in for Marathon, and standard input for a file",
  async (bench) => {
    const others = {
      apps: [app("/other", {}, {
        portDefinitions: [{ port: 10_100 }],
        // No machine has to know this name.
        tasks: [{ id: "t", host: "agent.invalid", ports: [31_000], state: "TASK_RUNNING" }],
      })],
    };
    await writeFile(bench.path("cwd/apps.json"), JSON.stringify(others));
    const [first, ...more] = bench.program.command;
    const words = [...more, "validate", "-", "--snapshot", "apps.json", "--json"];
    const child = spawn(first, words, { cwd: bench.path("cwd"), env: { PATH: bench.path("bin") } });
    child.stdin.end(JSON.stringify(app("/web", {}, { portDefinitions: [{ port: 10_100 }] })));
    let output = "";
    child.stdout.on("data", (text) => output += text);
    const code = await new Promise((resolve) => child.on("close", resolve));
    const { findings, against }: ValidationReport = JSON.parse(output);
    assert.deepEqual(findings.map(briefly), [["-", 1, "/web", "port-taken", "warning"]]);
    assert.deepEqual([code, against], [3, "apps.json"]);
  },
);

endToEnd(
  "validate: in GitHub Actions each finding is an annotation, and hostile text stays in it",
  async (bench) => {
    const image = "<img src=x onerror=alert(1)>%\u001b[31m\n::error::owned";
    const { code, output } = await validate(
      bench,
      { "a.json": app("/a", { HAPROXY_0_VHOST: image }) },
      [],
      { GITHUB_ACTIONS: "true" },
    );
    assert.equal(code, 3);
    const annotations = output.split("\n").filter((line) => line.startsWith("::"));
    assert.equal(annotations.length, 1);
    assert.match(
      annotations[0]!,
      /^::error file=a\.json,line=5,col=5,title=marathon-lb%3A [a-z-]+::\/a: service 0/,
    );
    assert.ok(!output.includes("\u001b"));
  },
);

endToEnd(
  "validate: without HAProxy, or with a file that is elsewhere, what is not checked is said",
  async (bench) => {
    await mkdir(bench.path("empty"));
    const files = {
      "a.json": app("/a", { HAPROXY_0_SSL_CERT: "/nowhere/shop.pem" }, {
        portDefinitions: [{ port: 10_100 }],
      }),
    };
    const elsewhere = await report(bench, files);
    assert.deepEqual([elsewhere.code, elsewhere.findings], [0, []]);
    assert.match(
      elsewhere.haproxy.notes.join(),
      /\/a: service 0 needs a file that is not on this machine: .*shop\.pem/,
    );

    const node = bench.program.command[0];
    if (!node.endsWith("marathon-lb")) await symlink(node, bench.path("empty/deno"));
    const without = await validate(bench, files, [], { PATH: bench.path("empty") });
    assert.equal(without.code, 0, without.lines.join("\n"));
    assert.match(without.output, /^Not checked by HAProxy: HAProxy was not found/m);
  },
);

endToEnd(
  "validate: what cannot be read has line and column, or one line that says what to do",
  async (bench) => {
    const broken = await report(bench, { "broken.json": '{\n  "id": "/web",\n}', "fine.json": app("/a") });
    assert.deepEqual([broken.code, broken.findings.map(briefly)], [3, [
      ["broken.json", 3, undefined, "not-json", "error"],
    ]]);
    assert.equal(broken.findings[0]!.column, 1);
    assert.equal((await report(bench, { "seven.json": "7" })).findings[0]!.code, "no-apps");

    const fails = async (words: readonly string[], code: number, message: RegExp) => {
      const run = await bench.run(["validate", ...words]);
      assert.deepEqual([run.code, run.output], [code, ""]);
      assert.match(run.lines.at(-1)!, message);
    };
    await fails([], 2, /validate: expected files of apps after it/);
    await fails(["none.json"], 2, /validate: there is no file none\.json; check the path/);
    await fails(["."], 2, /validate: \. is a directory; name the files in it, such as \.\/\*\.json/);
    await fails(["fine.json", "--grup", "x"], 2, /unknown flag '--grup'/);
    await fails(
      ["fine.json", "--snapshot", "none.json"],
      1,
      /--snapshot: there is no file none\.json; check the path/,
    );
    await fails(
      ["fine.json", "--marathon", bench.marathonUrl],
      1,
      /Marathon did not answer .*connection refused/,
    );
    await fails(
      ["fine.json", "--snapshot", "broken.json"],
      1,
      /broken\.json is not JSON: line 3, column 1: found "}"/,
    );
  },
);
