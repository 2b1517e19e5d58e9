import assert from "node:assert/strict";
import { readTemplateLabels } from "../../../lib/core/labels/templateLabels.ts";
import { appOf } from "../model/support/appOf.ts";

function read(labels: Record<string, string>, allowed: readonly string[] = ["all"]) {
  const { templates, warnings } = readTemplateLabels(appOf({ labels }), 1, allowed);
  return { templates: Object.fromEntries(templates), warnings };
}

Deno.test("readTemplateLabels: the overrides of its own index, with line breaks as LF", () => {
  const { templates, warnings } = read({
    HAPROXY_1_BACKEND_HEAD: "backend {backend}\r\n  mode {mode}\r\n",
    HAPROXY_0_BACKEND_HEAD: "x",
    HAPROXY_BACKEND_HEAD: "x",
    HAPROXY_1_BACKEND_STICKY_OPTIONS: "",
  });
  assert.deepEqual(templates, {
    BACKEND_HEAD: "backend {backend}\n  mode {mode}\n",
    BACKEND_STICKY_OPTIONS: "",
  });
  assert.deepEqual(warnings, []);
});

Deno.test("readTemplateLabels: global templates, and HTTP_BACKEND_REDIR, are not for labels", () => {
  const names = ["HEAD", "HTTPS_FRONTEND_HEAD", "HTTP_BACKEND_ACL_ALLOW_DENY", "HTTP_BACKEND_REDIR"];
  const labels = Object.fromEntries(names.map((name) => [`HAPROXY_1_${name}`, "{x}"]));
  assert.deepEqual(read(labels), { templates: {}, warnings: [] });
});

Deno.test("readTemplateLabels: one that cannot be compiled names the label", () => {
  assert.throws(() => read({ HAPROXY_1_FRONTEND_HEAD: "frontend {name}" }), {
    name: "RangeError",
    message:
      /^HAPROXY_1_FRONTEND_HEAD cannot be used as a template: it uses \{name\}; expected one of \{bindAddr\}, /,
  });
});

Deno.test("readTemplateLabels: one that is not allowed is ignored with a word, whatever is in it", () => {
  const labels = { HAPROXY_1_FRONTEND_HEAD: "{name}", HAPROXY_1_BACKEND_HEAD: "a" };
  assert.deepEqual(read(labels, ["BACKEND_HEAD"]), {
    templates: { BACKEND_HEAD: "a" },
    warnings: ["HAPROXY_1_FRONTEND_HEAD is ignored: --allow-template-labels does not name it"],
  });
  assert.equal(read(labels, []).warnings.length, 2);
});
