import assert from "node:assert/strict";
import { TemplateSet } from "../../../lib/core/templates/TemplateSet.ts";
import type { TemplateSource } from "../../../lib/core/templates/TemplateSource.ts";
import { serviceOf } from "../model/support/serviceOf.ts";

const file: TemplateSource = {
  text: "file {backend}\n",
  syntax: "placeholders",
  origin: "/t/HAPROXY_BACKEND_HEAD",
};
const values = { backend: "web_1", balance: "first", mode: "tcp" };
const service = (templates: Record<string, string>) =>
  serviceOf({ templates: new Map(Object.entries(templates)) });

Deno.test("TemplateSet: label before the operator's, the operator's before the default", () => {
  const [defaults, own] = [new TemplateSet(), new TemplateSet(new Map([["BACKEND_HEAD", file]]))];
  assert.equal(defaults.render("BACKEND_HEAD", values), "\nbackend web_1\n  balance first\n  mode tcp\n");
  assert.equal(own.render("BACKEND_HEAD", values), "file web_1\n");
  assert.equal(own.render("BACKEND_HEAD", values, service({})), "file web_1\n");
  const labelled = service({ BACKEND_HEAD: "label {backend}" });
  assert.equal(own.render("BACKEND_HEAD", values, labelled), "label web_1\n");
  assert.equal(own.render("FRONTEND_BACKEND_GLUE", values, labelled), "  use_backend web_1\n");
});

Deno.test("TemplateSet: an empty label takes the template away", () => {
  const labelled = service({ FRONTEND_BACKEND_GLUE: "" });
  assert.equal(new TemplateSet().render("FRONTEND_BACKEND_GLUE", values, labelled), "");
});

Deno.test("TemplateSet: an override that cannot be compiled is an error from the start, with its origin", () => {
  const bad = { ...file, text: "{name}" };
  assert.throws(() => new TemplateSet(new Map([["BACKEND_HEAD", bad]])), {
    name: "RangeError",
    message:
      /^\/t\/HAPROXY_BACKEND_HEAD cannot be used as a template: it uses \{name\}; expected one of \{backend\}/,
  });
});

Deno.test("TemplateSet: an override of HEAD that was written for the reference keeps its braces", () => {
  const text = "global\n  lua-load /marathon-lb/getpids.lua\n  http-request deny if { path /x } {{y}}\n";
  const set = new TemplateSet(new Map([["HEAD", { ...file, text }]]));
  assert.equal(set.render("HEAD", {}), text);
});
