import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { defaultTemplates } from "../../../lib/core/templates/defaultTemplates.ts";
import {
  type TemplateName,
  type TemplateRow,
  templateTable,
} from "../../../lib/core/templates/templateTable.ts";

const folder = new URL("../../../templates/", import.meta.url);
const rows: readonly TemplateRow[] = templateTable;

Deno.test("templateTable: each template has its file, each file its template", async () => {
  const files = await readdir(folder);
  assert.deepEqual(files.sort(), rows.map((row) => `HAPROXY_${row.name}.hbs`).sort());
});

Deno.test("templateTable: names are used once and sorted into their scopes by the reference", () => {
  assert.equal(new Set(rows.map((row) => row.name)).size, rows.length);
  assert.deepEqual(rows.filter((row) => row.scope === "global").map((row) => row.name), [
    "HEAD",
    "HTTP_FRONTEND_HEAD",
    "HTTP_FRONTEND_APPID_HEAD",
    "HTTPS_FRONTEND_HEAD",
    "HTTPS_GROUPED_FRONTEND_HEAD",
    "HTTPS_GROUPED_VHOST_FRONTEND_ACL",
    "HTTPS_GROUPED_VHOST_BACKEND_HEAD",
    "HTTPS_GROUPED_VHOST_FRONTEND_HEAD",
    "HTTPS_PASSTHROUGH_FRONTEND_HEAD",
    "HTTPS_PASSTHROUGH_FRONTEND_ACL",
    "HTTPS_PASSTHROUGH_OTHERS",
    "HTTPS_PASSTHROUGH_MISDIRECTED",
    "HTTP_BACKEND_AUTH",
    "HTTP_BACKEND_RATE_LIMIT",
    "TCP_BACKEND_RATE_LIMIT",
    "BACKEND_LIMITS",
    "FRONTEND_TIMEOUTS",
    "HTTP_BACKEND_ACL_ALLOW_DENY",
    "TCP_BACKEND_ACL_ALLOW_DENY",
  ]);
});

for (const name of Object.keys(defaultTemplates) as TemplateName[]) {
  Deno.test(`defaultTemplates: ${name} is the text of its own file`, async () => {
    assert.equal(defaultTemplates[name], await readFile(new URL(`HAPROXY_${name}.hbs`, folder), "utf8"));
  });
}

/** What `{{#if}}` and its kind say beside names. */
const keywords = new Set(["#if", "/if", "#each", "/each", "#unless", "/unless", "else", "if", "this"]);

for (const { name, values } of rows) {
  Deno.test(`defaultTemplates: ${name} uses no name that an override may not use`, () => {
    const used = [...defaultTemplates[name as TemplateName].matchAll(/\{\{([^}]*)\}\}/g)]
      .flatMap((match) => match[1]!.trim().split(/\s+/)).filter((word) => !keywords.has(word));
    assert.deepEqual(used.filter((word) => !values.includes(word)), []);
  });
}
