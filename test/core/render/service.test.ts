import assert from "node:assert/strict";
import { TemplateSet } from "../../../lib/core/templates/templateSet.ts";
import { marathonApp } from "../model/support/marathonApp.ts";
import { generate } from "./support/generate.ts";

function served(options: string, name = "BACKEND_HTTP_OPTIONS") {
  const labels = { HAPROXY_0_VHOST: "a.com", [`HAPROXY_0_${name}`]: options };
  const other = marathonApp({ id: "/other", portDefinitions: [{ port: 10002 }] });
  return generate({ apps: [marathonApp({ labels }), other] });
}
const told = (problems: ReturnType<typeof served>["problems"]) =>
  problems.map(({ severity, message }) => `${severity} ${message}`);

Deno.test("a removed directive in a label is replaced, and a warning quotes both", () => {
  const { text, problems } = served("  rspadd X-Foo:\\ bar\n");
  assert.match(text, /^ {2}http-response add-header X-Foo bar$/m);
  assert.deepEqual(told(problems), [
    'warning /web: service 0: HAPROXY_0_BACKEND_HTTP_OPTIONS has "rspadd X-Foo:\\\\ bar", which HAProxy removed; ' +
    'it is written as "http-response add-header X-Foo bar"',
  ]);
});

const heads: [template: string, suffix: "" | "_in", frontend: string][] = [
  ["frontend {backend}", "", "frontend web_10001"],
  ["frontend {backend}", "_in", "frontend web_10001_in"],
  ["  frontend  {backend}", "_in", "  frontend  web_10001_in"],
  ["frontend {frontend}", "_in", "frontend web_10001_in"],
  ["frontend {backend}_own", "_in", "frontend web_10001_own"],
  ["frontend own # not {backend}", "_in", "frontend own # not web_10001"],
];
for (const [template, frontendSuffix, frontend] of heads) {
  const how = frontendSuffix === "" ? "may be alike" : "have to differ";
  Deno.test(`a frontend of a template label where its name and the backend's ${how}: ${template}`, () => {
    const labels = { HAPROXY_0_FRONTEND_HEAD: `${template}\n  bind *:10001\n` };
    const templates = new TemplateSet(undefined, { trustLabels: true });
    const { text, problems } = generate({ apps: [marathonApp({ labels })] }, {}, {
      templates,
      frontendSuffix,
    });
    assert.deepEqual(problems, []);
    assert.ok(text.split("\n").includes(frontend), text);
    assert.ok(text.includes("\nbackend web_10001\n"), text);
  });
}

Deno.test("a frontend of the operator's templates gets a name of its own where it has to differ from its backend's", () => {
  const source = (text: string) => ({ text, syntax: "placeholders" as const, origin: "a file" });
  const templates = new TemplateSet(
    new Map([
      ["FRONTEND_HEAD", source("frontend {backend}\n  bind *:{servicePort}\n")],
      ["HTTPS_GROUPED_VHOST_FRONTEND_HEAD", source("frontend {name}\n  mode http\n")],
    ]),
  );
  const labels = { HAPROXY_0_VHOST: "a.com" };
  const { text } = generate({ apps: [marathonApp({ labels })] }, {}, {
    templates,
    frontendSuffix: "_in",
    groupHttpsByVhost: true,
  });
  const names = [...text.matchAll(/^(?:frontend|backend) (\S+)/gm)].map(([, name]) => name);
  assert.equal(new Set(names).size, names.length, names.join(" "));
  assert.ok(names.includes("web_10001_in") && names.includes("web_10001"), names.join(" "));
});

Deno.test("one without an equivalent leaves its service out, with what to write instead", () => {
  const { text, problems } = served("  option http-tunnel\n");
  assert.match(
    told(problems).join("\n"),
    /^excluded \/web: service 0 is left out: HAPROXY_0_BACKEND_HTTP_OPTIONS has "option http-tunnel", which HAProxy removed: \S/,
  );
  assert.match(text, /^backend other_10002$/m);
  assert.doesNotMatch(text, /web_10001/);
});

Deno.test("a rule at which HAProxy would stop reading leaves its service out", () => {
  const { problems } = served("  http-request frob\n");
  assert.match(
    told(problems).join("\n"),
    /HAPROXY_0_BACKEND_HTTP_OPTIONS has "http-request frob": "frob" is no action/,
  );
});

Deno.test("rules for shared frontends are brought to today as well", () => {
  const { text } = served(
    "  reqadd X-A:\\ b if {{ path /x }}\n  use_backend {backend}\n",
    "HTTP_FRONTEND_ACL",
  );
  assert.match(text, /^ {2}http-request add-header X-A b if \{ path \/x \}\n {2}use_backend web_10001$/m);
});

Deno.test("templates of the operator are brought to today once, and say so", () => {
  const source = {
    text: "  rspadd X:\\ y\n",
    syntax: "placeholders",
    origin: "$HAPROXY_BACKEND_HTTP_OPTIONS",
  } as const;
  const templates = new TemplateSet(new Map([["BACKEND_HTTP_OPTIONS", source]]));
  assert.deepEqual(templates.warnings, [
    '$HAPROXY_BACKEND_HTTP_OPTIONS has "rspadd X:\\\\ y", which HAProxy removed; ' +
    'it is written as "http-response add-header X y"',
  ]);
  assert.equal(templates.render("BACKEND_HTTP_OPTIONS", {}), "  http-response add-header X y\n");
});

Deno.test("a template of the operator without an equivalent is refused at the start", () => {
  const source = {
    text: "global\n  nbproc 4\n",
    syntax: "placeholders",
    origin: "./templates/HAPROXY_HEAD",
  } as const;
  assert.throws(
    () => new TemplateSet(new Map([["HEAD", source]])),
    /^RangeError: .\/templates\/HAPROXY_HEAD has "nbproc 4", which HAProxy removed: \S/,
  );
});

Deno.test("a label with many removed directives gets a few warnings", () => {
  const lines = Array.from({ length: 30 }, (_, n) => `  rspadd X-${n}:\\ y\n`).join("");
  const { problems } = served(lines);
  const messages = told(problems);
  assert.equal(messages.length, 21);
  assert.match(messages[0]!, /HAPROXY_0_BACKEND_HTTP_OPTIONS has "rspadd X-0:/);
  assert.match(messages.at(-1)!, /10 more lines of its templates are replaced in the same way/);
});
