/**
 * HAProxy takes every default template, and has nothing to say about them. The HAProxy on `PATH` is asked: to ask another
 * version, put its directory first.
 */
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { RenderContext } from "../../../lib/core/render/context.ts";
import { TemplateSet } from "../../../lib/core/templates/templateSet.ts";
import {
  type TemplateName,
  type TemplateRow,
  templateTable,
} from "../../../lib/core/templates/templateTable.ts";
import { hasTrait } from "../../../lib/core/haproxy/versions.ts";
import { selfSignedCertificate } from "../../../lib/shell/certificates/prepare.ts";
import { findHaproxy, validateConfiguration } from "../../../lib/shell/haproxy/binary.ts";
import { generate } from "../../core/render/support/generate.ts";
import { renderContext } from "../../core/render/support/renderContext.ts";
import { everyDefault } from "./support/everyDefault.ts";
import { limit, TestBench } from "./support/TestBench.ts";

/** The order of the rules is that of the reference, which users' overrides rely on: HAProxy remarks on it. */
const remarks = [
  /a 'http-request' rule placed after a 'redirect' rule will still be processed before/,
  /a 'http-request' rule placed after a 'use_backend' rule will still be processed before/,
  /a 'redirect' rule placed after a 'use_backend' rule will still be processed before/,
  // 3.4, where this machine is slow: users choose how their passwords are crypted.
  /the hash algorithm used for this password takes \d+ milliseconds to verify/,
];

/** Templates that no service gets, as in the reference. */
const unused = [
  "HTTPS_FRONTEND_AUTH_ACL_ONLY",
  "HTTPS_FRONTEND_AUTH_REQUEST_ONLY",
  "HTTPS_FRONTEND_ROUTING_ONLY_WITH_PATH_AND_AUTH",
];

const rendered = new Set<string>();
class RecordingTemplates extends TemplateSet {
  override render(...words: Parameters<TemplateSet["render"]>): string {
    rendered.add(words[0]);
    return super.render(...words);
  }
}

/** `newest` stands for the flags that only newer HAProxies know; older ones are not asked for anything by them. */
const forms: (Partial<RenderContext> & { newest?: true })[] = [
  {},
  { newest: true },
  { haproxyMap: true },
  { groupHttpsByVhost: true },
  { haproxyMap: true, groupHttpsByVhost: true },
  { bindHttpHttps: false },
];
for (const { newest = false, ...form } of forms) {
  for (const supervised of [true, false]) {
    const flags = [...newest ? ["what is newest"] : [], ...Object.keys(form)].join(", ") || "no flags";
    Deno.test(`defaults: HAProxy takes them ${supervised ? "supervised" : "direct"} with ${flags}`, () =>
      TestBench.use(async (bench) => {
        await writeFile(bench.path("cert.pem"), await selfSignedCertificate("localhost", bench.clock.real));
        const options = { env: {}, signal: limit() };
        const { version, quic } = await findHaproxy(bench.haproxy, options);
        const kept = newest && supervised && hasTrait(version, "keptCounters");
        const { text, maps, problems } = generate({ apps: everyDefault(bench.path("cert.pem")) }, {}, {
          ...form,
          templates: new RecordingTemplates(),
          haproxyDir: bench.directory,
          frontendSuffix: hasTrait(version, "distinctNames") ? "_in" : "",
          automaticSni: hasTrait(version, "automaticSni"),
          sslCerts: [bench.path("cert.pem")],
          head: {
            ...renderContext().head,
            supervised,
            logToStdout: supervised,
            workDir: fileURLToPath(new URL("../../../lua", import.meta.url)),
            runDir: bench.directory,
            stateDir: bench.directory,
            countersFile: kept ? bench.path("counters") : "",
            ...newest && quic ? { quicBind: "quic4@*:443", quicPort: "443" } : {},
          },
        });
        assert.deepEqual(problems.filter(({ message }) => !/HAPROXY_0_AUTH guards/.test(message)), []);
        await writeFile(bench.configFile, text);
        await writeFile(bench.path("global"), "1\n");
        for (const [name, map] of Object.entries(maps)) await writeFile(bench.path(name), map);
        const { valid, messages } = await validateConfiguration(bench.haproxy, bench.configFile, options);
        assert.ok(valid, JSON.stringify(messages, undefined, 1));
        const others = messages.filter(({ message }) => !remarks.some((remark) => remark.test(message)));
        assert.deepEqual(others, []);
      }));
  }
}

Deno.test("defaults: the tests before this one have HAProxy read all of them", () => {
  const names = (templateTable as readonly TemplateRow[]).map(({ name }) => name as TemplateName);
  assert.deepEqual(names.filter((name) => !rendered.has(name)), unused);
});
