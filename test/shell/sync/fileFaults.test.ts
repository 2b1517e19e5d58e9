import assert from "node:assert/strict";
import { RefusedServices } from "../../../lib/core/admission/refused.ts";
import { Suspects } from "../../../lib/core/admission/suspects.ts";
import type { Service } from "../../../lib/core/model/service.ts";
import type { Configuration } from "../../../lib/core/render/configuration.ts";
import type { Validation } from "../../../lib/shell/haproxy/binary.ts";
import { Judge } from "../../../lib/shell/sync/judge.ts";
import { findAccepted } from "../../../lib/shell/sync/admission.ts";
import { serviceOf } from "../../core/model/support/serviceOf.ts";

const [a, b] = [serviceOf({ appId: "/a", port: 10001 }), serviceOf({ appId: "/b", port: 10002 })];
const good: Validation = { valid: true, messages: [], stage: "start" };

/** One line for each service, after one that all share. */
function render(services: readonly Service[]): Configuration {
  const chunks = [
    { text: "global\n" },
    ...services.map((service) => ({ text: `${service.appId}\n`, service })),
  ];
  const text = chunks.map(({ text }) => text).join("");
  return { text, chunks, maps: { "domain2backend.map": "", "app2backend.map": "" }, problems: [] };
}

function refusing(message: string, line?: number): Validation {
  return { valid: false, messages: [{ severity: "alert", line, message }], stage: "parse" };
}

const broken = "'bind :10001' in section 'frontend' : unable to load certificate from file '/a.pem'.";

Deno.test("findAccepted: a service whose file was good before is not left out, all waits for the file", async () => {
  const refused = new RefusedServices();
  const find = (services: readonly Service[], check: () => Validation) =>
    findAccepted(services, {
      render,
      refused,
      suspects: new Suspects(refused),
      cleanUp: true,
      check: () => Promise.resolve(check()),
    });
  await find([a], () => good);
  await assert.rejects(find([a, b], () => refusing(broken, 2)), {
    message:
      `HAProxy refuses a file that /a uses, which it accepted before, the running configuration stays: line 2: ${broken}`,
  });
  // Mended.
  const { configuration } = await find([a, b], () => good);
  assert.match(configuration.text, /\/a\n\/b\n/);
});

Deno.test("findAccepted: a service that is new, or has something else wrong, is left out", async () => {
  for (const [proven, message] of [[b, broken], [a, "unknown keyword 'x'"]] as const) {
    const refused = new RefusedServices();
    refused.accept([proven]);
    const { configuration, problems } = await findAccepted([a, b], {
      render,
      refused,
      suspects: new Suspects(refused),
      cleanUp: true,
      check: ({ text }) => Promise.resolve(text.includes("/a\n") ? refusing(message, 2) : good),
    });
    assert.equal(configuration.text, "global\n/b\n");
    assert.deepEqual(problems.map(({ app }) => app), ["/a"]);
  }
});

Deno.test("findAccepted: no service is blamed for a fault that is over at the second check", async () => {
  const refused = new RefusedServices();
  const suspects = new Suspects(refused);
  const answers = [refusing("cannot read the file")];
  const check = ({ text }: Configuration) =>
    Promise.resolve(text === "global\n" ? good : answers.pop() ?? good);
  const options = { render, refused, suspects, cleanUp: true, check };
  const judge = new Judge({ render, refused, suspects, check });
  judge.follow([a, b]);
  const { problems: [problem] } = await findAccepted([a, b], options);
  assert.match(
    problem!.message,
    /^\/a: service 0 waits until HAProxy has checked it: .* cannot read the file;/,
  );
  while (!suspects.isEmpty) await judge.judge(new AbortController().signal);
  const { problems, configuration } = await findAccepted([a, b], options);
  assert.deepEqual([problems, configuration.text], [[], "global\n/a\n/b\n"]);
});
