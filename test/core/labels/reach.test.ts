import assert from "node:assert/strict";
import { type LabelKind, type LabelRow, labelTable } from "../../../lib/core/labels/labelTable.ts";
import { marathonApp } from "../model/support/marathonApp.ts";
import { generate } from "../render/support/generate.ts";

const marker = "hostile";
/** Whatever ends a word, a quote, a condition or a line in some syntax, apart from control characters. */
const hostile = `${marker} } or { always_true } # ' " \\ \${${marker}} %[env(${marker})] {backend} {{x}} [a]`;

const rows: readonly LabelRow[] = labelTable;
const values: Partial<Record<LabelKind, string>> = { auth: `${hostile}:${hostile}:${hostile}` };

/** All that a service can have, so that every label is written somewhere. */
const everything = {
  HAPROXY_0_MODE: "http",
  HAPROXY_0_VHOST: "a.test",
  HAPROXY_0_PATH: "/a",
  HAPROXY_0_AUTH: "r:u:p",
  HAPROXY_0_SSL_CERT: "/a.pem",
  HAPROXY_0_BIND_OPTIONS: "alpn h2",
  HAPROXY_0_BALANCE: "leastconn",
  HAPROXY_0_HTTP_BACKEND_PROXYPASS_PATH: "/a",
  HAPROXY_0_HTTP_BACKEND_REVPROXY_PATH: "/a",
  HAPROXY_0_HTTP_BACKEND_REDIR: "/a",
  HAPROXY_0_BACKEND_NETWORK_ALLOWED_ACL: "10.0.0.1",
};

function served(labels: Readonly<Record<string, string>>) {
  return generate({
    apps: [
      marathonApp({ id: "/a", portDefinitions: [{ port: 10_001 }], labels: { ...everything, ...labels } }),
    ],
  });
}

function labelOf({ name, scope }: LabelRow): string {
  return scope === "app" ? `HAPROXY_${name}` : `HAPROXY_0_${name}`;
}

/** The sections that hold the marker, by their heads. */
function sectionsWith(text: string): string[] {
  const sections = text.split(/^(?=\S)/m).filter((section) => section.includes(marker));
  return sections.map((section) => section.split("\n")[0]!);
}

for (const row of rows) {
  const label = labelOf(row);
  Deno.test(`reach of ${label}: it adds no line`, () => {
    const { text, problems } = served({ [label]: values[row.kind] ?? hostile });
    // Left out whole: it cannot be read, or says that the service is not enabled.
    if (!text.includes("backend a_10001")) return assert.ok(!text.includes(marker));
    assert.deepEqual(problems, []);
    const plain = served({});
    assert.deepEqual(plain.problems, []);
    const heads = (text: string) => text.split("\n").map((line) => line.trim().split(" ")[0]);
    // Networks are a list, and each is a line of its own.
    if (row.kind === "spaceList") assert.deepEqual(new Set(heads(text)), new Set(heads(plain.text)));
    else assert.deepEqual(heads(text), heads(plain.text));
  });

  if (row.reach !== "service") continue;
  Deno.test(`reach of ${label}: it stays in the sections of its service`, () => {
    const { text } = served({ [label]: values[row.kind] ?? hostile });
    for (const head of sectionsWith(text)) {
      assert.match(head, /^(frontend|backend|userlist) (user_)?a_10001$/);
    }
  });
}

Deno.test("reach: the labels with a word in shared sections are known", () => {
  const shared = rows.filter((row) => {
    const { text } = served({ [labelOf(row)]: values[row.kind] ?? hostile });
    return sectionsWith(text).some((head) => !/ (user_)?a_10001$/.test(head));
  });
  assert.deepEqual(shared.map(({ name, reach }) => `${name} ${reach}`), [
    "VHOST shared",
    "PATH shared",
    "AUTH shared",
  ]);
});
